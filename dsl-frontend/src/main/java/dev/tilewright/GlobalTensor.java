package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Parameter.Access;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.SizeExpr;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A tensor in global memory: a parameter of the kernel. Its sizes and strides are known at launch.
 *
 * <p>{@code tile} cuts it into blocks and names one by <em>block</em> coordinates: block (i, j) of
 * extents p×q starts at element (i·p, j·q). {@code at} names a block by the coordinates of its
 * first <em>element</em>. Either may reach over the edges: elements outside read as zero and are
 * not written.
 */
public final class GlobalTensor extends Handle {
  final String name;
  final Value value;
  final List<SizeExpr> sizes;
  final Access access;

  GlobalTensor(
      Trace trace, Site defined, String name, Value value, List<SizeExpr> sizes, Access access) {
    super(trace, trace.root(), defined);
    this.name = name;
    this.value = value;
    this.sizes = List.copyOf(sizes);
    this.access = access;
  }

  /** The element type. */
  public DType dtype() {
    return value.type().dtype();
  }

  /** How many dimensions it has. */
  public int rank() {
    return sizes.size();
  }

  @Override
  String describe() {
    return dtype()
        + " tensor '"
        + name
        + "' ["
        + sizes.stream().map(SizeExpr::toString).collect(Collectors.joining(", "))
        + "]";
  }

  // ---------------------------------------------------------------- block coordinates

  /** Block {@code i} of a vector, {@code extent} elements long. */
  public GlobalTile tile(ScalarValue i, int extent) {
    Site site = enter();
    return block(site, List.of(coordinate(site, i)), extent);
  }

  /** Block {@code i} of a vector, {@code extent} elements long. */
  public GlobalTile tile(int i, int extent) {
    Site site = enter();
    return block(site, List.of(constant(i)), extent);
  }

  /** Block ({@code row}, {@code col}) of a matrix, {@code rows}×{@code cols} elements large. */
  public GlobalTile tile(ScalarValue row, ScalarValue col, int rows, int cols) {
    Site site = enter();
    return block(site, List.of(coordinate(site, row), coordinate(site, col)), rows, cols);
  }

  /** Block ({@code row}, {@code col}) of a matrix, {@code rows}×{@code cols} elements large. */
  public GlobalTile tile(ScalarValue row, int col, int rows, int cols) {
    Site site = enter();
    return block(site, List.of(coordinate(site, row), constant(col)), rows, cols);
  }

  /** Block ({@code row}, {@code col}) of a matrix, {@code rows}×{@code cols} elements large. */
  public GlobalTile tile(int row, ScalarValue col, int rows, int cols) {
    Site site = enter();
    return block(site, List.of(constant(row), coordinate(site, col)), rows, cols);
  }

  /** Block ({@code row}, {@code col}) of a matrix, {@code rows}×{@code cols} elements large. */
  public GlobalTile tile(int row, int col, int rows, int cols) {
    Site site = enter();
    return block(site, List.of(constant(row), constant(col)), rows, cols);
  }

  /** The block at {@code index}, one coordinate and one extent for each dimension. */
  public GlobalTile tile(List<? extends ScalarValue> index, int... extents) {
    Site site = enter();
    return block(site, index.stream().map(i -> coordinate(site, i)).toList(), extents);
  }

  // ---------------------------------------------------------------- element coordinates

  /** The {@code extent} elements of a vector from element {@code i} on. */
  public GlobalTile at(ScalarValue i, int extent) {
    Site site = enter();
    return window(site, List.of(coordinate(site, i)), extent);
  }

  /** The {@code extent} elements of a vector from element {@code i} on. */
  public GlobalTile at(int i, int extent) {
    Site site = enter();
    return window(site, List.of(constant(i)), extent);
  }

  /** The {@code rows}×{@code cols} elements of a matrix from element (row, col) on. */
  public GlobalTile at(ScalarValue row, ScalarValue col, int rows, int cols) {
    Site site = enter();
    return window(site, List.of(coordinate(site, row), coordinate(site, col)), rows, cols);
  }

  /** The {@code rows}×{@code cols} elements of a matrix from element (row, col) on. */
  public GlobalTile at(ScalarValue row, int col, int rows, int cols) {
    Site site = enter();
    return window(site, List.of(coordinate(site, row), constant(col)), rows, cols);
  }

  /** The {@code rows}×{@code cols} elements of a matrix from element (row, col) on. */
  public GlobalTile at(int row, ScalarValue col, int rows, int cols) {
    Site site = enter();
    return window(site, List.of(constant(row), coordinate(site, col)), rows, cols);
  }

  /** The {@code rows}×{@code cols} elements of a matrix from element (row, col) on. */
  public GlobalTile at(int row, int col, int rows, int cols) {
    Site site = enter();
    return window(site, List.of(constant(row), constant(col)), rows, cols);
  }

  /** The elements from {@code offsets} on, one coordinate and one extent for each dimension. */
  public GlobalTile at(List<? extends ScalarValue> offsets, int... extents) {
    Site site = enter();
    return window(site, offsets.stream().map(i -> coordinate(site, i)).toList(), extents);
  }

  private Value coordinate(Site site, ScalarValue x) {
    return ScalarOps.coordinate(trace, site, x);
  }

  private Value constant(int x) {
    return trace.scalars().i32(x);
  }

  private GlobalTile block(Site site, List<Value> index, int... extents) {
    List<Integer> shape = checkRank(site, index, extents);
    List<Value> offsets = new ArrayList<>();
    for (int i = 0; i < shape.size(); i++) {
      Value extent = trace.scalars().i32(shape.get(i));
      offsets.add(trace.scalars().binary(BinaryKind.MUL, index.get(i), extent));
    }
    return new GlobalTile(trace, trace.region(), site, this, offsets, shape, false);
  }

  private GlobalTile window(Site site, List<Value> offsets, int... extents) {
    List<Integer> shape = checkRank(site, offsets, extents);
    return new GlobalTile(trace, trace.region(), site, this, offsets, shape, false);
  }

  private List<Integer> checkRank(Site site, List<Value> index, int... extents) {
    List<Integer> shape = TileShapes.extents(trace, site, extents);
    if (index.size() != rank() || shape.size() != rank()) {
      throw trace.fail(
          site,
          Misuse.RANK_MISMATCH,
          "tensor '%s' has %d dimensions; this tile has %d coordinates and %d extents"
              .formatted(name, rank(), index.size(), shape.size()),
          List.of(note("this " + describe() + " was declared here")),
          "give one coordinate and one extent for each dimension");
    }
    return shape;
  }
}
