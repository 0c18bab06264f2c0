package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * Integer arithmetic (PTX ISA, "Integer Arithmetic Instructions"). 16-bit values live zero-extended
 * in 32-bit registers.
 */
final class IntegerFamily {
  private IntegerFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("rem", IntegerFamily::rem);
    families.put("sad", IntegerFamily::sad);
    families.put("mul24", d -> mul24(d, false));
    families.put("mad24", d -> mul24(d, true));
  }

  static Decoded add(Decoding d, PtxType type) {
    if (type == PtxType.U16X2 || type == PtxType.S16X2) {
      return packed(d, type, (a, b) -> a + b);
    }
    boolean saturate = d.take("sat");
    if (saturate && type != PtxType.S32) {
      throw d.unsupported(".sat needs .s32");
    }
    if (saturate) {
      return words(d, type, (a, b) -> saturate((long) a + b));
    }
    return binary(d, type, (a, b) -> a + b, (a, b) -> a + b);
  }

  static Decoded sub(Decoding d, PtxType type) {
    boolean saturate = d.take("sat");
    if (saturate && type != PtxType.S32) {
      throw d.unsupported(".sat needs .s32");
    }
    if (saturate) {
      return words(d, type, (a, b) -> saturate((long) a - b));
    }
    return binary(d, type, (a, b) -> a - b, (a, b) -> a - b);
  }

  private static Decoded packed(Decoding d, PtxType type, IntBinaryOperator f) {
    boolean signed = type == PtxType.S16X2;
    return words(
        d,
        type,
        (a, b) -> {
          int low = f.applyAsInt(half(a, signed), half(b, signed)) & 0xffff;
          int high = f.applyAsInt(half(a >> 16, signed), half(b >> 16, signed));
          return high << 16 | low;
        });
  }

  private static int half(int value, boolean signed) {
    return signed ? (short) value : value & 0xffff;
  }

  static int saturate(long value) {
    return Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  static Decoded mul(Decoding d, PtxType type) {
    String part = d.need("lo", "hi", "wide");
    d.needOperands(3);
    if (part.equals("wide")) {
      return new Decoded(Counter.INTEGER, wide(d, type));
    }
    if (part.equals("lo")) {
      return binary(d, type, (a, b) -> a * b, (a, b) -> a * b);
    }
    return type.isSigned()
        ? binary(d, type, (a, b) -> high(a, b, type), Math::multiplyHigh)
        : binary(d, type, (a, b) -> high(a, b, type), Math::unsignedMultiplyHigh);
  }

  /** The upper half of the product of two values extended from their type. */
  private static int high(int a, int b, PtxType type) {
    if (type.bits() == 16) {
      return (a * b) >> 16;
    }
    return (int) (product(a, b, type) >> 32);
  }

  static long product(int a, int b, PtxType type) {
    return type.isSigned() || type.bits() == 16
        ? (long) a * b
        : (a & 0xffffffffL) * (b & 0xffffffffL);
  }

  private static Action.Step wide(Decoding d, PtxType type) {
    int a = d.word(1, type);
    int b = d.word(2, type);
    if (type.bits() == 16) {
      return Lanes.words(d.wordOut(0), a, b, (x, y) -> extend(x, type) * extend(y, type));
    }
    return Lanes.wordsToLong(d.wideOut(0), a, b, (x, y) -> product(x, y, type));
  }

  static Decoded mad(Decoding d, PtxType type) {
    String part = d.need("lo", "hi", "wide");
    boolean saturate = d.take("sat");
    d.needOperands(4);
    if (part.equals("wide")) {
      int a = d.word(1, type);
      int b = d.word(2, type);
      if (type.bits() == 16) {
        int c = d.word(3, PtxType.B32);
        return Decoded.of(
            Counter.INTEGER,
            Lanes.words(d.wordOut(0), a, b, c, (x, y, z) -> extend(x, type) * extend(y, type) + z));
      }
      return Decoded.of(
          Counter.INTEGER,
          Lanes.wordsLongToLong(
              d.wideOut(0), a, b, d.wide(3, type), (x, y, z) -> product(x, y, type) + z));
    }
    boolean high = part.equals("hi");
    if (type.bits() == 64) {
      Lanes.LongTernary f =
          !high
              ? (x, y, z) -> x * y + z
              : type.isSigned()
                  ? (x, y, z) -> Math.multiplyHigh(x, y) + z
                  : (x, y, z) -> Math.unsignedMultiplyHigh(x, y) + z;
      return Decoded.of(
          Counter.INTEGER,
          Lanes.longs(d.wideOut(0), d.wide(1, type), d.wide(2, type), d.wide(3, type), f));
    }
    if (saturate && !(high && type == PtxType.S32)) {
      throw d.unsupported(".sat needs .hi.s32");
    }
    Lanes.IntTernary f =
        (x, y, z) -> {
          int p = high ? high(extend(x, type), extend(y, type), type) : x * y;
          return saturate ? saturate((long) p + z) : truncate(p + z, type);
        };
    return Decoded.of(
        Counter.INTEGER,
        Lanes.words(d.wordOut(0), d.word(1, type), d.word(2, type), d.word(3, type), f));
  }

  private static Decoded mul24(Decoding d, boolean accumulate) {
    boolean high = d.need("lo", "hi").equals("hi");
    boolean saturate = d.take("sat");
    PtxType type = d.type();
    boolean signed = type.isSigned();
    IntBinaryOperator product =
        (a, b) -> {
          long x = signed ? a << 8 >> 8 : a & 0xffffff;
          long y = signed ? b << 8 >> 8 : b & 0xffffff;
          return (int) (high ? x * y >> 16 : x * y);
        };
    if (!accumulate) {
      return words(d, type, product);
    }
    return Decoded.of(
        Counter.INTEGER,
        Lanes.words(
            d.wordOut(0),
            d.word(1, type),
            d.word(2, type),
            d.word(3, type),
            (a, b, c) -> {
              int p = product.applyAsInt(a, b);
              return saturate ? saturate((long) p + c) : p + c;
            }));
  }

  /** Division by zero gives all ones, as the hardware's sequence does; the ISA leaves it open. */
  static Decoded div(Decoding d, PtxType type) {
    return type.isSigned()
        ? binary(d, type, (a, b) -> b == 0 ? -1 : a / b, (a, b) -> b == 0 ? -1 : a / b)
        : binary(
            d,
            type,
            (a, b) -> b == 0 ? -1 : Integer.divideUnsigned(a, b),
            (a, b) -> b == 0 ? -1 : Long.divideUnsigned(a, b));
  }

  private static Decoded rem(Decoding d) {
    PtxType type = d.type();
    return type.isSigned()
        ? binary(d, type, (a, b) -> b == 0 ? a : a % b, (a, b) -> b == 0 ? a : a % b)
        : binary(
            d,
            type,
            (a, b) -> b == 0 ? a : Integer.remainderUnsigned(a, b),
            (a, b) -> b == 0 ? a : Long.remainderUnsigned(a, b));
  }

  static Decoded abs(Decoding d, PtxType type) {
    return unary(d, type, Math::abs, Math::abs);
  }

  static Decoded neg(Decoding d, PtxType type) {
    return unary(d, type, a -> -a, a -> -a);
  }

  static Decoded minMax(Decoding d, PtxType type, boolean max) {
    boolean relu = d.take("relu");
    if (relu && type != PtxType.S32 && type != PtxType.S16X2) {
      throw d.unsupported(".relu needs .s32 or .s16x2");
    }
    if (type == PtxType.U16X2 || type == PtxType.S16X2) {
      IntBinaryOperator pick = max ? Math::max : Math::min;
      return packed(d, type, relu ? (a, b) -> Math.max(pick.applyAsInt(a, b), 0) : pick);
    }
    if (!type.isInteger()) {
      throw d.unsupported("type ." + type);
    }
    if (type.isSigned()) {
      IntBinaryOperator pick = max ? Math::max : Math::min;
      LongBinaryOperator pick64 = max ? Math::max : Math::min;
      return binary(d, type, relu ? (a, b) -> Math.max(pick.applyAsInt(a, b), 0) : pick, pick64);
    }
    return binary(
        d,
        type,
        (a, b) -> Integer.compareUnsigned(a, b) < 0 != max ? a : b,
        (a, b) -> Long.compareUnsigned(a, b) < 0 != max ? a : b);
  }

  /** {@code d = c + |a - b|}. */
  private static Decoded sad(Decoding d) {
    PtxType type = d.type();
    if (type.bits() == 64) {
      Lanes.LongTernary f =
          type.isSigned()
              ? (a, b, c) -> c + (a < b ? b - a : a - b)
              : (a, b, c) -> c + (Long.compareUnsigned(a, b) < 0 ? b - a : a - b);
      return Decoded.of(
          Counter.INTEGER,
          Lanes.longs(d.wideOut(0), d.wide(1, type), d.wide(2, type), d.wide(3, type), f));
    }
    return Decoded.of(
        Counter.INTEGER,
        Lanes.words(
            d.wordOut(0),
            d.word(1, type),
            d.word(2, type),
            d.word(3, type),
            (a, b, c) -> {
              int x = extend(a, type);
              int y = extend(b, type);
              boolean less = type.isSigned() ? x < y : Integer.compareUnsigned(x, y) < 0;
              return truncate(c + (less ? y - x : x - y), type);
            }));
  }

  // ---- the three widths

  /** The 32-bit value of a register that holds {@code type}. */
  static int extend(int value, PtxType type) {
    return switch (type.bits()) {
      case 8 -> type.isSigned() ? (byte) value : value & 0xff;
      case 16 -> type.isSigned() ? (short) value : value & 0xffff;
      default -> value;
    };
  }

  /** What a register holds of a result of {@code type}. */
  static int truncate(int value, PtxType type) {
    return type.bits() == 16 ? value & 0xffff : value;
  }

  private static Decoded words(Decoding d, PtxType type, IntBinaryOperator f) {
    return Decoded.of(
        Counter.INTEGER, Lanes.words(d.wordOut(0), d.word(1, type), d.word(2, type), f));
  }

  static Decoded binary(Decoding d, PtxType type, IntBinaryOperator f, LongBinaryOperator g) {
    d.needOperands(3);
    Action.Step step =
        switch (type.bits()) {
          case 64 -> Lanes.longs(d.wideOut(0), d.wide(1, type), d.wide(2, type), g);
          case 32 -> Lanes.words(d.wordOut(0), d.word(1, type), d.word(2, type), f);
          case 16 ->
              Lanes.words(
                  d.wordOut(0),
                  d.word(1, type),
                  d.word(2, type),
                  (a, b) -> f.applyAsInt(extend(a, type), extend(b, type)) & 0xffff);
          default -> throw d.unsupported("type ." + type);
        };
    return Decoded.of(Counter.INTEGER, step);
  }

  static Decoded unary(Decoding d, PtxType type, IntUnaryOperator f, LongUnaryOperator g) {
    d.needOperands(2);
    Action.Step step =
        switch (type.bits()) {
          case 64 -> Lanes.longs(d.wideOut(0), d.wide(1, type), g);
          case 32 -> Lanes.words(d.wordOut(0), d.word(1, type), f);
          case 16 ->
              Lanes.words(
                  d.wordOut(0), d.word(1, type), a -> f.applyAsInt(extend(a, type)) & 0xffff);
          default -> throw d.unsupported("type ." + type);
        };
    return Decoded.of(Counter.INTEGER, step);
  }
}
