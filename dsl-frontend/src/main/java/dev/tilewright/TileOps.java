package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Elementwise operations on tiles: checks types and shapes, broadcasts, writes the operation. */
final class TileOps {
  private TileOps() {}

  static String shape(List<Integer> shape) {
    return shape.stream().map(String::valueOf).collect(Collectors.joining("×"));
  }

  static Tile unary(Site site, UnaryKind kind, TileValue x) {
    Elements.checkUnary(x.trace, site, kind, x, x.dtype());
    return x.trace.tile(site, x.trace.ops().unary(kind, x.read(site)));
  }

  static Tile binary(Site site, BinaryKind kind, TileValue x, TileValue y) {
    return x.trace.tile(site, binaryValue(site, kind, x, y));
  }

  static Value binaryValue(Site site, BinaryKind kind, TileValue x, TileValue y) {
    List<Integer> shape = agree(site, x, y);
    Elements.checkBinary(x.trace, site, kind, x, x.dtype());
    Value left = broadcast(x.trace, x.read(site), shape);
    Value right = broadcast(x.trace, y.read(site), shape);
    return x.trace.ops().binary(kind, left, right);
  }

  static Tile binary(Site site, BinaryKind kind, TileValue x, ScalarValue y) {
    return x.trace.tile(site, binaryValue(site, kind, x, y));
  }

  static Value binaryValue(Site site, BinaryKind kind, TileValue x, ScalarValue y) {
    Value number = splat(site, x, y);
    Elements.checkBinary(x.trace, site, kind, x, x.dtype());
    return x.trace.ops().binary(kind, x.read(site), number);
  }

  static Tile binary(Site site, BinaryKind kind, TileValue x, double y) {
    return x.trace.tile(site, binaryValue(site, kind, x, y));
  }

  static Value binaryValue(Site site, BinaryKind kind, TileValue x, double y) {
    Elements.checkBinary(x.trace, site, kind, x, x.dtype());
    Value left = x.read(site);
    return x.trace.ops().binary(kind, left, constant(site, x, y));
  }

  static Tile compare(Site site, ComparePredicate predicate, TileValue x, TileValue y) {
    List<Integer> shape = agree(site, x, y);
    Elements.checkCompare(x.trace, site, predicate, x, x.dtype());
    Value left = broadcast(x.trace, x.read(site), shape);
    Value right = broadcast(x.trace, y.read(site), shape);
    return x.trace.tile(site, x.trace.ops().compare(predicate, left, right));
  }

  static Tile compare(Site site, ComparePredicate predicate, TileValue x, ScalarValue y) {
    Value number = splat(site, x, y);
    Elements.checkCompare(x.trace, site, predicate, x, x.dtype());
    return x.trace.tile(site, x.trace.ops().compare(predicate, x.read(site), number));
  }

  static Tile compare(Site site, ComparePredicate predicate, TileValue x, double y) {
    Elements.checkCompare(x.trace, site, predicate, x, x.dtype());
    Value left = x.read(site);
    return x.trace.tile(site, x.trace.ops().compare(predicate, left, constant(site, x, y)));
  }

  static Tile select(Site site, TileValue mask, TileValue x, TileValue y) {
    checkMask(site, mask);
    List<Integer> shape = commonShape(site, x, agree(site, x, y), mask);
    Value condition = broadcast(mask.trace, mask.read(site), shape);
    Value left = broadcast(mask.trace, x.read(site), shape);
    Value right = broadcast(mask.trace, y.read(site), shape);
    return mask.trace.tile(site, mask.trace.ops().select(condition, left, right));
  }

  static Tile select(Site site, TileValue mask, TileValue x, double y, boolean swapped) {
    checkMask(site, mask);
    List<Integer> shape = commonShape(site, mask, mask.shape(), x);
    Value condition = broadcast(mask.trace, mask.read(site), shape);
    Value tile = broadcast(mask.trace, x.read(site), shape);
    Value number =
        mask.trace.ops().constant(tile.type(), Elements.literal(mask.trace, site, x.dtype(), y));
    return mask.trace.tile(
        site,
        swapped
            ? mask.trace.ops().select(condition, number, tile)
            : mask.trace.ops().select(condition, tile, number));
  }

  private static void checkMask(Site site, TileValue mask) {
    if (!mask.dtype().equals(DType.I1)) {
      throw mask.trace.fail(
          site,
          Misuse.CONDITION,
          "the mask is of type " + mask.dtype() + ", not i1",
          List.of(mask.note("this " + mask.describe() + " was made here")),
          "compare it: x.ne(0).select(a, b)");
    }
  }

  static Tile fma(Site site, TileValue x, TileValue y, TileValue z) {
    List<Integer> product = agree(site, x, y);
    agree(site, x, z);
    List<Integer> shape = commonShape(site, x, product, z);
    if (!Elements.isFloat(x.dtype())) {
      Elements.checkUnary(x.trace, site, UnaryKind.EXP2, x, x.dtype());
    }
    Elements.checkBinary(x.trace, site, BinaryKind.MUL, x, x.dtype());
    Value left = broadcast(x.trace, x.read(site), shape);
    Value right = broadcast(x.trace, y.read(site), shape);
    Value sum = broadcast(x.trace, z.read(site), shape);
    return x.trace.tile(site, x.trace.ops().fma(left, right, sum));
  }

  private static Value constant(Site site, TileValue x, double y) {
    return x.trace
        .ops()
        .constant(
            new Type.Tile(x.shape(), x.dtype()), Elements.literal(x.trace, site, x.dtype(), y));
  }

  /** A number in every element of a tile like {@code x}. */
  static Value splat(Site site, TileValue x, ScalarValue y) {
    x.trace.checkUsable(site, y);
    Value number = y.read();
    Elements.checkSame(x.trace, site, x, x.dtype(), y, number.type().dtype());
    return x.trace.ops().splat(number, x.shape());
  }

  /** Checks that both operands are usable together, and gives the result's shape. */
  private static List<Integer> agree(Site site, TileValue x, TileValue y) {
    x.trace.checkUsable(site, y);
    Elements.checkSame(x.trace, site, x, x.dtype(), y, y.dtype());
    return commonShape(site, x, x.shape(), y);
  }

  /**
   * The shape of an elementwise result: equal extents, or extent 1 repeated. Ranks must be equal,
   * unlike in NumPy, where a row's statistics silently line up with columns when a tile is square.
   */
  private static List<Integer> commonShape(
      Site site, TileValue x, List<Integer> xShape, TileValue y) {
    x.trace.checkUsable(site, y);
    List<Integer> yShape = y.shape();
    boolean fits =
        xShape.size() == yShape.size()
            && IntStream.range(0, xShape.size())
                .allMatch(
                    i ->
                        xShape.get(i).equals(yShape.get(i))
                            || xShape.get(i) == 1
                            || yShape.get(i) == 1);
    if (!fits) {
      throw x.trace.fail(
          site,
          Misuse.SHAPE_MISMATCH,
          "shapes " + shape(xShape) + " and " + shape(yShape) + " do not go together",
          List.of(
              x.note("this " + x.describe() + " was made here"),
              y.note("this " + y.describe() + " was made here")),
          xShape.size() == yShape.size()
              ? "extents must be equal, or 1 to be repeated"
              : "ranks must be equal; add a dimension of extent 1 with expand(axis)");
    }
    List<Integer> shape = new ArrayList<>();
    for (int i = 0; i < xShape.size(); i++) {
      shape.add(Math.max(xShape.get(i), yShape.get(i)));
    }
    return List.copyOf(shape);
  }

  static Value broadcast(Trace trace, Value x, List<Integer> shape) {
    OpBuilder ops = trace.ops();
    return x.tile().shape().equals(shape) ? x : ops.broadcast(x, shape);
  }
}
