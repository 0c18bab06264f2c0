package dev.tilewright;

import static dev.tilewright.dtype.DType.I32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.tilewright.ir.interpret.HostTensor;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Loops, branches and updates compute on every path what the same Java computes at once. */
class NestExecutionTest {
  private static final int SIZE = Nest.TILES * Nest.EXTENT;

  @Provide
  Arbitrary<Nest> nests() {
    return Nest.any();
  }

  @Property
  void theReferenceComputesWhatJavaDoes(
      @ForAll("nests") Nest nest, @ForAll @IntRange(min = -3, max = 5) int parameter) {
    HostTensor out = HostTensor.zeros(I32, SIZE);
    ReferenceRun.of(nest).with("out", out).with("parameter", parameter).run();
    assertArrayEquals(
        nest.compute(parameter), IntStream.range(0, SIZE).map(i -> (int) out.get(i)).toArray());
  }

  @Property(tries = 25)
  void theEmulatorComputesWhatJavaDoes(
      @ForAll("nests") Nest nest, @ForAll @IntRange(min = -3, max = 5) int parameter) {
    try (Device device = Device.open("emulator:sm_80");
        KernelLauncher launcher = new KernelLauncher(device)) {
      Tensor out = Tensor.zeros(device, I32, SIZE);
      launcher.launch(nest, Arguments.of("out", out).with("parameter", (long) parameter));
      assertArrayEquals(
          nest.compute(parameter),
          Arrays.stream(out.toDoubles()).mapToInt(value -> (int) value).toArray());
    }
  }
}
