package dev.tilewright.dtype;

/**
 * What happens to a value that lies between two representable ones (IEEE 754-2019, section 4.3; PTX
 * ISA, "Floating Point Rounding Modifiers").
 */
public enum Rounding {
  /** To the nearer neighbour; a tie goes to the one whose code is even ({@code .rn}). */
  NEAREST_EVEN,
  /** To the nearer neighbour; a tie goes away from zero ({@code .rna}). */
  NEAREST_AWAY,
  /** To the neighbour nearer to zero ({@code .rz}). */
  TOWARD_ZERO,
  /** To the smaller neighbour ({@code .rm}). */
  DOWN,
  /** To the larger neighbour ({@code .rp}). */
  UP;

  /**
   * Whether a magnitude between neighbours goes to the larger magnitude.
   *
   * @param negative whether the value is below zero
   * @param odd whether the code of the smaller magnitude is odd
   * @param half the sign of what was cut off minus half the distance of the neighbours
   */
  boolean increments(boolean negative, boolean odd, int half) {
    return switch (this) {
      case NEAREST_EVEN -> half > 0 || (half == 0 && odd);
      case NEAREST_AWAY -> half >= 0;
      case TOWARD_ZERO -> false;
      case DOWN -> negative;
      case UP -> !negative;
    };
  }
}
