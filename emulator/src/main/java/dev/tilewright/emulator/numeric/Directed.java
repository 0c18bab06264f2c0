package dev.tilewright.emulator.numeric;

import java.math.BigDecimal;
import java.math.MathContext;

/**
 * The directed rounding modes of f32 and f64 arithmetic: the result rounded to nearest, moved to
 * its neighbour where the exact result lies on the other side.
 */
public final class Directed {
  private Directed() {}

  /** The operations that have rounding modes. */
  public enum Operation {
    ADD,
    MUL,
    FMA,
    DIV,
    SQRT
  }

  /** {@code a op b (op c)} in binary64. Unused operands are ignored. */
  public static double f64(Operation op, double a, double b, double c, Rounding mode) {
    double r = nearest(op, a, b, c);
    if (mode == Rounding.NEAREST_EVEN || Double.isNaN(r) || !finite(op, a, b, c)) {
      return r;
    }
    int error = sign(op, a, b, c, r);
    if (error == 0) {
      return r == 0 ? exactZero(op, a, b, c, r, mode) : r;
    }
    boolean up =
        switch (mode) {
          case UP -> true;
          case DOWN -> false;
          default -> r != 0 ? r < 0 : error < 0;
        };
    if (up) {
      return error > 0 ? Math.nextUp(r) : r;
    }
    return error < 0 ? Math.nextDown(r) : r;
  }

  /** {@code a op b (op c)} in binary32. */
  public static float f32(Operation op, float a, float b, float c, Rounding mode) {
    float r = nearest(op, a, b, c);
    if (mode == Rounding.NEAREST_EVEN || Float.isNaN(r) || !finite(op, a, b, c)) {
      return r;
    }
    int error = sign(op, a, b, c, r);
    if (error == 0) {
      return r == 0 ? (float) exactZero(op, a, b, c, r, mode) : r;
    }
    boolean up =
        switch (mode) {
          case UP -> true;
          case DOWN -> false;
          default -> r != 0 ? r < 0 : error < 0;
        };
    if (up) {
      return error > 0 ? Math.nextUp(r) : r;
    }
    return error < 0 ? Math.nextDown(r) : r;
  }

  private static boolean finite(Operation op, double a, double b, double c) {
    return Double.isFinite(a)
        && switch (op) {
          case SQRT -> true;
          case ADD, MUL -> Double.isFinite(b);
          case DIV -> Double.isFinite(b) && b != 0;
          case FMA -> Double.isFinite(b) && Double.isFinite(c);
        };
  }

  private static double nearest(Operation op, double a, double b, double c) {
    return switch (op) {
      case ADD -> a + b;
      case MUL -> a * b;
      case FMA -> Math.fma(a, b, c);
      case DIV -> a / b;
      case SQRT -> Math.sqrt(a);
    };
  }

  private static float nearest(Operation op, float a, float b, float c) {
    return switch (op) {
      case ADD -> a + b;
      case MUL -> a * b;
      case FMA -> Math.fma(a, b, c);
      case DIV -> a / b;
      // The square root of a float, rounded twice, is correctly rounded (53 >= 2*24 + 2).
      case SQRT -> (float) Math.sqrt(a);
    };
  }

  /** The sign of the exact result less {@code r}. */
  private static int sign(Operation op, double a, double b, double c, double r) {
    if (Double.isInfinite(r)) {
      return r > 0 ? -1 : 1;
    }
    BigDecimal x = new BigDecimal(a);
    BigDecimal result = new BigDecimal(r);
    return switch (op) {
      case ADD -> x.add(new BigDecimal(b)).compareTo(result);
      case MUL -> x.multiply(new BigDecimal(b)).compareTo(result);
      case FMA -> x.multiply(new BigDecimal(b)).add(new BigDecimal(c)).compareTo(result);
      case DIV -> x.compareTo(result.multiply(new BigDecimal(b))) * (b < 0 ? -1 : 1);
      case SQRT -> x.compareTo(result.multiply(result, MathContext.UNLIMITED));
    };
  }

  /** An exact sum of zero is +0, but -0 when rounding down, unless both terms agree. */
  private static double exactZero(
      Operation op, double a, double b, double c, double r, Rounding mode) {
    boolean cancelled =
        switch (op) {
          case ADD -> sign(a) != sign(b);
          case FMA -> (sign(a) != sign(b)) != sign(c);
          case MUL, DIV, SQRT -> false;
        };
    return cancelled ? (mode == Rounding.DOWN ? -0.0 : 0.0) : r;
  }

  private static boolean sign(double x) {
    return Double.doubleToRawLongBits(x) < 0;
  }
}
