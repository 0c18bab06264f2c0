package dev.tilewright.ir.thread;

import dev.tilewright.dtype.DType;

/**
 * A scalar, or a vector of up to 128 bits that lies in consecutive bits, element 0 lowest: two
 * {@code f16} are one 32-bit register, eight are four.
 *
 * @param element a predicate is {@code i1} and never a vector
 */
public record ThreadType(DType element, int lanes) {

  public static final ThreadType PREDICATE = scalar(DType.I1);
  public static final ThreadType I32 = scalar(DType.I32);
  public static final ThreadType U32 = scalar(DType.U32);
  public static final ThreadType I64 = scalar(DType.I64);
  public static final ThreadType F32 = scalar(DType.F32);

  public ThreadType {
    if (lanes < 1 || (long) lanes * element.bits() > 128) {
      throw new IllegalArgumentException("no thread type of " + lanes + " " + element.name());
    }
  }

  public static ThreadType scalar(DType element) {
    return new ThreadType(element, 1);
  }

  public static ThreadType vector(DType element, int lanes) {
    return new ThreadType(element, lanes);
  }

  public boolean isScalar() {
    return lanes == 1;
  }

  public int bits() {
    return lanes * element.bits();
  }

  public int bytes() {
    return Math.ceilDiv(bits(), 8);
  }

  @Override
  public String toString() {
    return isScalar() ? element.name() : element.name() + "x" + lanes;
  }
}
