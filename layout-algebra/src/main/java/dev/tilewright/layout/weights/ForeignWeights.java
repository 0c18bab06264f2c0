package dev.tilewright.layout.weights;

import dev.tilewright.dtype.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Quantised matrices as others store them. Only their orders are undone here: codes, scales and
 * zero points stay what they are, so that the weights do.
 */
public final class ForeignWeights {
  private static final int PER_WORD = 8;

  /** Which of eight neighbouring columns a nibble of AWQ's words holds. */
  private static final int[] AWQ_ORDER = {0, 2, 4, 6, 1, 3, 5, 7};

  private static final int GGUF_BLOCK = 32;

  private ForeignWeights() {}

  /**
   * GPTQ's four-bit tensors of a layer with k inputs and n outputs, without reordering of the
   * inputs (AutoGPTQ, format {@code gptq}: zero points are stored less one).
   *
   * @param qweight {@code [k / 8][n]}, eight inputs in a word, the first lowest
   * @param qzeros {@code [k / group][n / 8]}
   * @param scales {@code [k / group][n]}, codes of f16
   */
  public static QuantizedMatrix gptq(
      int k, int n, int group, int[] qweight, int[] qzeros, long[] scales) {
    checkWords("qweight", qweight.length, k / PER_WORD * n);
    checkWords("qzeros", qzeros.length, Math.ceilDiv(k, group) * (n / PER_WORD));
    byte[] codes = new byte[n * k];
    for (int row = 0; row < n; row++) {
      for (int column = 0; column < k; column++) {
        int word = qweight[column / PER_WORD * n + row];
        codes[row * k + column] = nibble(word, column % PER_WORD);
      }
    }
    long[] zeros = new long[Math.ceilDiv(k, group) * n];
    for (int at = 0; at < zeros.length; at++) {
      int row = at % n;
      int word = qzeros[at / n * (n / PER_WORD) + row / PER_WORD];
      zeros[at] = nibble(word, row % PER_WORD) + 1L;
    }
    return new QuantizedMatrix(format(group), n, k, codes, scales, zeros, 1);
  }

  /**
   * AWQ's four-bit tensors of a layer with k inputs and n outputs (AutoAWQ, version {@code gemm}).
   *
   * @param qweight {@code [k][n / 8]}, eight outputs in a word, in the order 0, 2, 4, 6, 1, 3, 5, 7
   * @param qzeros {@code [k / group][n / 8]}, likewise
   * @param scales {@code [k / group][n]}, codes of f16
   */
  public static QuantizedMatrix awq(
      int k, int n, int group, int[] qweight, int[] qzeros, long[] scales) {
    checkWords("qweight", qweight.length, k * (n / PER_WORD));
    checkWords("qzeros", qzeros.length, Math.ceilDiv(k, group) * (n / PER_WORD));
    byte[] codes = new byte[n * k];
    for (int column = 0; column < k; column++) {
      for (int row = 0; row < n; row++) {
        codes[row * k + column] = awqNibble(qweight, column, row, n);
      }
    }
    long[] zeros = new long[Math.ceilDiv(k, group) * n];
    for (int at = 0; at < zeros.length; at++) {
      zeros[at] = awqNibble(qzeros, at / n, at % n, n);
    }
    return new QuantizedMatrix(format(group), n, k, codes, scales, zeros, 1);
  }

  private static byte awqNibble(int[] words, int line, int row, int n) {
    int word = words[line * (n / PER_WORD) + row / PER_WORD];
    for (int i = 0; i < PER_WORD; i++) {
      if (AWQ_ORDER[i] == row % PER_WORD) {
        return nibble(word, i);
      }
    }
    throw new IllegalStateException("the order holds every column");
  }

  private static byte nibble(int word, int at) {
    return (byte) (word >>> 4 * at & 15);
  }

  private static WeightFormat format(int group) {
    return WeightFormat.of(DType.U4).withScales(DType.F16, group).withZeros(DType.U8);
  }

  /**
   * GGUF's {@code Q4_0}: blocks of 32 neighbours, an f16 scale and sixteen bytes, whose low halves
   * are the first sixteen codes; a code means itself less 8.
   *
   * @param blocks of 18 bytes, row by row
   */
  public static QuantizedMatrix ggufQ40(int rows, int columns, byte[] blocks) {
    Blocks source = new Blocks(rows, columns, blocks, 2 + GGUF_BLOCK / 2);
    byte[] codes = new byte[rows * columns];
    for (int at = 0; at < codes.length; at++) {
      int place = at % GGUF_BLOCK;
      int half = GGUF_BLOCK / 2;
      int bytes = source.bytes().get(source.start(at) + 2 + place % half);
      int code = bytes >> (place < half ? 0 : 4) & 15;
      // Less 8, in four bits of two's complement: the top bit turned over.
      codes[at] = (byte) (code ^ 8);
    }
    WeightFormat format = WeightFormat.of(DType.I4).withScales(DType.F16, GGUF_BLOCK);
    return new QuantizedMatrix(format, rows, columns, codes, source.scales(), new long[0], 1);
  }

  /**
   * GGUF's {@code Q8_0}: blocks of 32 neighbours, an f16 scale and as many signed bytes.
   *
   * @param blocks of 34 bytes, row by row
   */
  public static QuantizedMatrix ggufQ80(int rows, int columns, byte[] blocks) {
    Blocks source = new Blocks(rows, columns, blocks, 2 + GGUF_BLOCK);
    byte[] codes = new byte[rows * columns];
    for (int at = 0; at < codes.length; at++) {
      codes[at] = source.bytes().get(source.start(at) + 2 + at % GGUF_BLOCK);
    }
    WeightFormat format = WeightFormat.of(DType.I8).withScales(DType.F16, GGUF_BLOCK);
    return new QuantizedMatrix(format, rows, columns, codes, source.scales(), new long[0], 1);
  }

  /** Blocks of a scale and the codes of 32 neighbours. */
  private record Blocks(int rows, int columns, ByteBuffer bytes, int size) {
    Blocks(int rows, int columns, byte[] blocks, int size) {
      this(rows, columns, ByteBuffer.wrap(blocks).order(ByteOrder.LITTLE_ENDIAN), size);
      if (columns % GGUF_BLOCK != 0) {
        throw new IllegalArgumentException(
            "rows of %d weights are not made of blocks of %d".formatted(columns, GGUF_BLOCK));
      }
      checkWords("bytes of blocks", blocks.length, rows * columns / GGUF_BLOCK * size);
    }

    int start(int element) {
      return element / GGUF_BLOCK * size;
    }

    long[] scales() {
      int groups = columns / GGUF_BLOCK;
      long[] scales = new long[groups * rows];
      for (int row = 0; row < rows; row++) {
        for (int group = 0; group < groups; group++) {
          int block = row * groups + group;
          scales[group * rows + row] = Short.toUnsignedLong(bytes.getShort(block * size));
        }
      }
      return scales;
    }
  }

  private static void checkWords(String what, int actual, int expected) {
    if (actual != expected) {
      throw new IllegalArgumentException(
          "the matrix has %d %s, not %d".formatted(expected, what, actual));
    }
  }
}
