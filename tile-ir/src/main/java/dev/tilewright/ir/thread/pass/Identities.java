package dev.tilewright.ir.thread.pass;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadValue;
import org.jspecify.annotations.Nullable;

/**
 * Identities of arithmetic that hold for every operand, bit for bit: of floats, those that respect
 * signed zeros, infinities and NaN, whose payload alone means nothing.
 */
final class Identities {
  private final Definitions definitions;
  private final Ranges ranges;
  private final Fold fold;

  private Identities(Definitions definitions, Ranges ranges, Fold fold) {
    this.definitions = definitions;
    this.ranges = ranges;
    this.fold = fold;
  }

  /** Something simpler that computes the same, or null. */
  static @Nullable Simpler of(ThreadOp.Pure op, Definitions definitions, Ranges ranges, Fold fold) {
    Identities identities = new Identities(definitions, ranges, fold);
    Literal known = identities.known(op);
    if (known != null) {
      return new Simpler.Other(new ThreadOp.Constant(op.result(), known, op.location()));
    }
    return switch (op) {
      case ThreadOp.Constant o -> identities.constant(o);
      case ThreadOp.Special o -> identities.special(o);
      case ThreadOp.Unary o -> identities.unary(o);
      case ThreadOp.Binary o -> identities.binary(o);
      case ThreadOp.Fma _ -> null;
      case ThreadOp.Compare o -> identities.compare(o);
      case ThreadOp.Select o -> identities.select(o);
      case ThreadOp.Convert o -> identities.convert(o);
      case ThreadOp.Bitcast o -> VectorIdentities.bitcast(o, definitions);
      case ThreadOp.BytePermute o -> ByteIdentities.permute(o, definitions);
      case ThreadOp.ByteLookup _ -> null;
      case ThreadOp.FunnelShift o -> ByteIdentities.shift(o, definitions);
      case ThreadOp.Build o -> VectorIdentities.build(o, definitions);
      case ThreadOp.Extract o -> VectorIdentities.extract(o, definitions, fold);
      case ThreadOp.MatrixDescriptor _ -> null;
    };
  }

  private @Nullable Simpler constant(ThreadOp.Constant op) {
    Literal canonical = Constants.canonical(op.result().type().element(), op.value());
    return canonical.equals(op.value())
        ? null
        : new Simpler.Other(new ThreadOp.Constant(op.result(), canonical, op.location()));
  }

  /** The number that the operation computes, when its operands are numbers. */
  private @Nullable Literal known(ThreadOp.Pure op) {
    return switch (op) {
      case ThreadOp.Unary o -> {
        Literal x = definitions.literal(o.x());
        yield x == null ? null : Constants.unary(o.kind(), element(o.x()), x);
      }
      case ThreadOp.Binary o -> {
        Literal x = definitions.literal(o.x());
        Literal y = definitions.literal(o.y());
        yield x == null || y == null ? null : Constants.binary(o.kind(), element(o.x()), x, y);
      }
      case ThreadOp.Fma o -> {
        Literal x = definitions.literal(o.x());
        Literal y = definitions.literal(o.y());
        Literal z = definitions.literal(o.z());
        yield x == null || y == null || z == null ? null : Constants.fma(element(o.x()), x, y, z);
      }
      case ThreadOp.Compare o -> {
        Literal x = definitions.literal(o.x());
        Literal y = definitions.literal(o.y());
        yield x == null || y == null
            ? null
            : Constants.compare(o.predicate(), element(o.x()), x, y);
      }
      case ThreadOp.Convert o -> {
        Literal x = definitions.literal(o.x());
        yield x == null
            ? null
            : Constants.convert(element(o.x()), element(o.result()), o.rounding(), o.saturate(), x);
      }
      case ThreadOp.Constant _,
          ThreadOp.Special _,
          ThreadOp.Select _,
          ThreadOp.Bitcast _,
          ThreadOp.BytePermute _,
          ThreadOp.ByteLookup _,
          ThreadOp.FunnelShift _,
          ThreadOp.Build _,
          ThreadOp.Extract _,
          ThreadOp.MatrixDescriptor _ ->
          null;
    };
  }

  private static DType element(ThreadValue value) {
    return value.type().element();
  }

  private static Simpler same(ThreadValue value) {
    return new Simpler.Same(value);
  }

  private static Simpler number(ThreadOp.Pure op, long value) {
    return new Simpler.Other(new ThreadOp.Constant(op.result(), Literal.of(value), op.location()));
  }

  private Simpler binary(ThreadOp.Binary op, BinaryKind kind, ThreadValue x, ThreadValue y) {
    return new Simpler.Other(new ThreadOp.Binary(op.result(), kind, x, y, op.location()));
  }

  private Simpler withNumber(ThreadOp.Binary op, BinaryKind kind, ThreadValue x, long y) {
    return binary(op, kind, x, fold.constant(x.type(), Literal.of(y)));
  }

  // ---------------------------------------------------------------- no operand

  /** The rank in a cluster of one block, the warp's index in a role of one warp. */
  private @Nullable Simpler special(ThreadOp.Special op) {
    Ranges.Range range = ranges.of(op.register());
    return range != null && range.least() == range.greatest() ? number(op, range.least()) : null;
  }

  // ---------------------------------------------------------------- one operand

  private @Nullable Simpler unary(ThreadOp.Unary op) {
    if (!(definitions.of(op.x()) instanceof ThreadOp.Unary inner)) {
      return null;
    }
    boolean undone =
        op.kind() == inner.kind() && (op.kind() == UnaryKind.NEG || op.kind() == UnaryKind.NOT);
    return undone ? same(inner.x()) : null;
  }

  // ---------------------------------------------------------------- two operands

  private @Nullable Simpler binary(ThreadOp.Binary op) {
    if (Fold.commutes(op.kind())
        && definitions.literal(op.x()) != null
        && definitions.literal(op.y()) == null) {
      return binary(op, op.kind(), op.y(), op.x());
    }
    return switch (element(op.x())) {
      case IntType t -> integer(op, t);
      case FloatType _ -> floating(op);
      case StoredType t -> throw t.noArithmetic();
    };
  }

  private @Nullable Simpler floating(ThreadOp.Binary op) {
    return switch (op.kind()) {
      // Adding +0 would turn -0 into +0.
      case ADD -> definitions.isFloat(op.y(), -0.0) ? same(op.x()) : null;
      case SUB -> definitions.isFloat(op.y(), 0.0) ? same(op.x()) : null;
      case MUL, DIV -> definitions.isFloat(op.y(), 1.0) ? same(op.x()) : null;
      case MIN, MAX -> op.x().equals(op.y()) ? same(op.x()) : null;
      case REM, AND, OR, XOR, SHL, SHR -> null;
    };
  }

  private @Nullable Simpler integer(ThreadOp.Binary op, IntType type) {
    ThreadValue x = op.x();
    boolean equal = x.equals(op.y());
    Simpler special =
        switch (op.kind()) {
          case SUB, XOR -> equal ? number(op, 0) : null;
          case AND, OR, MIN, MAX -> equal ? same(x) : null;
          case ADD, MUL, DIV, REM, SHL, SHR -> null;
        };
    if (special != null || !(definitions.literal(op.y()) instanceof Literal.Int(long y))) {
      return special;
    }
    Simpler merged = merged(op, type, y);
    if (merged != null) {
      return merged;
    }
    boolean one = y == 1 && type.bits() > 1;
    return switch (op.kind()) {
      case ADD, OR, XOR -> y == 0 ? same(x) : null;
      case SUB -> y == 0 ? same(x) : type.bits() > 1 ? withNumber(op, BinaryKind.ADD, x, -y) : null;
      case MUL -> y == 0 ? number(op, 0) : one ? same(x) : null;
      case DIV -> one ? same(x) : quotient(op, y);
      case REM -> one ? number(op, 0) : remainder(op, y);
      case AND -> y == 0 ? number(op, 0) : mask(op, type, y);
      case SHL, SHR -> y == 0 ? same(x) : null;
      case MIN, MAX -> null;
    };
  }

  /** {@code (x ∘ c) ∘ y} is {@code x ∘ (c ∘ y)}, modulo 2ⁿ too. */
  private @Nullable Simpler merged(ThreadOp.Binary op, IntType type, long y) {
    if (!(definitions.of(op.x()) instanceof ThreadOp.Binary inner
        && inner.kind() == op.kind()
        && definitions.literal(inner.y()) instanceof Literal.Int(long c))) {
      return null;
    }
    BinaryKind combine =
        switch (op.kind()) {
          case ADD, MUL, AND, OR, XOR, MIN, MAX -> op.kind();
          case SHL -> c >= 0 && y >= 0 && c + y < type.bits() ? BinaryKind.ADD : null;
          case SUB, DIV, REM, SHR -> null;
        };
    if (combine == null) {
      return null;
    }
    Literal both = Constants.binary(combine, type, Literal.of(c), Literal.of(y));
    return both instanceof Literal.Int(long n) ? withNumber(op, op.kind(), inner.x(), n) : null;
  }

  private static boolean isPowerOfTwo(long n) {
    return n > 0 && Long.bitCount(n) == 1;
  }

  /** Of numbers that are not negative, truncation is a shift. */
  private @Nullable Simpler quotient(ThreadOp.Binary op, long y) {
    Ranges.Range range = ranges.of(op.x());
    if (range == null || !range.isNonNegative() || y <= 0) {
      return null;
    }
    if (range.greatest() < y) {
      return number(op, 0);
    }
    return isPowerOfTwo(y)
        ? withNumber(op, BinaryKind.SHR, op.x(), Long.numberOfTrailingZeros(y))
        : null;
  }

  private @Nullable Simpler remainder(ThreadOp.Binary op, long y) {
    Ranges.Range range = ranges.of(op.x());
    if (range == null || !range.isNonNegative() || y <= 0) {
      return null;
    }
    if (range.greatest() < y) {
      return same(op.x());
    }
    return isPowerOfTwo(y) ? withNumber(op, BinaryKind.AND, op.x(), y - 1) : null;
  }

  /** A mask that keeps all bits a value may have. */
  private @Nullable Simpler mask(ThreadOp.Binary op, IntType type, long y) {
    if (y == -1 || y == type.max() && !type.signed()) {
      return same(op.x());
    }
    Ranges.Range range = ranges.of(op.x());
    boolean lowOnes = y > 0 && (y & (y + 1)) == 0;
    return lowOnes && range != null && range.isWithin(0, y) ? same(op.x()) : null;
  }

  // ---------------------------------------------------------------- comparison and choice

  private @Nullable Simpler compare(ThreadOp.Compare op) {
    if (!(element(op.x()) instanceof IntType type) || type.bits() == 1) {
      return null;
    }
    if (op.x().equals(op.y())) {
      return truth(
          op,
          switch (op.predicate()) {
            case EQ, LE, GE -> true;
            case NE, LT, GT -> false;
          });
    }
    Ranges.Range x = ranges.of(op.x());
    Ranges.Range y = ranges.of(op.y());
    if (x == null || y == null) {
      return null;
    }
    boolean less = x.greatest() < y.least();
    boolean notGreater = x.greatest() <= y.least();
    boolean greater = x.least() > y.greatest();
    boolean notLess = x.least() >= y.greatest();
    return switch (op.predicate()) {
      case EQ -> less || greater ? truth(op, false) : null;
      case NE -> less || greater ? truth(op, true) : null;
      case LT -> less ? truth(op, true) : notLess ? truth(op, false) : null;
      case LE -> notGreater ? truth(op, true) : greater ? truth(op, false) : null;
      case GT -> greater ? truth(op, true) : notGreater ? truth(op, false) : null;
      case GE -> notLess ? truth(op, true) : less ? truth(op, false) : null;
    };
  }

  private static Simpler truth(ThreadOp.Compare op, boolean value) {
    return new Simpler.Other(
        new ThreadOp.Constant(op.result(), Constants.predicate(value), op.location()));
  }

  private @Nullable Simpler select(ThreadOp.Select op) {
    Literal condition = definitions.literal(op.condition());
    if (condition != null) {
      return same(Constants.isTrue(condition) ? op.x() : op.y());
    }
    if (op.x().equals(op.y())) {
      return same(op.x());
    }
    return definitions.of(op.condition()) instanceof ThreadOp.Unary not
            && not.kind() == UnaryKind.NOT
        ? new Simpler.Other(
            new ThreadOp.Select(op.result(), not.x(), op.y(), op.x(), op.location()))
        : null;
  }

  private @Nullable Simpler convert(ThreadOp.Convert op) {
    DType from = element(op.x());
    DType to = element(op.result());
    if (from.equals(to) && (to instanceof IntType || !op.saturate())) {
      return from.equals(DType.TF32) ? null : same(op.x());
    }
    // Widening twice is widening once.
    boolean widened =
        definitions.of(op.x()) instanceof ThreadOp.Convert inner
            && !op.saturate()
            && widens(element(inner.x()), from)
            && widens(from, to);
    return widened && definitions.of(op.x()) instanceof ThreadOp.Convert inner
        ? new Simpler.Other(
            new ThreadOp.Convert(op.result(), inner.x(), op.rounding(), false, op.location()))
        : null;
  }

  /** Whether every number of one type is one of the other. */
  private static boolean widens(DType from, DType to) {
    if (from instanceof IntType f && to instanceof IntType t) {
      return t.bits() > f.bits() && (t.signed() || !f.signed());
    }
    return from instanceof FloatType f
        && to instanceof FloatType t
        && f.bits() >= 16
        && t.exponentBits() >= f.exponentBits()
        && t.mantissaBits() >= f.mantissaBits();
  }
}
