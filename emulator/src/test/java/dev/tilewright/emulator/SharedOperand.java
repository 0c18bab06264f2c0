package dev.tilewright.emulator;

/**
 * An operand of {@code wgmma} as a test lays it out in shared memory, at a multiple of 1024 bytes
 * (PTX ISA, figures of "Shared Memory Matrix Layout").
 *
 * @param width bytes of a row of the swizzle pattern, or 16 for none
 * @param kMajor whether neighbours in memory are neighbours in k
 * @param bits of an element
 * @param rows m of A, n of B
 * @param depth elements in k, over all steps
 */
record SharedOperand(int width, boolean kMajor, int bits, int rows, int depth) {

  /** The bit of the image at which an element starts. */
  int bit(int row, int k) {
    int line = kMajor ? row : k;
    int column = (kMajor ? k : row) * bits;
    int chunk = column / 128;
    int inside = column % 128;
    if (width == 16) {
      // Core matrices of 8 lines of 16 bytes.
      int core = kMajor ? chunk * (rows / 8) + line / 8 : chunk * (depth / 8) + line / 8;
      return core * 1024 + line % 8 * 128 + inside;
    }
    int chunks = width / 16;
    int phase =
        switch (width) {
          case 128 -> line % 8;
          case 64 -> line / 2 % 4;
          default -> line / 4 % 2;
        };
    int lines = kMajor ? rows : depth;
    return (chunk / chunks * lines + line) * width * 8 + (chunk % chunks ^ phase) * 128 + inside;
  }

  int bytes() {
    int columns = (kMajor ? depth : rows) * bits / 8;
    int lines = kMajor ? rows : depth;
    return Math.ceilDiv(columns, width) * width * lines;
  }

  /** The descriptor of one step but for the address, to which {@link #advance} is added. */
  long descriptor() {
    int swizzle =
        switch (width) {
          case 128 -> 1;
          case 64 -> 2;
          case 32 -> 3;
          default -> 0;
        };
    int leading;
    int stride;
    if (width == 16) {
      leading = kMajor ? rows * 16 : 128;
      stride = kMajor ? 128 : depth * 16;
    } else {
      leading = kMajor ? 16 : depth * width;
      stride = 8 * width;
    }
    return (long) swizzle << 62 | (long) stride >> 4 << 32 | (long) leading >> 4 << 16;
  }

  /** Bytes from the start of one step of 32 bytes of k to the next. */
  int advance() {
    if (width == 16) {
      return kMajor ? 2 * rows * 16 : 256;
    }
    return kMajor ? 32 : 16 * width;
  }

  /** Elements in k that fit a row of the pattern, or two steps. */
  static int depth(int width, boolean kMajor, int bits) {
    return kMajor && width > 16 ? width * 8 / bits : 512 / bits;
  }

  void put(byte[] image, int base, int row, int k, long value) {
    int bit = base * 8 + bit(row, k);
    for (int i = 0; i < bits; i++) {
      image[(bit + i) / 8] |= (byte) ((value >>> i & 1) << (bit + i) % 8);
    }
  }
}
