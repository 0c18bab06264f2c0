package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code tilewright compile KERNEL} and {@code explain KERNEL}: the samples and any other class.
 */
class KernelCommandsTest {
  private static final String OWN = "dev.tilewright.samples.KernelCommandsTest.";

  /** A kernel as a user writes it: {@code y = factor · x}. */
  record Scale(FloatType dtype, int blockSize, int stages, double factor, Order order)
      implements Kernel {
    enum Order {
      ROWS,
      COLUMNS
    }

    Scale {
      if (blockSize < 32) {
        throw new IllegalArgumentException("a block has at least 32 elements");
      }
    }

    @Override
    public void define(KernelBuilder k) {
      var n = k.dim("n");
      var x = k.in("x", dtype, n);
      var y = k.out("y", dtype, n);
      var i = k.grid1d(n.ceilDiv(blockSize));
      y.tile(i, blockSize).set(x.tile(i, blockSize).times(factor));
    }
  }

  /** A class without choices. */
  static final class Copy implements Kernel {
    @Override
    public void define(KernelBuilder k) {
      var n = k.dim("n");
      var x = k.in("x", DType.F32, n);
      var y = k.out("y", DType.F32, n);
      var i = k.grid1d(n.ceilDiv(256));
      y.tile(i, 256).set(x.tile(i, 256));
    }
  }

  /** No option says what a list is. */
  record Unsayable(List<Integer> sizes) implements Kernel {
    @Override
    public void define(KernelBuilder k) {
      throw new AssertionError("never defined");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gemm, Matmul",
    "gemm-bias-gelu, GemmBiasGelu",
    "attention, Attention",
    "softmax, Softmax",
    "transpose, Transpose",
    "row-and-column-sums, RowAndColumnSums",
    "vector-add, VectorAdd"
  })
  void everySampleIsExplainedAndCompiled(String name, String type) {
    for (String target : List.of("sm_80", "sm_90")) {
      Outcome explained = Outcome.of("explain", name, "--target", target, "--no-ptxas");
      assertEquals(0, explained.status(), explained.err());
      assertTrue(explained.out().startsWith(type + " for " + target + ": "), explained.out());
    }
    for (String stage : List.of("tile-ir", "staged-ir", "thread-ir", "ptx", "layouts", "report")) {
      Outcome compiled = Outcome.of("compile", name, "--emit", stage);
      assertEquals(0, compiled.status(), compiled.err());
      assertFalse(compiled.out().isEmpty());
    }
  }

  @Test
  void componentsOfASampleAreOptions() {
    Outcome outcome =
        Outcome.of("compile", "softmax", "--bn", "256", "--dtype", "f32", "--emit", "tile-ir");
    assertEquals(0, outcome.status(), outcome.err());
    assertTrue(outcome.out().contains("tile<8x256xf32>"), outcome.out());
  }

  /** With whole vectors in every row, stores of 16 bytes are possible. */
  @Test
  void factsOfDimensionsMakeAccessesWide() {
    Outcome without = Outcome.of("explain", "transpose", "--no-ptxas");
    Outcome with = Outcome.of("explain", "transpose", "--no-ptxas", "--divisor", "m=64,n=64");
    assertAll(
        () -> assertTrue(without.out().lines().anyMatch(l -> l.matches(".* store +y f16 +2 .*"))),
        () -> assertTrue(with.out().lines().anyMatch(l -> l.matches(".* store +y f16 +16 .*"))));
  }

  @Test
  void takesAClassOfTheClassPath() {
    Outcome outcome =
        Outcome.of(
            "compile",
            OWN + "Scale",
            "--dtype",
            "f16",
            "--block-size",
            "128",
            "--factor",
            "1.5",
            "--order",
            "rows",
            "--kernel-stages",
            "3",
            "--stages",
            "1",
            "--emit",
            "tile-ir");
    assertEquals(0, outcome.status(), outcome.err());
    assertTrue(outcome.out().contains("tile<128xf16>"), outcome.out());
    Outcome copy =
        Outcome.of("explain", KernelCommandsTest.class.getName() + "$Copy", "--no-ptxas");
    assertEquals(0, copy.status(), copy.err());
    assertTrue(copy.out().contains("KernelCommandsTest.java:"), copy.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Scale --block-size 128|Missing required options: '--dtype=FLOATTYPE'",
        "Scale --block-size 8 --dtype f16 --factor 1 --order rows --kernel-stages 1|Scale: a block"
            + " has at least 32 elements",
        "Scale --dtype f99|no element type 'f99': expected i1",
        "Scale --dtype i8|'i8' is no FloatType",
        "Scale --order up|expected one of",
        "Unsayable|component 'sizes' of",
        "Copy --divisor k=16|the kernel has no dimension 'k'; it has n",
        "Copy --divisor n=3|--divisor must be a power of two up to 256, not 3",
        "Copy --size 3|Unknown option",
      })
  void refusesWhatCannotBe(String arguments, String expected) {
    Outcome outcome = Outcome.of(("compile " + OWN + arguments).split(" "));
    assertEquals(ExitStatus.USAGE, outcome.status(), outcome.err());
    assertTrue(outcome.err().contains(expected), outcome.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"gem", "dev.tilewright.samples.Nothing", "java.lang.String"})
  void refusesWhatIsNoKernel(String name) {
    Outcome outcome = Outcome.of("explain", name, "--target", "sm_80");
    assertEquals(ExitStatus.USAGE, outcome.status(), outcome.err());
    assertTrue(
        outcome
            .err()
            .contains(
                name.equals("java.lang.String")
                    ? "java.lang.String does not implement dev.tilewright.Kernel"
                    : "no kernel is called '" + name + "'; there are gemm, "),
        outcome.err());
  }
}
