package dev.tilewright;

import dev.tilewright.dtype.DType;
import java.util.List;
import java.util.stream.Collectors;

/** The rules of {@link Tile#mma}. */
final class MatrixProduct {
  private MatrixProduct() {}

  static void check(Site site, Tile acc, TileValue a, TileValue b) {
    Trace trace = acc.trace;
    trace.checkUsable(site, a);
    trace.checkUsable(site, b);
    List<Diagnostic.Note> notes =
        List.of(
            acc.note("accumulator, " + acc.describe() + ", made here"),
            a.note("left operand, " + a.describe() + ", made here"),
            b.note("right operand, " + b.describe() + ", made here"));
    checkShapes(trace, site, acc.shape(), a.shape(), b.shape(), notes);
    checkTypes(trace, site, acc.dtype(), a.dtype(), b.dtype(), notes);
  }

  private static void checkShapes(
      Trace trace,
      Site site,
      List<Integer> acc,
      List<Integer> a,
      List<Integer> b,
      List<Diagnostic.Note> notes) {
    String shapes = TileOps.shape(a) + " · " + TileOps.shape(b) + " in " + TileOps.shape(acc);
    if (acc.size() != 2 || a.size() != 2 || b.size() != 2) {
      throw trace.fail(
          site,
          Misuse.MMA_SHAPE,
          "mma multiplies matrices, not " + shapes,
          notes,
          "reshape the operands to two dimensions");
    }
    if (!a.get(1).equals(b.get(0))) {
      boolean transposed = a.get(1).equals(b.get(1));
      throw trace.fail(
          site,
          Misuse.MMA_SHAPE,
          "inner extents differ, " + a.get(1) + " and " + b.get(0) + ": " + shapes,
          notes,
          transposed
              ? "the right operand is k×n: transpose it with t()"
              : "the left operand is m×k and the right one k×n");
    }
    if (!a.get(0).equals(acc.get(0)) || !b.get(1).equals(acc.get(1))) {
      throw trace.fail(
          site,
          Misuse.MMA_SHAPE,
          "outer extents differ: " + shapes,
          notes,
          "the accumulator of this product is " + a.get(0) + "×" + b.get(1));
    }
  }

  private static void checkTypes(
      Trace trace, Site site, DType acc, DType a, DType b, List<Diagnostic.Note> notes) {
    List<DType> allowed = Elements.accumulators(a, b);
    if (!allowed.contains(acc)) {
      throw trace.fail(
          site,
          Misuse.MMA_DTYPE,
          "no matrix product of " + a + " and " + b + " in " + acc,
          notes,
          allowed.isEmpty() ? operandHelp(a, b) : "accumulate in " + names(allowed));
    }
  }

  private static String operandHelp(DType a, DType b) {
    if (a.equals(DType.F32) || b.equals(DType.F32)) {
      return "cast f32 operands to TF32, which keeps 10 bits of the mantissa, or to BF16";
    }
    return "both operands are f16, bf16, tf32 or f64, or floats or integers of at most 8 bits";
  }

  private static String names(List<DType> dtypes) {
    return dtypes.stream().map(DType::name).collect(Collectors.joining(" or "));
  }
}
