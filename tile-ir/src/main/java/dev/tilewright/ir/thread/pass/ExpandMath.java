package dev.tilewright.ir.thread.pass;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadRewriter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes elementary functions in terms of those that GPUs have: of scalars {@code f32} {@code
 * EXP2}, {@code LOG2} and {@code RSQRT} (approximate), {@code SQRT} and {@code RECIP} (correctly
 * rounded), of {@code f64} {@code SQRT} and {@code RECIP}.
 *
 * <p>Accuracy, beside the exact result rounded to nearest (ulp: unit in the last place):
 *
 * <table>
 * <caption>Errors</caption>
 * <tr><th></th><th>f32</th><th>f64</th></tr>
 * <tr><td>EXP2</td><td>relative 2⁻²² (PTX ISA, {@code ex2.approx})</td><td>2 ulp</td></tr>
 * <tr><td>EXP</td><td>as {@code EXP2(x · log₂e)}: relative 2⁻²² + |x| · 2⁻²³</td>
 *   <td>2 ulp</td></tr>
 * <tr><td>LOG2, LOG</td><td>absolute 2⁻²² between 1/2 and 2, else relative 2⁻²² (PTX ISA, {@code
 *   lg2.approx}), for LOG 1 ulp more</td><td>3 ulp</td></tr>
 * <tr><td>SIN, COS</td><td>2 ulp or 2⁻²⁴ · 2⁻⁵ absolute for |x| ≤ 2¹³, growing beyond</td>
 *   <td>2 ulp or 2⁻⁵³ · 2⁻⁵ absolute for |x| ≤ 2²⁰, growing beyond</td></tr>
 * <tr><td>TANH</td><td>relative 2⁻²⁰</td><td>4 ulp</td></tr>
 * <tr><td>RSQRT</td><td>relative 2⁻²² (PTX ISA, {@code rsqrt.approx})</td><td>2 ulp</td></tr>
 * <tr><td>SQRT, RECIP</td><td>correctly rounded</td><td>correctly rounded</td></tr>
 * </table>
 *
 * <p>Narrower floats are computed in {@code f32} and rounded to nearest even, vectors element by
 * element. Infinities and NaN give what IEEE 754-2019 section 9.2 says.
 */
public final class ExpandMath {
  private static final double LOG2_E = 1.4426950408889634;
  private static final double LN_2 = 0.6931471805599453;

  private ExpandMath() {}

  public static ThreadFunction run(ThreadFunction function) {
    return ThreadRewriter.rewrite(
        function,
        (op, rewriter) -> {
          if (op instanceof ThreadOp.Unary unary && mustExpand(unary.kind(), unary.x().type())) {
            rewriter.replace(
                unary.result(), new Expansion(rewriter.out()).unary(unary.kind(), unary.x()));
          } else {
            rewriter.keep(op);
          }
        });
  }

  private static boolean mustExpand(UnaryKind kind, ThreadType type) {
    boolean single = type.equals(ThreadType.F32);
    boolean plain = single || type.equals(ThreadType.scalar(DType.F64));
    return switch (kind) {
      case NEG, ABS, NOT, FLOOR, CEIL, ROUND -> false;
      case SQRT, RECIP -> !plain;
      case EXP2, LOG2, RSQRT -> !single;
      case EXP, LOG, SIN, COS, TANH -> true;
    };
  }

  /** Writes one function. */
  private static final class Expansion {
    private final ThreadBuilder out;

    Expansion(ThreadBuilder out) {
      this.out = out;
    }

    ThreadValue unary(UnaryKind kind, ThreadValue x) {
      ThreadType type = x.type();
      if (!mustExpand(kind, type)) {
        return out.unary(kind, x);
      }
      if (!type.isScalar()) {
        List<ThreadValue> elements = new ArrayList<>();
        for (int i = 0; i < type.lanes(); i++) {
          elements.add(unary(kind, out.extract(x, i)));
        }
        return out.build(elements);
      }
      DType element = type.element();
      if (element.equals(DType.F32)) {
        return single(kind, x);
      }
      if (element.equals(DType.F64)) {
        return doubled(kind, x);
      }
      ThreadValue wide = out.convert(x, DType.F32, Rounding.NEAREST_EVEN, false);
      return out.convert(unary(kind, wide), element, Rounding.NEAREST_EVEN, false);
    }

    private ThreadValue single(UnaryKind kind, ThreadValue x) {
      MathBuilder math = new MathBuilder(out, x.type());
      return switch (kind) {
        case EXP -> out.unary(UnaryKind.EXP2, times(math, x, LOG2_E));
        case LOG -> times(math, out.unary(UnaryKind.LOG2, x), LN_2);
        case SIN -> Trigonometry.sine(math, x);
        case COS -> Trigonometry.cosine(math, x);
        case TANH -> Exponentials.tanh(math, x);
        case NEG, ABS, NOT, FLOOR, CEIL, ROUND, SQRT, RECIP, EXP2, LOG2, RSQRT ->
            throw new IllegalArgumentException(kind + " needs no expansion");
      };
    }

    private ThreadValue doubled(UnaryKind kind, ThreadValue x) {
      MathBuilder math = new MathBuilder(out, x.type());
      return switch (kind) {
        case EXP2 -> Exponentials.exp2(math, x);
        case EXP -> Exponentials.exp(math, x);
        case LOG2 -> Logarithms.log2(math, x);
        case LOG -> Logarithms.log(math, x);
        case SIN -> Trigonometry.sine(math, x);
        case COS -> Trigonometry.cosine(math, x);
        case TANH -> Exponentials.tanh(math, x);
        case RSQRT -> out.unary(UnaryKind.RECIP, out.unary(UnaryKind.SQRT, x));
        case NEG, ABS, NOT, FLOOR, CEIL, ROUND, SQRT, RECIP ->
            throw new IllegalArgumentException(kind + " needs no expansion");
      };
    }

    private ThreadValue times(MathBuilder math, ThreadValue x, double factor) {
      return out.binary(BinaryKind.MUL, x, math.number(factor));
    }
  }
}
