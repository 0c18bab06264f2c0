package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.U8;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.PackedTensor;
import dev.tilewright.dtype.DType;
import dev.tilewright.layout.weights.PackedOrder;
import java.util.List;

/**
 * Packs codes on the device: from n×k bytes to tiles in an order, {@code [row tiles, column tiles,
 * lines, 128]}.
 *
 * @param type an integer of as many bits as the order's codes have
 * @param order of the packed codes
 */
public record PackWeights(DType type, PackedOrder order) implements Kernel {

  @Override
  public void define(KernelBuilder k) {
    var n = k.dim("n");
    var kk = k.dim("k");
    var rows = n.ceilDiv(order.rows());
    var columns = kk.ceilDiv(order.columns());
    int lines = order.byteCount() / PackedOrder.LINE_BYTES;
    var codes = k.in("codes", U8, n, kk);
    var packed = k.out("packed", U8, rows, columns, k.dim(lines), k.dim(PackedOrder.LINE_BYTES));
    var tile = k.grid2d(rows, columns);
    var zero = k.constant(0);
    packed
        .tile(List.of(tile.row(), tile.col(), zero, zero), 1, 1, lines, PackedOrder.LINE_BYTES)
        .set(
            PackedTensor.pack(
                codes.tile(tile.row(), tile.col(), order.rows(), order.columns()).cast(type),
                order));
  }
}
