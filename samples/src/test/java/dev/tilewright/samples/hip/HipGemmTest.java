package dev.tilewright.samples.hip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tilewright.Compiler;
import dev.tilewright.Kernel;
import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.hip.Clang;
import dev.tilewright.hip.CodeObject;
import dev.tilewright.runtime.Device;
import dev.tilewright.samples.gemm.GemmCase;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.gemm.GemmRun;
import dev.tilewright.samples.gemm.GemmVerdict;
import dev.tilewright.samples.kernels.Matmul;
import dev.tilewright.samples.kernels.RowAndColumnSums;
import dev.tilewright.samples.kernels.Softmax;
import dev.tilewright.samples.kernels.Transpose;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Matrix products as HIP: the generated text runs on the CPU, lane by lane ({@link
 * HostHipProvider}), and goes through clang to machine code of each AMD target.
 */
class HipGemmTest {
  @Property(tries = 25, edgeCases = EdgeCasesMode.NONE)
  void randomConfigurationsAreCorrect(
      @ForAll("cases") GemmCase each, @ForAll("devices") String name) {
    assumeTrue(Clang.find().isPresent(), "no clang");
    GemmProblem problem = each.problem();
    try (Device device = Device.open(name);
        KernelLauncher launcher = new KernelLauncher(device, each.schedule())) {
      GemmRun run = GemmRun.of(device, launcher, each.kernel(), problem);
      GemmVerdict verdict = GemmVerdict.of(run.product(), problem.reference(), problem.bound());
      assertTrue(verdict.correct(), () -> name + " " + each + ": " + verdict);
    }
  }

  @Provide
  Arbitrary<GemmCase> cases() {
    Arbitrary<DType> types = Arbitraries.of(DType.F16, DType.BF16, DType.I8);
    return types.flatMap(
        in -> Arbitraries.longs().map(seed -> GemmCase.random(in, seed)).dontShrink());
  }

  @Provide
  Arbitrary<String> devices() {
    return Arbitraries.of("hiphost:gfx942", "hiphost:gfx950");
  }

  static Stream<Arguments> compiled() {
    List<Kernel> kernels =
        List.of(
            new Matmul(DType.F16, DType.F16, 128, 128, 32),
            new Matmul(DType.BF16, DType.F32, 128, 128, 32),
            new Softmax(DType.F16, 8, 1024),
            new Transpose(DType.F16, 64, 64),
            new RowAndColumnSums(DType.F16, 64, 128));
    return Stream.of("gfx90a", "gfx942", "gfx950")
        .flatMap(target -> kernels.stream().map(kernel -> Arguments.of(target, kernel)));
  }

  /** No vector register goes to memory, and the text and its code are the same every time. */
  @ParameterizedTest
  @MethodSource("compiled")
  void codeObjectsSpillNothing(String target, Kernel kernel) {
    assumeTrue(Clang.find().isPresent(), "no clang");
    String text = Compiler.forTarget(target).compile(kernel).code().text();
    CodeObject object = Clang.require().compile(text, target);
    assertEquals(0, object.vectorSpills());
    assertEquals(0, object.privateBytes());
    assertEquals(text, Compiler.forTarget(target).compile(kernel).code().text());
    assertArrayEquals(object.elf(), Clang.require().compile(text, target).elf());
  }
}
