package dev.tilewright.ptx;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.UnaryKind;

/**
 * Arithmetic on one-bit integers, which are predicates: true is the number -1 of {@code i1} and 1
 * of {@code u1}. Sums and products are those modulo 2.
 */
final class Predicates {
  private final Code code;

  Predicates(Code code) {
    this.code = code;
  }

  private String emit(String opcode, String... sources) {
    return code.compute(RegisterKind.PREDICATE, opcode, sources);
  }

  String not(String x) {
    return emit("not.pred", x);
  }

  private String and(String x, String y) {
    return emit("and.pred", x, y);
  }

  private String or(String x, String y) {
    return emit("or.pred", x, y);
  }

  private String xor(String x, String y) {
    return emit("xor.pred", x, y);
  }

  String unary(UnaryKind kind, String x) {
    return switch (kind) {
      case NOT -> not(x);
      // Modulo 2 every number is its own negative.
      case NEG, ABS, FLOOR, CEIL, ROUND -> x;
      case EXP2, EXP, LOG2, LOG, SQRT, RSQRT, RECIP, SIN, COS, TANH ->
          throw new IllegalArgumentException(kind + " is not defined on i1");
    };
  }

  String binary(BinaryKind kind, boolean signed, String x, String y) {
    return switch (kind) {
      case ADD, SUB, XOR -> xor(x, y);
      case MUL, AND -> and(x, y);
      case OR -> or(x, y);
      case MIN -> signed ? or(x, y) : and(x, y);
      case MAX -> signed ? and(x, y) : or(x, y);
      // The divisor is not zero.
      case DIV -> x;
      case REM -> xor(x, x);
      case SHL -> and(x, not(y));
      case SHR -> signed ? x : and(x, not(y));
    };
  }

  String compare(ComparePredicate predicate, boolean signed, String x, String y) {
    return switch (predicate) {
      case EQ -> not(xor(x, y));
      case NE -> xor(x, y);
      case LT -> signed ? and(x, not(y)) : and(not(x), y);
      case LE -> signed ? or(x, not(y)) : or(not(x), y);
      case GT -> signed ? and(not(x), y) : and(x, not(y));
      case GE -> signed ? or(not(x), y) : or(x, not(y));
    };
  }

  String select(String condition, String x, String y) {
    return or(and(condition, x), and(not(condition), y));
  }
}
