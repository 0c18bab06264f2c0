package dev.tilewright.ir.thread.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadEvaluator;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Assertions;

/** The accuracy that {@link ExpandMath} states, against the JDK's functions (within 1 ulp). */
class ExpandMathTest {

  private static double apply(UnaryKind kind, FloatType type, double x) {
    ThreadBuilder out = new ThreadBuilder(1);
    ThreadValue argument = new ThreadValue(0, ThreadType.scalar(type));
    ThreadValue result = out.unary(kind, argument);
    ThreadValue address = out.i64(0);
    out.add(new ThreadOp.GlobalStore(address, 0, result, Optional.empty(), Location.UNKNOWN));
    ThreadFunction function =
        new ThreadFunction(
            "f",
            "any",
            List.of(new ThreadParameter.Scalar("x", argument)),
            1,
            0,
            out.block(List.of()));
    byte[] memory = new byte[8];
    new ThreadEvaluator(memory, new byte[0], 0, 0)
        .run(ExpandMath.run(function), List.of(type.encode(x)));
    return type.decode(ByteBuffer.wrap(memory).order(ByteOrder.LITTLE_ENDIAN).getLong());
  }

  private static void within(double expected, double ulps, double absolute, double actual) {
    double error = Math.abs(expected - actual);
    double bound = Math.max(ulps * Math.ulp(expected), absolute);
    assertTrue(error <= bound, () -> actual + " instead of " + expected + ", error " + error);
  }

  @Property
  void exponentialsOfDouble(@ForAll @DoubleRange(min = -745, max = 709) double x) {
    within(StrictMath.exp(x), 3, 0, apply(UnaryKind.EXP, DType.F64, x));
    within(StrictMath.pow(2, x), 3, 0, apply(UnaryKind.EXP2, DType.F64, x));
  }

  @Property
  void logarithmsOfDouble(@ForAll @DoubleRange(min = -1070, max = 1020) double exponent) {
    double x = StrictMath.pow(2, exponent);
    within(StrictMath.log(x), 4, 0, apply(UnaryKind.LOG, DType.F64, x));
    double log2 = StrictMath.log(x) / StrictMath.log(2);
    // The reference itself is off by the errors of a quotient of two rounded logarithms.
    within(log2, 5, 0, apply(UnaryKind.LOG2, DType.F64, x));
  }

  @Property
  void logarithmsNearOne(@ForAll @DoubleRange(min = -0.2, max = 0.2) double d) {
    double x = 1 + d;
    within(StrictMath.log(x), 4, 0, apply(UnaryKind.LOG, DType.F64, x));
  }

  @Property
  void circularOfDouble(@ForAll @DoubleRange(min = -1048576, max = 1048576) double x) {
    double absolute = 0x1p-58;
    within(StrictMath.sin(x), 3, absolute, apply(UnaryKind.SIN, DType.F64, x));
    within(StrictMath.cos(x), 3, absolute, apply(UnaryKind.COS, DType.F64, x));
  }

  @Property
  void circularOfFloat(@ForAll @DoubleRange(min = -8192, max = 8192) double y) {
    double x = (float) y;
    double sin = StrictMath.sin(x);
    double cos = StrictMath.cos(x);
    double absolute = 0x1p-29;
    within(
        sin, 0, Math.max(absolute, 2 * Math.ulp((float) sin)), apply(UnaryKind.SIN, DType.F32, x));
    within(
        cos, 0, Math.max(absolute, 2 * Math.ulp((float) cos)), apply(UnaryKind.COS, DType.F32, x));
  }

  @Property
  void hyperbolicTangent(@ForAll @DoubleRange(min = -25, max = 25) double x) {
    within(StrictMath.tanh(x), 5, 0, apply(UnaryKind.TANH, DType.F64, x));
    double single = (float) x;
    double expected = StrictMath.tanh(single);
    within(expected, 0, Math.abs(expected) * 0x1p-20, apply(UnaryKind.TANH, DType.F32, single));
  }

  @Property
  void halvesRoundTheSingleResult(@ForAll @DoubleRange(min = -8, max = 8) double y) {
    double x = DType.F16.decode(DType.F16.encode(y));
    double expected = DType.F16.decode(DType.F16.encode(StrictMath.exp(x)));
    double step = Math.max(Math.ulp((float) expected) * 0x1p13, DType.F16.leastPositive());
    within(expected, 0, step, apply(UnaryKind.EXP, DType.F16, x));
  }

  @Example
  void specialValues() {
    double inf = Double.POSITIVE_INFINITY;
    for (FloatType type : List.of(DType.F32, DType.F64, DType.F16, DType.BF16)) {
      for (UnaryKind kind :
          List.of(
              UnaryKind.EXP,
              UnaryKind.EXP2,
              UnaryKind.LOG,
              UnaryKind.LOG2,
              UnaryKind.SIN,
              UnaryKind.COS,
              UnaryKind.TANH,
              UnaryKind.RSQRT)) {
        assertEquals(Double.NaN, apply(kind, type, Double.NaN), kind + " " + type);
      }
      assertEquals(inf, apply(UnaryKind.EXP, type, inf));
      assertEquals(0.0, apply(UnaryKind.EXP, type, -inf));
      assertEquals(1.0, apply(UnaryKind.EXP, type, -0.0));
      assertEquals(8.0, apply(UnaryKind.EXP2, type, 3));
      assertEquals(-inf, apply(UnaryKind.LOG, type, 0));
      assertEquals(-inf, apply(UnaryKind.LOG2, type, -0.0));
      assertEquals(inf, apply(UnaryKind.LOG2, type, inf));
      assertEquals(Double.NaN, apply(UnaryKind.LOG, type, -1));
      assertEquals(0.0, apply(UnaryKind.LOG, type, 1));
      assertEquals(Double.NaN, apply(UnaryKind.SIN, type, inf));
      Assertions.assertEquals(-0.0, apply(UnaryKind.SIN, type, -0.0));
      Assertions.assertEquals(-0.0, apply(UnaryKind.TANH, type, -0.0));
      assertEquals(1.0, apply(UnaryKind.TANH, type, inf));
      assertEquals(-1.0, apply(UnaryKind.TANH, type, -inf));
    }
    assertEquals(0x1p-1074, apply(UnaryKind.EXP2, DType.F64, -1074));
    assertEquals(0.0, apply(UnaryKind.EXP2, DType.F64, -1076));
    assertEquals(inf, apply(UnaryKind.EXP2, DType.F64, 1024));
    assertEquals(-1074.0, apply(UnaryKind.LOG2, DType.F64, 0x1p-1074));
  }
}
