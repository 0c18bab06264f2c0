package dev.tilewright.layout.weights;

import dev.tilewright.dtype.Packing;

/** A packed order as tables: for the tiles of a whole matrix, one after the other. */
final class TilePacker {
  private final int width;

  /** For every place in the stream the element whose code lies there. */
  private final int[] elements;

  /** For every byte in memory the byte of the stream that lies there. */
  private final int[] bytes;

  private final long[] stream;

  TilePacker(PackedOrder order) {
    width = order.width();
    elements = order.codes().elements();
    bytes = order.bytes().elements();
    stream = new long[elements.length];
  }

  byte[] pack(long[] tile) {
    for (int i = 0; i < stream.length; i++) {
      stream[i] = tile[elements[i]];
    }
    byte[] dense = Packing.pack(width, stream);
    byte[] packed = new byte[dense.length];
    for (int i = 0; i < packed.length; i++) {
      packed[i] = dense[bytes[i]];
    }
    return packed;
  }

  long[] unpack(byte[] packed) {
    byte[] dense = new byte[packed.length];
    for (int i = 0; i < packed.length; i++) {
      dense[bytes[i]] = packed[i];
    }
    long[] codes = Packing.unpack(width, dense, stream.length);
    long[] tile = new long[codes.length];
    for (int i = 0; i < codes.length; i++) {
      tile[elements[i]] = codes[i];
    }
    return tile;
  }
}
