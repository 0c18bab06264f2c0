package dev.tilewright.emulator;

import java.util.Random;

/** Inputs for instructions: a third of them from the corners of their type. */
final class Values {
  private static final long[] INTEGERS = {
    0,
    1,
    -1,
    2,
    31,
    32,
    33,
    63,
    64,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x7fffffffL,
    0x80000000L,
    0xffffffffL,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    0x5555555555555555L
  };
  private static final float[] FLOATS = {
    0f,
    -0f,
    1f,
    -1f,
    0.5f,
    1.5f,
    2.5f,
    -2.5f,
    255f,
    1e10f,
    -1e10f,
    3e38f,
    Float.MAX_VALUE,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MIN_NORMAL,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN,
    65504f,
    65520f,
    6e-8f,
    448f,
    464f
  };
  private static final double[] DOUBLES = {
    0.0,
    -0.0,
    1,
    -1,
    0.5,
    1.5,
    2.5,
    1e300,
    -1e300,
    Double.MAX_VALUE,
    Double.MIN_VALUE,
    Double.MIN_NORMAL,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Double.NaN,
    0x1p63,
    -0x1p63,
    0x1p64,
    1e20
  };

  private Values() {}

  static int bits(String type) {
    return switch (type) {
      case "pred" -> 1;
      case "f16x2", "bf16x2", "tf32" -> 32;
      case "bf16" -> 16;
      default -> Integer.parseInt(type.substring(1));
    };
  }

  static long mask(String type) {
    return bits(type) == 64 ? -1L : (1L << bits(type)) - 1;
  }

  static long pick(String type, Random random) {
    boolean corner = random.nextInt(3) == 0;
    return switch (type) {
      case "pred" -> random.nextInt(2);
      case "f32" -> Float.floatToRawIntBits(single(corner, random)) & 0xffffffffL;
      case "f64" ->
          Double.doubleToRawLongBits(
              corner ? DOUBLES[random.nextInt(DOUBLES.length)] : wide(random));
      case "f16" -> Float.floatToFloat16(single(corner, random)) & 0xffffL;
      case "f16x2" ->
          Float.floatToFloat16(single(corner, random)) & 0xffffL
              | (Float.floatToFloat16(single(corner, random)) & 0xffffL) << 16;
      case "bf16" -> Float.floatToRawIntBits(single(corner, random)) >>> 16;
      case "bf16x2" ->
          Float.floatToRawIntBits(single(corner, random)) >>> 16
              | Float.floatToRawIntBits(single(corner, random)) & 0xffff0000L;
      default ->
          (corner
                  ? INTEGERS[random.nextInt(INTEGERS.length)]
                  : random.nextLong() >> random.nextInt(64))
              & mask(type);
    };
  }

  private static float single(boolean corner, Random random) {
    if (corner) {
      return FLOATS[random.nextInt(FLOATS.length)];
    }
    return (float) (random.nextGaussian() * Math.pow(2, random.nextInt(-20, 20)));
  }

  private static double wide(Random random) {
    return random.nextGaussian() * Math.pow(2, random.nextInt(-60, 60));
  }
}
