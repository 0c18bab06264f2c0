package dev.tilewright.dtype;

/**
 * The type of one element: which bit patterns exist and which number each one means.
 *
 * <p>A <em>code</em> is an element's bit pattern, zero-extended to a {@code long}. Methods that
 * take a code look at its low {@link #bits()} bits only.
 *
 * <p>Names are {@code i} or {@code u} and a width for integers, {@code fBeEmM} for floats of {@code
 * B = 1 + E + M} bits, and the customary {@code f16}, {@code bf16}, {@code tf32}, {@code f32} and
 * {@code f64}. A suffix ({@link Specials}) says how a float treats infinity and NaN; without one it
 * is the treatment in general use: {@code ieee} for {@code f8e5m2} and {@code f8e3m4}, {@code fn}
 * for all others of up to 8 bits. Types without arithmetic ({@link StoredType}) are {@code
 * ternary}, {@code nf4} and {@code lutB(v0,v1,…)}, a table of {@code 2^B} values.
 */
public sealed interface DType permits IntType, FloatType, StoredType {

  IntType I1 = new IntType(1, true);
  IntType I2 = new IntType(2, true);
  IntType I3 = new IntType(3, true);
  IntType I4 = new IntType(4, true);
  IntType I5 = new IntType(5, true);
  IntType I6 = new IntType(6, true);
  IntType I7 = new IntType(7, true);
  IntType I8 = new IntType(8, true);
  IntType I16 = new IntType(16, true);
  IntType I32 = new IntType(32, true);
  IntType I64 = new IntType(64, true);
  IntType U1 = new IntType(1, false);
  IntType U2 = new IntType(2, false);
  IntType U3 = new IntType(3, false);
  IntType U4 = new IntType(4, false);
  IntType U5 = new IntType(5, false);
  IntType U6 = new IntType(6, false);
  IntType U7 = new IntType(7, false);
  IntType U8 = new IntType(8, false);
  IntType U16 = new IntType(16, false);
  IntType U32 = new IntType(32, false);
  IntType U64 = new IntType(64, false);

  /** FP4 of OCP Microscaling 1.0. */
  FloatType F4E2M1 = new FloatType(2, 1, Specials.FN);

  /** FP6 of OCP Microscaling 1.0 with more precision. */
  FloatType F6E2M3 = new FloatType(2, 3, Specials.FN);

  /** FP6 of OCP Microscaling 1.0 with more range. */
  FloatType F6E3M2 = new FloatType(3, 2, Specials.FN);

  /** E4M3 of the OCP 8-bit specification: finite, largest value 448. */
  FloatType F8E4M3 = new FloatType(4, 3, Specials.FN);

  /** E5M2 of the OCP 8-bit specification: with infinities, largest finite value 57344. */
  FloatType F8E5M2 = new FloatType(5, 2, Specials.IEEE);

  /** CDNA3's 8-bit float with more precision: largest value 240. */
  FloatType F8E4M3FNUZ = new FloatType(4, 3, Specials.FNUZ);

  /** CDNA3's 8-bit float with more range: largest value 57344. */
  FloatType F8E5M2FNUZ = new FloatType(5, 2, Specials.FNUZ);

  /** The block scale of OCP Microscaling 1.0: powers of two from 2⁻¹²⁷ to 2¹²⁷. */
  FloatType F8E8M0 = new FloatType(8, 0, Specials.SCALE);

  /**
   * The 4-bit "normal float" of QLoRA (Dettmers et al., 2023): the values nearest to equally likely
   * parts of a normal distribution, scaled to end at -1 and 1, and an exact zero.
   */
  CodebookType NF4 =
      CodebookType.of(
          -1.0,
          -0.6961928009986877,
          -0.5250730514526367,
          -0.39491748809814453,
          -0.28444138169288635,
          -0.18477343022823334,
          -0.09105003625154495,
          0.0,
          0.07958029955625534,
          0.16093020141124725,
          0.24611230194568634,
          0.33791524171829224,
          0.44070982933044434,
          0.5626170039176941,
          0.7229568362236023,
          1.0);

  /** -1, 0 and 1. */
  TernaryType TERNARY = new TernaryType();

  /** IEEE 754 binary16. */
  FloatType F16 = new FloatType(5, 10, Specials.IEEE);

  /** The upper half of an {@link #F32}. */
  FloatType BF16 = new FloatType(8, 7, Specials.IEEE);

  /**
   * An {@link #F32} of 10 mantissa bits, stored in 32: the low 13 bits are zero when written and
   * ignored when read.
   */
  FloatType TF32 = new FloatType(8, 10, Specials.IEEE);

  /** IEEE 754 binary32. */
  FloatType F32 = new FloatType(8, 23, Specials.IEEE);

  /** IEEE 754 binary64. */
  FloatType F64 = new FloatType(11, 52, Specials.IEEE);

  /** Storage size in bits. */
  int bits();

  /** The name as it is written in tile IR and on the command line. */
  String name();

  /** Whether values below zero exist. */
  boolean signed();

  /** The largest finite value; for 64-bit integers rounded to nearest. */
  double maxFinite();

  /**
   * The number that a code means. Exact for every type but {@code i64} and {@code u64}, whose large
   * values are rounded to the nearest {@code double}.
   */
  double decode(long code);

  /**
   * The code for a number, rounded once.
   *
   * <p>Floats: NaN gives the type's NaN (positive, quiet); without a NaN, the largest finite value,
   * as PTX {@code cvt} does. A result that rounds to zero keeps the sign where the type has one.
   * {@link Specials#SCALE} drops the sign first, and what lies below its least value, zero
   * included, becomes the least value.
   *
   * <p>Integers: NaN gives 0, and so does an infinity that need not saturate.
   *
   * <p>Stored types say themselves what is nearest: {@link TernaryType}, {@link CodebookType}.
   *
   * @param overflow applies where the rounded value is beyond the largest finite one
   */
  long encode(double value, Rounding rounding, Overflow overflow);

  /**
   * The code for a number, rounded to nearest even. Out of range, floats of 16 bits and more become
   * infinite and all other types saturate.
   */
  long encode(double value);

  /**
   * The type of that name; the inverse of {@link #name()}. Accepted besides: a suffix that says
   * what the bare name means already, and PTX's {@code s} for the {@code i} of a signed integer.
   *
   * @throws IllegalArgumentException if there is no such type; the message says which there are
   */
  static DType parse(String name) {
    return DTypeNames.parse(name);
  }
}
