package dev.tilewright.samples.gemm;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.samples.InputException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Two matrices to multiply.
 *
 * @param a m×k
 * @param b k×n
 * @param out the type of the product
 */
public record GemmProblem(HostMatrix a, HostMatrix b, DType out) {

  public GemmProblem {
    if (a.columns() != b.rows()) {
      throw new InputException(
          "A is %d×%d and B is %d×%d: A's columns (k = %d) must be as many as B's rows (k = %d)"
              .formatted(a.rows(), a.columns(), b.rows(), b.columns(), a.columns(), b.rows()));
    }
    if (a.dtype() instanceof IntType && out instanceof IntType && !out.equals(DType.I32)) {
      throw new InputException("the product of integers is i32 or a float, not " + out.name());
    }
    if (!(a.dtype() instanceof IntType) && out instanceof IntType) {
      throw new InputException(
          "the product of " + a.dtype().name() + " is a float, not " + out.name());
    }
  }

  public int m() {
    return a.rows();
  }

  public int n() {
    return b.columns();
  }

  public int k() {
    return a.columns();
  }

  /** The type of the product when none is asked for. */
  public static DType defaultOut(DType in) {
    return switch (in) {
      case IntType _ -> DType.I32;
      case DType type when type.equals(DType.TF32) -> DType.F32;
      case DType type when type.bits() == 8 -> DType.BF16;
      case DType type -> type;
    };
  }

  /** Both matrices random; A row-major, B column-major: k is contiguous in both. */
  public static GemmProblem random(int m, int n, int k, DType in, DType out, long seed) {
    return read(Optional.empty(), Optional.empty(), m, n, k, in, out, seed);
  }

  /**
   * Matrices from files; one without a file is random, of the size that the other and the given
   * sizes leave.
   *
   * @param m rows of A, if A has no file and B does not say
   */
  public static GemmProblem read(
      Optional<Path> fileA,
      Optional<Path> fileB,
      int m,
      int n,
      int k,
      DType in,
      DType out,
      long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Optional<HostMatrix> readA = fileA.map(file -> HostMatrix.read(file, "A", in));
    Optional<HostMatrix> readB = fileB.map(file -> HostMatrix.read(file, "B", in));
    int inner = readA.map(HostMatrix::columns).or(() -> readB.map(HostMatrix::rows)).orElse(k);
    HostMatrix a = readA.orElseGet(() -> HostMatrix.random(m, inner, in, false, random));
    HostMatrix b = readB.orElseGet(() -> HostMatrix.random(inner, n, in, true, random));
    return new GemmProblem(a, b, out);
  }

  public GemmReference reference() {
    return GemmReference.of(m(), n(), k(), a.values(), b.values());
  }

  public GemmErrorBound bound() {
    return new GemmErrorBound(k(), a.dtype(), out);
  }
}
