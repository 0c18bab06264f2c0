package dev.tilewright.emulator.wgmma;

import java.util.Locale;

/**
 * What one {@code wgmma.mma_async} multiplies: D = A B + D, where D has 64 rows and {@code n}
 * columns and k is {@link ElementType#depth}.
 *
 * @param scaleA 1, or -1 to negate A
 * @param scaleB 1, or -1 to negate B
 * @param transposeA whether A, in shared memory, is M-major
 * @param transposeB whether B is N-major
 */
public record Multiply(
    int n,
    ElementType a,
    ElementType b,
    Accumulator d,
    int scaleA,
    int scaleB,
    boolean transposeA,
    boolean transposeB) {

  public int k() {
    return a.depth();
  }

  /** 32-bit registers of D in each thread. */
  public int accumulatorRegisters() {
    return n / 2 / d.perWord();
  }

  /** Multiplications and additions. */
  public long operations() {
    return 2L * Multiplier.ROWS * n * k();
  }

  /** The shape as it is written: {@code m64n128k16}. */
  public String shape() {
    return "m64n" + n + "k" + k();
  }

  /** Shape and types: {@code m64n128k16.f32.f16.f16}. */
  public String name() {
    String result = d == Accumulator.S32_SATFINITE ? "s32" : d.name();
    return (shape() + "." + result + "." + a + "." + b).toLowerCase(Locale.ROOT);
  }
}
