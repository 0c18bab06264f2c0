package dev.tilewright.runtime;

import dev.tilewright.runtime.spi.TiledTensorMap;
import dev.tilewright.runtime.spi.TiledTensorMap.Fill;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Makes a tensor map's geometry from a tensor argument and refuses, with the tensor's own
 * dimensions, what the driver would refuse without a reason (CUDA driver API, {@code
 * cuTensorMapEncodeTiled}).
 */
final class TensorMapCheck {
  private static final int MAX_RANK = 5;
  private static final int MAX_BOX = 256;
  private static final long MAX_SIZE = 1L << 32;
  private static final long MAX_STRIDE = 1L << 40;

  /** Addresses, strides and the box's rows are multiples of this many bytes. */
  private static final int GRAIN = 16;

  private final Binder binder;
  private final KernelParameter.TensorMap map;
  private final Tensor tensor;
  private final Strided layout;

  TensorMapCheck(Binder binder, KernelParameter.TensorMap map) {
    this.binder = binder;
    this.map = map;
    this.tensor = binder.tensor(map.tensor());
    this.layout = tensor.layout();
  }

  TiledTensorMap geometry() {
    if (layout.rank() != map.order().size()) {
      throw error(
          "it describes " + map.order().size() + " dimensions, but the tensor is " + tensor);
    }
    if (layout.rank() < 1 || layout.rank() > MAX_RANK) {
      throw error(
          "the tensor has " + layout.rank() + " dimensions; 1 to " + MAX_RANK + " are possible");
    }
    long address = binder.address(map.tensor(), tensor);
    if (address % GRAIN != 0) {
      throw error(
          "the tensor begins at address 0x"
              + Long.toHexString(address)
              + ", which is no multiple of "
              + GRAIN
              + " bytes; pass a tensor, or a slice, that begins at one");
    }
    checkBox();
    List<Long> sizes = new ArrayList<>();
    List<Long> strides = new ArrayList<>();
    for (int i = 0; i < layout.rank(); i++) {
      int axis = map.order().get(i);
      sizes.add(size(i, axis));
      if (i > 0) {
        strides.add(stride(axis));
      }
    }
    return new TiledTensorMap(
        address,
        map.type(),
        sizes,
        strides,
        map.box(),
        Collections.nCopies(layout.rank(), 1),
        map.swizzle(),
        map.promotion(),
        map.fill());
  }

  private void checkBox() {
    for (int i = 0; i < layout.rank(); i++) {
      int extent = map.box().get(i);
      if (extent < 1 || extent > MAX_BOX) {
        throw error(
            "its box has "
                + extent
                + " elements along dimension "
                + map.order().get(i)
                + "; 1 to "
                + MAX_BOX
                + " are possible; compile for smaller tiles");
      }
    }
    int row = map.box().getFirst() * map.type().bytes();
    String what =
        "a row of its box, "
            + map.box().getFirst()
            + " elements along dimension "
            + map.order().getFirst()
            + ", has "
            + row
            + " bytes";
    if (row % GRAIN != 0) {
      throw error(what + ", which is no multiple of " + GRAIN);
    }
    if (row > map.swizzle().span()) {
      throw error(
          what
              + ", but the swizzle spans "
              + map.swizzle().span()
              + "; copy it in several boxes, or without a swizzle");
    }
    if (map.fill() == Fill.NANS && !map.type().floating()) {
      throw error("it fills with NaN, which " + map.type() + " elements do not have");
    }
  }

  private long size(int place, int axis) {
    long size = layout.size(axis);
    if (place == 0) {
      size = innermost(axis, size);
    }
    if (size > MAX_SIZE) {
      throw error(
          "the tensor's size along dimension "
              + axis
              + " is "
              + size
              + "; at most "
              + MAX_SIZE
              + " is possible");
    }
    return size;
  }

  /** The innermost dimension is counted in elements of the map, which may be wider. */
  private long innermost(int axis, long size) {
    // Along a dimension of size one nothing ever steps.
    if (size > 1 && layout.stride(axis) != 1) {
      throw error(
          "neighbours along dimension "
              + axis
              + " of the tensor are "
              + layout.stride(axis)
              + " elements apart, but must be adjacent; pass a copy in that order, or compile for"
              + " this one");
    }
    long bits = Math.multiplyExact(size, tensor.dtype().bits());
    int unit = map.type().bytes() * Byte.SIZE;
    if (bits % unit != 0) {
      throw error(
          "a row of the tensor, "
              + size
              + " elements along dimension "
              + axis
              + ", has "
              + bits
              + " bits, which is no whole number of "
              + map.type()
              + " elements; pad it");
    }
    return bits / unit;
  }

  private long stride(int axis) {
    long bits = Math.multiplyExact(layout.stride(axis), tensor.dtype().bits());
    long grain = (long) GRAIN * Byte.SIZE;
    if (layout.size(axis) == 1) {
      // Along a dimension of size one nothing ever steps: any stride that is allowed will do.
      return Math.min(Math.ceilDiv(bits, grain) * GRAIN, MAX_STRIDE - GRAIN);
    }
    if (bits % grain != 0) {
      throw error(
          "the stride of dimension "
              + axis
              + " of the tensor is "
              + layout.stride(axis)
              + " elements ("
              + bits
              + " bits), which is no multiple of "
              + GRAIN
              + " bytes; pad the rows");
    }
    if (bits / Byte.SIZE >= MAX_STRIDE) {
      throw error(
          "the stride of dimension "
              + axis
              + " of the tensor is "
              + bits / Byte.SIZE
              + " bytes; less than "
              + MAX_STRIDE
              + " is possible");
    }
    return bits / Byte.SIZE;
  }

  private LaunchException error(String problem) {
    return binder.error(
        LaunchError.TENSOR_MAP,
        "the tensor map of tensor '" + map.tensor() + "' " + tensor + " is impossible: " + problem);
  }
}
