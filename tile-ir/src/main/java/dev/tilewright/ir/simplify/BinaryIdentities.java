package dev.tilewright.ir.simplify;

import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.interpret.FloatArithmetic;
import dev.tilewright.ir.interpret.IntArithmetic;
import dev.tilewright.ir.simplify.Identities.Replacement;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rules for operations of two operands.
 *
 * @param x the first operand's number, if it is constant
 * @param y the second operand's number, if it is constant
 */
record BinaryIdentities(Op.Binary op, @Nullable Literal x, @Nullable Literal y) {

  @Nullable Replacement replacement(
      @Nullable Op definitionOfX, Function<Value, @Nullable Literal> constants) {
    if (x != null && y != null) {
      return folded();
    }
    if (x != null && commutes(op.kind())) {
      // Constants stand right, so that one rule serves both orders.
      return new Replacement.ByOp(
          new Op.Binary(op.result(), op.kind(), op.y(), op.x(), op.location()));
    }
    return switch (op.x().type().dtype()) {
      case IntType type -> ints(type, definitionOfX, constants);
      case FloatType _ -> floats();
      case StoredType stored -> throw stored.noArithmetic();
    };
  }

  private static boolean commutes(BinaryKind kind) {
    return switch (kind) {
      case ADD, MUL, MIN, MAX, AND, OR, XOR -> true;
      case SUB, DIV, REM, SHL, SHR -> false;
    };
  }

  private @Nullable Replacement folded() {
    if (x instanceof Literal.Float(double v) && y instanceof Literal.Float(double w)) {
      FloatType type = (FloatType) op.x().type().dtype();
      return constant(Literal.of(FloatArithmetic.binary(op.kind(), type, v, w)));
    }
    if (x instanceof Literal.Int(long v) && y instanceof Literal.Int(long w)) {
      boolean fails = w == 0 && (op.kind() == BinaryKind.DIV || op.kind() == BinaryKind.REM);
      IntType type = (IntType) op.x().type().dtype();
      return fails ? null : constant(Literal.of(IntArithmetic.binary(op.kind(), type, v, w)));
    }
    return null;
  }

  private @Nullable Replacement floats() {
    return switch (op.kind()) {
      case ADD -> is(-0.0) ? first() : null;
      case SUB -> is(0.0) ? first() : null;
      case MUL, DIV -> is(1.0) ? first() : null;
      case MIN, MAX -> op.x().equals(op.y()) ? first() : null;
      case REM, AND, OR, XOR, SHL, SHR -> null;
    };
  }

  private @Nullable Replacement ints(
      IntType type, @Nullable Op definitionOfX, Function<Value, @Nullable Literal> constants) {
    boolean same = op.x().equals(op.y());
    // The bits of 1 in a type of one bit are those of -1.
    boolean one = is(IntArithmetic.wrap(type, 1));
    boolean zero = is(0);
    boolean ones = is(IntArithmetic.wrap(type, -1));
    return switch (op.kind()) {
      case ADD -> zero ? first() : reassociated(type, definitionOfX, constants);
      case SUB -> zero ? first() : same ? zero() : null;
      case MUL -> zero ? zero() : one ? first() : reassociated(type, definitionOfX, constants);
      case DIV -> one ? first() : null;
      case REM -> one ? zero() : null;
      case MIN, MAX -> same ? first() : null;
      case AND -> zero ? zero() : ones || same ? first() : null;
      case OR ->
          ones ? constant(Literal.of(IntArithmetic.wrap(type, -1))) : zero || same ? first() : null;
      case XOR -> zero ? first() : same ? zero() : null;
      case SHL, SHR -> zero ? first() : null;
    };
  }

  /** {@code (v + c) + d} is {@code v + (c + d)} where sums wrap, and products likewise. */
  private @Nullable Replacement reassociated(
      IntType type, @Nullable Op definitionOfX, Function<Value, @Nullable Literal> constants) {
    if (y instanceof Literal.Int(long d)
        && definitionOfX instanceof Op.Binary inner
        && inner.kind() == op.kind()
        && constants.apply(inner.y()) instanceof Literal.Int(long c)) {
      return new Replacement.ByOpWithConstant(
          inner.x(), op.kind(), Literal.of(IntArithmetic.binary(op.kind(), type, c, d)));
    }
    return null;
  }

  private Replacement first() {
    return new Replacement.ByValue(op.x());
  }

  private static Replacement zero() {
    return constant(Literal.of(0));
  }

  private static Replacement constant(Literal literal) {
    return new Replacement.ByConstant(literal);
  }

  private boolean is(long number) {
    return Literal.of(number).equals(y);
  }

  /** Tells -0.0 from 0.0. */
  private boolean is(double number) {
    return Literal.of(number).equals(y);
  }
}
