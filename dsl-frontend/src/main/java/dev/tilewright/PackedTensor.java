package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Parameter.Access;
import dev.tilewright.layout.SizeExpr;
import dev.tilewright.layout.weights.PackedOrder;
import dev.tilewright.layout.weights.Reordering;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A matrix of weights of few bits, packed tile by tile ({@link PackedOrder}): a parameter of the
 * kernel. What is in memory is a tensor of bytes, {@code [row tiles, column tiles, lines, bytes of
 * a line]}, every tile whole, so that nothing is checked at the matrix's edges; what the packer
 * wrote beyond them takes part in the computation.
 */
public final class PackedTensor {
  private final GlobalTensor bytes;
  private final DType dtype;
  private final PackedOrder order;

  PackedTensor(GlobalTensor bytes, DType dtype, PackedOrder order) {
    this.bytes = bytes;
    this.dtype = dtype;
    this.order = order;
  }

  static PackedTensor declare(
      Site site, String name, DType dtype, PackedOrder order, Dim rows, Dim columns) {
    Trace trace = rows.trace;
    if (dtype.bits() != order.width()) {
      throw trace.fail(
          site,
          Misuse.WEIGHT_TILE,
          "an order of %d-bit codes cannot pack '%s' of %s"
              .formatted(order.width(), name, dtype.name()),
          List.of(),
          "make the order for %d bits".formatted(dtype.bits()));
    }
    trace.checkUsable(site, rows);
    trace.checkUsable(site, columns);
    List<SizeExpr> shape =
        List.of(
            rows.ceilDiv(order.rows()).size,
            columns.ceilDiv(order.columns()).size,
            trace.sizes().positive(site, order.byteCount() / PackedOrder.LINE_BYTES),
            trace.sizes().positive(site, PackedOrder.LINE_BYTES));
    return new PackedTensor(
        trace.declarations().tensor(site, name, DType.U8, shape, Access.IN), dtype, order);
  }

  /** The element type of the weights. */
  public DType dtype() {
    return dtype;
  }

  /** The order of a tile's codes. */
  public PackedOrder order() {
    return order;
  }

  /**
   * Tile (row, column) of the matrix: its {@link PackedOrder#rows}×{@link PackedOrder#columns}
   * codes as elements, loaded now. Loading, seeing bytes as elements and putting them in order are
   * tile operations like any other; a packed order that was made for the instruction that uses the
   * tile leaves nothing of them to do but the load.
   */
  public Tile tile(ScalarValue row, ScalarValue column) {
    Scalar first = bytes.trace.scalar(bytes.enter(), bytes.trace.scalars().i32(0));
    int lines = order.byteCount() / PackedOrder.LINE_BYTES;
    GlobalTile packed =
        bytes.tile(List.of(row, column, first, first), 1, 1, lines, PackedOrder.LINE_BYTES);
    Tile stream = undo(packed.reshape(order.byteCount()), order.bytes(), order.byteCount());
    return undo(stream.view(dtype), order.codes(), order.rows(), order.columns());
  }

  /**
   * A tile of codes as it lies in memory: what {@link #tile} undoes.
   *
   * @param codes {@link PackedOrder#rows}×{@link PackedOrder#columns} elements of as many bits as
   *     the order's codes have
   * @return bytes, {@code [1, 1, lines, 128]}
   */
  public static Tile pack(Tile codes, PackedOrder order) {
    Tile stream = apply(codes, order.codes(), order.size()).view(DType.U8);
    int lines = order.byteCount() / PackedOrder.LINE_BYTES;
    return apply(stream, order.bytes(), 1, 1, lines, PackedOrder.LINE_BYTES);
  }

  /** A tile as memory in that order. */
  private static Tile apply(Tile tile, Reordering reordering, int... shape) {
    List<Integer> permutation = reordering.permutation();
    List<Integer> digits = permutation.stream().map(reordering.shape()::get).toList();
    List<Integer> back =
        IntStream.range(0, permutation.size()).map(permutation::indexOf).boxed().toList();
    return reordering.isIdentity()
        ? tile.reshape(shape)
        : tile.reshape(ints(digits)).transpose(ints(back)).reshape(shape);
  }

  /** Memory as the tile that was reordered to it. */
  private static Tile undo(Tile memory, Reordering reordering, int... shape) {
    return reordering.isIdentity()
        ? memory.reshape(shape)
        : memory
            .reshape(ints(reordering.shape()))
            .transpose(ints(reordering.permutation()))
            .reshape(shape);
  }

  private static int[] ints(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }
}
