package dev.tilewright.ir.simplify;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.interpret.FloatArithmetic;
import dev.tilewright.ir.interpret.IntArithmetic;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an operation can be replaced by, from its operands' definitions: a constant, one of its
 * operands, or a simpler operation. Every rule is exact for the element type: floats are not
 * reassociated, {@code x + 0.0} stays (it turns -0.0 into 0.0), {@code x + -0.0} goes.
 *
 * @param definitions the operation that defines a value, if one does
 */
record Identities(Function<Value, Optional<Op>> definitions) {

  /** What takes an operation's place. */
  sealed interface Replacement {
    /** A value that exists. */
    record ByValue(Value value) implements Replacement {}

    /** The number in every element. */
    record ByConstant(Literal literal) implements Replacement {}

    /** An operation of two operands, the second of them a new constant. */
    record ByOpWithConstant(Value x, BinaryKind kind, Literal y) implements Replacement {}

    /** An operation with the same result. */
    record ByOp(Op.Pure op) implements Replacement {}
  }

  private @Nullable Op definition(Value value) {
    return definitions.apply(value).orElse(null);
  }

  /** The number that every element of the value is, rounded to its type. */
  private @Nullable Literal constant(Value value) {
    return definition(value) instanceof Op.Constant constant
        ? canonical(constant.value(), value.type().dtype())
        : null;
  }

  /** The number itself that a literal of this type means. */
  static Literal canonical(Literal literal, DType dtype) {
    return switch (dtype) {
      case FloatType type when literal instanceof Literal.Float(double value) ->
          Literal.of(type.decode(type.encode(value)));
      case StoredType type when literal instanceof Literal.Float(double value) ->
          Literal.of(type.decode(type.encode(value)));
      case IntType type when literal instanceof Literal.Int(long value) ->
          Literal.of(IntArithmetic.wrap(type, value));
      default -> literal;
    };
  }

  private static Replacement value(Value value) {
    return new Replacement.ByValue(value);
  }

  private static Replacement number(Literal literal) {
    return new Replacement.ByConstant(literal);
  }

  private static Replacement number(long value) {
    return new Replacement.ByConstant(Literal.of(value));
  }

  private static Replacement truth(boolean value) {
    return number(value ? -1 : 0);
  }

  /** The replacement for an operation, or null. */
  @Nullable Replacement of(Op.Pure op) {
    return switch (op) {
      case Op.Constant o -> {
        Literal canonical = canonical(o.value(), o.result().type().dtype());
        yield canonical.equals(o.value()) ? null : number(canonical);
      }
      case Op.Unary o -> unary(o);
      case Op.Binary o ->
          new BinaryIdentities(o, constant(o.x()), constant(o.y()))
              .replacement(definition(o.x()), this::constant);
      case Op.Fma o -> fma(o);
      case Op.Compare o -> compare(o);
      case Op.Select o -> select(o);
      case Op.Cast o -> cast(o);
      case Op.Splat o -> constant(o.x()) instanceof Literal c ? number(c) : null;
      case Op.Extract o -> extract(o);
      case Op.Broadcast o -> moved(o, o.x(), Op.Broadcast.class);
      case Op.Reshape o -> moved(o, o.x(), Op.Reshape.class);
      case Op.View o -> view(o);
      case Op.ConvertLayout o -> moved(o, o.x(), Op.ConvertLayout.class);
      case Op.Transpose o -> transpose(o);
      case Op.Iota _, Op.Reduce _, Op.Mma _, Op.ProgramId _, Op.SharedSlice _ -> null;
    };
  }

  private @Nullable Replacement unary(Op.Unary o) {
    switch (constant(o.x())) {
      case Literal.Int(long x) -> {
        return number(IntArithmetic.unary(o.kind(), (IntType) o.x().type().dtype(), x));
      }
      case Literal.Float(double x) -> {
        FloatType type = (FloatType) o.x().type().dtype();
        return number(Literal.of(FloatArithmetic.unary(o.kind(), type, x)));
      }
      case null -> {}
    }
    if (!(definition(o.x()) instanceof Op.Unary inner)) {
      return null;
    }
    boolean inverse =
        o.kind() == inner.kind() && (o.kind() == UnaryKind.NEG || o.kind() == UnaryKind.NOT);
    if (inverse && inner.x().type().equals(o.result().type())) {
      return value(inner.x());
    }
    if (o.kind() == UnaryKind.ABS && inner.kind() == UnaryKind.ABS) {
      return value(o.x());
    }
    if (o.kind() == UnaryKind.ABS && inner.kind() == UnaryKind.NEG) {
      return new Replacement.ByOp(new Op.Unary(o.result(), UnaryKind.ABS, inner.x(), o.location()));
    }
    return null;
  }

  private @Nullable Replacement fma(Op.Fma o) {
    return constant(o.x()) instanceof Literal.Float(double x)
            && constant(o.y()) instanceof Literal.Float(double y)
            && constant(o.z()) instanceof Literal.Float(double z)
        ? number(Literal.of(FloatArithmetic.fma((FloatType) o.x().type().dtype(), x, y, z)))
        : null;
  }

  private @Nullable Replacement compare(Op.Compare o) {
    Literal x = constant(o.x());
    Literal y = constant(o.y());
    DType dtype = o.x().type().dtype();
    if (x instanceof Literal.Int(long v) && y instanceof Literal.Int(long w)) {
      return truth(IntArithmetic.compare(o.predicate(), (IntType) dtype, v, w));
    }
    if (x instanceof Literal.Float(double v) && y instanceof Literal.Float(double w)) {
      return truth(FloatArithmetic.compare(o.predicate(), v, w));
    }
    // A float may be NaN, which does not equal itself.
    return o.x().equals(o.y()) && dtype instanceof IntType type
        ? truth(IntArithmetic.compare(o.predicate(), type, 0, 0))
        : null;
  }

  private @Nullable Replacement select(Op.Select o) {
    if (o.x().equals(o.y())) {
      return value(o.x());
    }
    return constant(o.condition()) instanceof Literal.Int(long condition)
        ? value(condition != 0 ? o.x() : o.y())
        : null;
  }

  private @Nullable Replacement cast(Op.Cast o) {
    DType from = o.x().type().dtype();
    DType to = o.result().type().dtype();
    Literal x = constant(o.x());
    if (x != null) {
      return number(cast(o, from, to, x));
    }
    // With saturation, infinity becomes finite.
    boolean identity = from.equals(to) && (to instanceof IntType || !o.saturate());
    return identity && o.x().type().equals(o.result().type()) ? value(o.x()) : null;
  }

  private static Literal cast(Op.Cast o, DType from, DType to, Literal x) {
    return switch (x) {
      case Literal.Int(long value) ->
          switch (to) {
            case IntType type ->
                Literal.of(IntArithmetic.cast((IntType) from, value, type, o.saturate()));
            case FloatType type ->
                Literal.of(
                    IntArithmetic.cast((IntType) from, value, type, o.rounding(), o.saturate()));
            case StoredType type -> Literal.of(type.decode(type.encode(value)));
          };
      case Literal.Float(double value) ->
          switch (to) {
            case IntType type -> Literal.of(IntArithmetic.cast(value, type, o.rounding()));
            case FloatType type ->
                Literal.of(FloatArithmetic.cast(value, type, o.rounding(), o.saturate()));
            case StoredType type -> Literal.of(type.decode(type.encode(value)));
          };
    };
  }

  private @Nullable Replacement extract(Op.Extract o) {
    return switch (definition(o.x())) {
      case Op.Constant constant -> number(constant.value());
      case Op.Splat splat -> value(splat.x());
      case null, default -> null;
    };
  }

  /** Operations that only move elements, of which two in a row are one. */
  private @Nullable Replacement moved(Op.Pure op, Value x, Class<? extends Op.Pure> kind) {
    if (op.result().type().equals(x.type())) {
      return value(x);
    }
    Op inner = definition(x);
    if (kind.isInstance(inner)) {
      Op.Pure shorter = (Op.Pure) op.with(inner.operands(), op.results(), List.of());
      return new Replacement.ByOp(shorter);
    }
    return ofUniform(op, x);
  }

  /** Bits that are seen twice are seen once; a float in between may not keep all (NaN, tf32). */
  private @Nullable Replacement view(Op.View o) {
    if (o.result().type().equals(o.x().type())) {
      return value(o.x());
    }
    return definition(o.x()) instanceof Op.View inner && o.x().type().dtype() instanceof IntType
        ? new Replacement.ByOp(new Op.View(o.result(), inner.x(), o.location()))
        : null;
  }

  /** A tile of one number is that under every shape. */
  private @Nullable Replacement ofUniform(Op.Pure op, Value x) {
    return switch (definition(x)) {
      case Op.Constant constant -> number(constant.value());
      case Op.Splat splat ->
          new Replacement.ByOp(new Op.Splat(op.result(), splat.x(), op.location()));
      case null, default -> null;
    };
  }

  private @Nullable Replacement transpose(Op.Transpose o) {
    boolean identity = o.permutation().equals(o.permutation().stream().sorted().toList());
    if (identity && o.result().type().equals(o.x().type())) {
      return value(o.x());
    }
    if (definition(o.x()) instanceof Op.Transpose inner) {
      List<Integer> both = o.permutation().stream().map(inner.permutation()::get).toList();
      return new Replacement.ByOp(new Op.Transpose(o.result(), inner.x(), both, o.location()));
    }
    return ofUniform(o, o.x());
  }
}
