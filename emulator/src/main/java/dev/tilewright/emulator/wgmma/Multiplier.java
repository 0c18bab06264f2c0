package dev.tilewright.emulator.wgmma;

import java.util.Arrays;

/**
 * Executes {@link Multiply}s of a warpgroup. Operands are decoded once per instruction; the
 * accumulator stays here from one instruction to the next, until {@link #storeD}.
 *
 * <p>Registers of thread t, which is lane l = t % 32 of warp w = t / 32 (PTX ISA, "Register
 * Fragments and Shared Memory Matrix Layouts"):
 *
 * <ul>
 *   <li>element i of D lies in row 16 w + l / 4 + 8 (i / 2 % 2), column 8 (i / 4) + 2 (l % 4) + i %
 *       2;
 *   <li>register j of A, of p elements, holds row 16 w + l / 4 + 8 (j % 2) from k = p (l % 4) + 4 p
 *       (j / 2).
 * </ul>
 */
public final class Multiplier {
  /** Rows of A and D. */
  public static final int ROWS = 64;

  private static final int WARPS = 4;

  private double[] a = new double[0];
  private double[] b = new double[0];
  private double[] c = new double[0];

  /** Registers of one kind: {@code words[warp][bases[j] + lane]}. */
  public record Registers(int[][] words, int[] bases) {}

  /** Takes A from shared memory. */
  public void loadA(Multiply m, byte[] shared, int[] chunks) {
    a = room(a, ROWS * m.k());
    // Row after row: neighbours in k are 1 apart, neighbours in m are k apart.
    load(shared, chunks, m.a(), m.transposeA(), a, 1, m.k());
    scale(a, ROWS * m.k(), m.scaleA());
  }

  /** Takes A from registers. */
  public void loadA(Multiply m, Registers registers) {
    a = room(a, ROWS * m.k());
    int per = m.a().perWord();
    for (int w = 0; w < WARPS; w++) {
      int[] words = registers.words[w];
      for (int j = 0; j < registers.bases.length; j++) {
        for (int lane = 0; lane < 32; lane++) {
          int row = 16 * w + lane / 4 + 8 * (j % 2);
          int k = per * (lane % 4) + 4 * per * (j / 2);
          m.a().decode(words[registers.bases[j] + lane], a, row * m.k() + k, 1);
        }
      }
    }
    scale(a, ROWS * m.k(), m.scaleA());
  }

  /** Takes B from shared memory. */
  public void loadB(Multiply m, byte[] shared, int[] chunks) {
    b = room(b, m.n() * m.k());
    load(shared, chunks, m.b(), m.transposeB(), b, m.n(), 1);
    scale(b, m.n() * m.k(), m.scaleB());
  }

  private static void load(
      byte[] shared,
      int[] chunks,
      ElementType type,
      boolean transposed,
      double[] to,
      int strideK,
      int strideRow) {
    int perWord = type.perWord();
    int stride = transposed ? strideRow : strideK;
    for (int i = 0; i < chunks.length; i++) {
      int at =
          transposed
              ? i / 16 * 8 * strideRow + i % 16 * strideK
              : i / 2 * strideRow + i % 2 * (4 * perWord) * strideK;
      for (int word = 0; word < 4; word++) {
        type.decode(word(shared, chunks[i] + 4 * word), to, at, stride);
        at += perWord * stride;
      }
    }
  }

  private static int word(byte[] from, int at) {
    return from[at] & 0xff
        | (from[at + 1] & 0xff) << 8
        | (from[at + 2] & 0xff) << 16
        | from[at + 3] << 24;
  }

  private static void scale(double[] values, int count, int by) {
    for (int i = 0; by < 0 && i < count; i++) {
      values[i] = -values[i];
    }
  }

  private static double[] room(double[] old, int size) {
    return old.length >= size ? old : new double[size];
  }

  /** Makes D zero. */
  public void clearD(Multiply m) {
    c = room(c, ROWS * m.n());
    Arrays.fill(c, 0, ROWS * m.n(), 0.0);
  }

  /** Takes D from registers. */
  public void loadD(Multiply m, Registers registers) {
    c = room(c, ROWS * m.n());
    eachD(m, registers, false);
  }

  /** Puts D into registers. */
  public void storeD(Multiply m, Registers registers) {
    eachD(m, registers, true);
  }

  private void eachD(Multiply m, Registers registers, boolean store) {
    Accumulator type = m.d();
    int n = m.n();
    for (int w = 0; w < WARPS; w++) {
      int[] words = registers.words[w];
      for (int j = 0; j < registers.bases.length; j++) {
        int i = j * type.perWord();
        int base = registers.bases[j];
        int origin = (16 * w + 8 * (i / 2 % 2)) * n + 8 * (i / 4) + i % 2;
        for (int lane = 0; lane < 32; lane++) {
          int at = origin + lane / 4 * n + 2 * (lane % 4);
          if (store) {
            words[base + lane] = type.encode(c, at);
          } else {
            type.decode(words[base + lane], c, at);
          }
        }
      }
    }
  }

  /** D = A B + D, rounded to the type of D. */
  public void multiply(Multiply m) {
    Product.accumulate(a, b, c, m.n(), m.k());
    m.d().round(c, ROWS * m.n());
  }
}
