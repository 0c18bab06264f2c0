package dev.tilewright.samples.weights;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.weights.PackedOrder;
import dev.tilewright.layout.weights.PackedWeights;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Packed weights in device memory, as a kernel's parameters. */
public final class DeviceWeights implements AutoCloseable {
  private final Tensor tiles;
  private final Optional<Tensor> scales;
  private final Optional<Tensor> zeros;
  private final Optional<Float> matrixScale;

  private DeviceWeights(
      Tensor tiles, Optional<Tensor> scales, Optional<Tensor> zeros, Optional<Float> matrixScale) {
    this.tiles = tiles;
    this.scales = scales;
    this.zeros = zeros;
    this.matrixScale = matrixScale;
  }

  /** Uploads weights. */
  public static DeviceWeights upload(Device device, PackedWeights weights) {
    Tensor tiles =
        Tensor.of(
            device,
            DType.U8,
            weights.rowTiles(),
            weights.columnTiles(),
            weights.order().byteCount() / PackedOrder.LINE_BYTES,
            PackedOrder.LINE_BYTES);
    tiles.upload(MemorySegment.ofArray(weights.tiles()));
    return new DeviceWeights(
        tiles,
        weights.format().scales().map(s -> shared(device, weights, s.type(), weights.scales())),
        weights.format().zeros().map(z -> shared(device, weights, z, weights.zeros())),
        weights.format().matrixScale() ? Optional.of(weights.matrixScale()) : Optional.empty());
  }

  private static Tensor shared(Device device, PackedWeights weights, DType type, long[] codes) {
    int groups = weights.format().groups(weights.columns());
    Tensor tensor = Tensor.of(device, type, groups, codes.length / groups);
    tensor.uploadCodes(codes);
    return tensor;
  }

  /** Bytes that a kernel reads of them, once each. */
  public long bytes() {
    return tiles.bytes()
        + scales.map(Tensor::bytes).orElse(0L)
        + zeros.map(Tensor::bytes).orElse(0L);
  }

  /** These weights as the parameters that belong to a quantised tensor of that name. */
  public Arguments addTo(Arguments arguments, String name) {
    Arguments all = arguments.with(name, tiles);
    if (scales.isPresent()) {
      all = all.with(name + "_scales", scales.get());
    }
    if (zeros.isPresent()) {
      all = all.with(name + "_zeros", zeros.get());
    }
    if (matrixScale.isPresent()) {
      all = all.with(name + "_scale", matrixScale.get());
    }
    return all;
  }

  @Override
  public void close() {
    tiles.close();
    scales.ifPresent(Tensor::close);
    zeros.ifPresent(Tensor::close);
  }
}
