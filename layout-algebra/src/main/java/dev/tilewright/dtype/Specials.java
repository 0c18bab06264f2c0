package dev.tilewright.dtype;

/**
 * Which codes of a floating-point type are not ordinary numbers, and how its exponent is biased. An
 * {@code e}-bit exponent has the bias {@code 2^(e-1) - 1} unless stated.
 */
public enum Specials {
  /**
   * IEEE 754: the largest exponent holds the infinities (mantissa zero) and the NaNs. Suffix {@code
   * ieee}.
   */
  IEEE,
  /**
   * Finite: no infinities. An 8-bit type spends the code with all exponent and mantissa bits set,
   * of either sign, on NaN; in a narrower type every code is a number. This is E4M3 of the OCP
   * 8-bit specification and the 6- and 4-bit types of OCP Microscaling 1.0. Suffix {@code fn}.
   */
  FN,
  /**
   * Finite with an unsigned zero: no infinities, no negative zero, whose code is the one NaN; the
   * bias is {@code 2^(e-1)}. The 8-bit types of AMD CDNA3. Suffix {@code fnuz}.
   */
  FNUZ,
  /**
   * A power-of-two scale: no sign, no zero, no subnormals, no infinity; code 255 is NaN and any
   * other code {@code c} is {@code 2^(c-127)}. E8M0 of OCP Microscaling 1.0.
   */
  SCALE
}
