package dev.tilewright;

import static dev.tilewright.dtype.DType.F16;
import static dev.tilewright.dtype.DType.F32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.Specialization.TensorFacts;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.target.GeneratedCode;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.kernels.Matmul;
import dev.tilewright.kernels.VectorAdd;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Tensor;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The facts of a specialisation are true of the arguments, as strong as they can be, and few. */
class SpecializationTest {
  private static final KernelFunction MATMUL = Trace.of(new Matmul(F16, F16, 64, 64, 32));

  private static Tensor view(Device device, int rows, int cols, int pad, int skip, boolean turned) {
    Tensor whole =
        Tensor.of(device, F16, turned ? cols : rows, (turned ? rows : cols) + pad + skip);
    Tensor part = whole.slice(1, skip, skip + (turned ? rows : cols));
    return turned ? part.transpose() : part;
  }

  /** Every launch with the arguments that code was specialised for passes the launch's checks. */
  @Property
  void theLaunchAcceptsWhatTheFactsWereDerivedFrom(
      @ForAll @IntRange(min = 1, max = 70) int m,
      @ForAll @IntRange(min = 1, max = 70) int n,
      @ForAll @IntRange(min = 1, max = 70) int k,
      @ForAll @IntRange(max = 9) int pad,
      @ForAll @IntRange(max = 9) int skip,
      @ForAll boolean turned) {
    try (Device device = Device.open("paper")) {
      Arguments arguments =
          Arguments.of("a", view(device, m, k, pad, skip, turned))
              .with("b", view(device, n, k, 0, 0, false))
              .with("c", view(device, m, n, skip, pad, !turned));
      Specialization facts = Specialization.of(MATMUL, arguments);
      KernelFunction function = facts.applyTo(MATMUL);
      ThreadFunction threads =
          new ThreadFunction("k", "sm_80", List.of(), 32, 0, new ThreadBlock(List.of(), List.of()));
      device
          .load(Images.image(function, threads, new GeneratedCode("ptx", "k", ""), "f"))
          .bind(arguments);
      facts.tensors().values().forEach(SpecializationTest::assertOfFewValues);
      facts.divisors().values().forEach(d -> assertTrue(d <= 256 && Integer.bitCount(d) == 1));
    }
  }

  private static void assertOfFewValues(TensorFacts facts) {
    assertTrue(List.of(2, 4, 8, 16).contains(facts.alignment()), facts::toString);
  }

  @Test
  void factsAreAsStrongAsTheArgumentsAllow() {
    try (Device device = Device.open("paper")) {
      assertEquals(new TensorFacts(1, 16), factsOf(Tensor.of(device, F16, 32, 8)));
      assertEquals(new TensorFacts(1, 8), factsOf(Tensor.of(device, F16, 32, 12)));
      assertEquals(new TensorFacts(1, 2), factsOf(Tensor.of(device, F16, 32, 7)));
      assertEquals(new TensorFacts(0, 16), factsOf(Tensor.columnMajor(device, F16, 8, 5)));
      Tensor wide = Tensor.of(device, F16, 32, 64);
      assertEquals(new TensorFacts(1, 4), factsOf(wide.slice(1, 2, 64)));
      assertEquals(
          new TensorFacts(-1, 4),
          factsOf(wide.asStrided(new long[] {32, 32}, new long[] {64, 2}, 0)));
      // One row has no next row: only its address counts.
      assertEquals(new TensorFacts(1, 16), factsOf(Tensor.of(device, F16, 1, 7)));
      // One column of a matrix: nothing steps along its rows.
      assertEquals(new TensorFacts(1, 16), factsOf(wide.slice(1, 8, 9)));
    }
  }

  private static TensorFacts factsOf(Tensor a) {
    return Objects.requireNonNull(
        Specialization.of(MATMUL, Arguments.of("a", a)).tensors().get("a"));
  }

  @Test
  void anElementIsNeverPromisedLessThanItsOwnSize() {
    KernelFunction add = Trace.of(new VectorAdd(F32, 64));
    try (Device device = Device.open("paper")) {
      Arguments x = Arguments.of("x", Tensor.of(device, F32, 9).slice(0, 1, 9));
      assertEquals(new TensorFacts(0, 4), Specialization.of(add, x).tensors().get("x"));
    }
  }

  @Test
  void divisorsAreTheGreatestPowersOfTwo() {
    try (Device device = Device.open("paper")) {
      Arguments arguments =
          Arguments.of("a", Tensor.of(device, F16, 384, 48))
              .with("b", Tensor.of(device, F16, 1024, 48));
      Specialization facts = Specialization.of(MATMUL, arguments);
      assertEquals("{m=128, k=16, n=256}", facts.divisors().toString());
    }
  }

  @Test
  void factsBecomeParameters() {
    KernelFunction function =
        Specialization.NONE
            .withDivisor("k", 16)
            .withTensor("b", new TensorFacts(0, 4))
            .applyTo(MATMUL);
    assertEquals(
        List.of(1, 1, 16),
        function.parameters().stream()
            .filter(Parameter.Dimension.class::isInstance)
            .map(p -> ((Parameter.Dimension) p).divisor())
            .toList());
    Parameter.Tensor b = (Parameter.Tensor) function.parameters().get(4);
    assertEquals(0, b.unitDimension());
    assertEquals(4, b.alignment());
  }

  @Test
  void factsOfWhatTheKernelDoesNotHaveAreRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> Specialization.NONE.withDivisor("z", 2).applyTo(MATMUL));
    assertThrows(
        IllegalArgumentException.class,
        () -> Specialization.NONE.withTensor("z", new TensorFacts(0, 4)).applyTo(MATMUL));
    assertThrows(
        IllegalArgumentException.class,
        () -> Specialization.NONE.withTensor("a", new TensorFacts(2, 4)).applyTo(MATMUL));
  }
}
