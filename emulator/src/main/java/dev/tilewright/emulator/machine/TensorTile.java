package dev.tilewright.emulator.machine;

import dev.tilewright.runtime.spi.TiledTensorMap;
import dev.tilewright.runtime.spi.TiledTensorMap.ElementType;
import dev.tilewright.runtime.spi.TiledTensorMap.Fill;
import java.util.Arrays;
import java.util.BitSet;

/**
 * One box of a tensor, seen from both sides (PTX ISA, "Tensors: Tiled mode"). Its rows along the
 * innermost dimension follow each other densely in shared memory; a row may lie partly or wholly
 * outside the tensor.
 */
final class TensorTile {
  /** The unit that swizzles permute. */
  static final int CHUNK = 16;

  private final TiledTensorMap map;
  private final int[] corner;
  private final int[] extents;
  private final int element;
  final int rowBytes;
  final int rows;

  /** The part of a row that is inside the tensor, in bytes of the row. */
  private final int from;

  private final int to;

  /**
   * @param corner the coordinates of the box's first element, innermost first
   */
  TensorTile(TiledTensorMap map, int[] corner) {
    this.map = map;
    this.corner = corner;
    this.element = TensorMap.bytes(map.type());
    int rank = map.sizes().size();
    extents = new int[rank];
    int count = 1;
    for (int i = 1; i < rank; i++) {
      extents[i] = Math.ceilDiv(map.box().get(i), map.elementStrides().get(i));
      count *= extents[i];
    }
    // Without interleave the step along the innermost dimension is ignored.
    extents[0] = map.box().getFirst();
    rows = count;
    rowBytes = extents[0] * element;
    long size = map.sizes().getFirst();
    from = Math.clamp(-(long) corner[0], 0, extents[0]) * element;
    to = Math.clamp(size - corner[0], 0, extents[0]) * element;
  }

  int bytes() {
    return rows * rowBytes;
  }

  ElementType type() {
    return map.type();
  }

  int elementBytes() {
    return element;
  }

  /** A row's part that is inside the tensor: bytes {@code from} up to {@code to} of the box. */
  @FunctionalInterface
  interface Segment {
    void at(long address, int boxOffset, int bytes);
  }

  /** Visits what is inside the tensor, row by row. */
  void inside(Segment visitor) {
    if (from >= to) {
      return;
    }
    for (int row = 0; row < rows; row++) {
      long address = map.address() + (long) corner[0] * element + from;
      boolean in = true;
      int rest = row;
      for (int i = 1; i < extents.length; i++) {
        long at = corner[i] + (long) (rest % extents[i]) * map.elementStrides().get(i);
        rest /= extents[i];
        in &= at >= 0 && at < map.sizes().get(i);
        address += at * map.strides().get(i - 1);
      }
      if (in) {
        visitor.at(address, row * rowBytes + from, to - from);
      }
    }
  }

  /** A box in which every element is what is read outside the tensor. */
  byte[] outside() {
    byte[] bytes = new byte[bytes()];
    if (map.fill() == Fill.NANS) {
      // All ones but the sign: a NaN in every format.
      Arrays.fill(bytes, (byte) 0xff);
      for (int i = element - 1; i < bytes.length; i += element) {
        bytes[i] = 0x7f;
      }
    }
    return bytes;
  }

  /**
   * Where the box's 16-byte pieces lie in shared memory that starts at {@code base}: the bits above
   * the swizzle's pattern of 8 rows of 128 bytes pick the piece.
   */
  int[] chunks(int base) {
    int mask =
        switch (map.swizzle()) {
          case NONE -> 0;
          case B32 -> 1;
          case B64 -> 3;
          case B128 -> 7;
        };
    int[] chunks = new int[bytes() / CHUNK];
    for (int i = 0; i < chunks.length; i++) {
      int linear = base + i * CHUNK;
      chunks[i] = linear ^ (linear >>> 7 & mask) << 4;
    }
    return chunks;
  }

  /** Those of the box's pieces that hold something inside the tensor. */
  int[] insideOf(int[] chunks) {
    BitSet needed = new BitSet(chunks.length);
    inside((address, at, count) -> needed.set(at / CHUNK, (at + count - 1) / CHUNK + 1));
    return needed.stream().map(i -> chunks[i]).toArray();
  }

  /** Whether the documentation says where the rows lie: those that fill the swizzle's span. */
  boolean hasKnownPlaces() {
    int span = TensorMap.span(map.swizzle());
    return span == 0 || span == rowBytes || rows == 1;
  }

  /** Bytes of a row of the swizzle's pattern, or of a piece if there is none. */
  int rowSpan() {
    return Math.max(CHUNK, TensorMap.span(map.swizzle()));
  }

  String swizzle() {
    return map.swizzle().toString();
  }
}
