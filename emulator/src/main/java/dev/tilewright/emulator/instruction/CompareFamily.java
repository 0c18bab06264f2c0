package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.numeric.FloatFormat;
import dev.tilewright.emulator.ptx.Operand;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Comparison and selection (PTX ISA, "Comparison and Selection Instructions"). */
final class CompareFamily {
  private static final String[] OPERATORS = {
    "eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu",
    "geu", "num", "nan"
  };

  private CompareFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("setp", CompareFamily::setp);
    families.put("set", CompareFamily::set);
    families.put("selp", CompareFamily::selp);
    families.put("slct", CompareFamily::slct);
  }

  /** Computes the lanes for which a comparison of two registers holds. */
  private interface LaneTest {
    int lanes(dev.tilewright.emulator.machine.Warp warp, int mask);
  }

  private static Decoded setp(Decoding d) {
    String operator = d.need(OPERATORS);
    String combine = d.takeAny("and", "or", "xor");
    boolean flush = d.take("ftz");
    PtxType type = d.type();
    d.needOperands(combine == null ? 3 : 4);
    int p;
    int q;
    if (d.operand(0) instanceof Operand.Pair pair) {
      p = d.destination(pair.first(), Register.Kind.PREDICATE);
      q = d.destination(pair.second(), Register.Kind.PREDICATE);
    } else {
      p = d.predicateOut(0);
      q = -1;
    }
    int c = combine == null ? -1 : d.predicate(3);
    int invert = combine != null && d.inverted(3) ? -1 : 0;
    if (type == PtxType.F16X2 || type == PtxType.BF16X2) {
      return packedSetp(d, operator, combine, type, p, q, c, invert);
    }
    LaneTest test = test(d, operator, type, flush, 1);
    return Decoded.of(
        Counter.COMPARE,
        (warp, mask) -> {
          int[] r = warp.predicates;
          int holds = test.lanes(warp, mask);
          int in = c < 0 ? 0 : r[c] ^ invert;
          int first = combine(combine, holds, in);
          int second = combine(combine, ~holds, in);
          if (p >= 0) {
            r[p] = r[p] & ~mask | first & mask;
          }
          if (q >= 0) {
            r[q] = r[q] & ~mask | second & mask;
          }
        });
  }

  private static int combine(@Nullable String operator, int holds, int in) {
    return switch (operator) {
      case null -> holds;
      case "and" -> holds & in;
      case "or" -> holds | in;
      default -> holds ^ in;
    };
  }

  /** The two halves' results go to the two destinations. */
  private static Decoded packedSetp(
      Decoding d,
      String operator,
      @Nullable String combine,
      PtxType type,
      int p,
      int q,
      int c,
      int invert) {
    FloatFormat format = HalfFamily.format(type);
    int a = d.word(1, PtxType.B32);
    int b = d.word(2, PtxType.B32);
    return Decoded.of(
        Counter.COMPARE,
        (warp, mask) -> {
          int low = 0;
          int high = 0;
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            int x = warp.words[a + lane];
            int y = warp.words[b + lane];
            if (holds(operator, format.decode(x & 0xffff), format.decode(y & 0xffff))) {
              low |= 1 << lane;
            }
            if (holds(operator, format.decode(x >>> 16), format.decode(y >>> 16))) {
              high |= 1 << lane;
            }
          }
          int[] r = warp.predicates;
          int in = c < 0 ? 0 : r[c] ^ invert;
          if (p >= 0) {
            r[p] = r[p] & ~mask | combine(combine, low, in) & mask;
          }
          if (q >= 0) {
            r[q] = r[q] & ~mask | combine(combine, high, in) & mask;
          }
        });
  }

  private static LaneTest test(
      Decoding d, String operator, PtxType type, boolean flush, int first) {
    if (type.bits() == 64) {
      int a = d.wide(first, type);
      int b = d.wide(first + 1, type);
      Lanes.LongPredicateOf2 f =
          type == PtxType.F64
              ? (x, y) -> holds(operator, FloatFamily.value(x), FloatFamily.value(y))
              : longTest(d, operator, type.isSigned());
      return (warp, mask) -> {
        long[] r = warp.longs;
        int lanes = 0;
        for (int m = mask; m != 0; m &= m - 1) {
          int lane = Integer.numberOfTrailingZeros(m);
          lanes |= f.test(r[a + lane], r[b + lane]) ? 1 << lane : 0;
        }
        return lanes;
      };
    }
    int a = d.word(first, type);
    int b = d.word(first + 1, type);
    Lanes.IntPredicateOf2 f = wordTest(d, operator, type, flush);
    return (warp, mask) -> {
      int[] r = warp.words;
      int lanes = 0;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        lanes |= f.test(r[a + lane], r[b + lane]) ? 1 << lane : 0;
      }
      return lanes;
    };
  }

  private static Lanes.IntPredicateOf2 wordTest(
      Decoding d, String operator, PtxType type, boolean flush) {
    if (type == PtxType.F32) {
      FloatModifiers f =
          new FloatModifiers(dev.tilewright.emulator.numeric.Rounding.NEAREST_EVEN, flush, false);
      return (x, y) -> holds(operator, f.input(x), f.input(y));
    }
    if (type.isFloat()) {
      FloatFormat format = HalfFamily.format(type);
      return (x, y) ->
          holds(
              operator,
              HalfFamily.flush(format.decode(x & 0xffff), format, flush),
              HalfFamily.flush(format.decode(y & 0xffff), format, flush));
    }
    boolean signed = type.isSigned();
    Lanes.IntPredicateOf2 f =
        switch (operator) {
          case "eq" -> (x, y) -> x == y;
          case "ne" -> (x, y) -> x != y;
          case "lt", "lo" -> signed ? (x, y) -> x < y : (x, y) -> Integer.compareUnsigned(x, y) < 0;
          case "le", "ls" ->
              signed ? (x, y) -> x <= y : (x, y) -> Integer.compareUnsigned(x, y) <= 0;
          case "gt", "hi" -> signed ? (x, y) -> x > y : (x, y) -> Integer.compareUnsigned(x, y) > 0;
          case "ge", "hs" ->
              signed ? (x, y) -> x >= y : (x, y) -> Integer.compareUnsigned(x, y) >= 0;
          default -> throw d.unsupported("." + operator + " does not apply to ." + type);
        };
    return type.bits() == 16
        ? (x, y) -> f.test(IntegerFamily.extend(x, type), IntegerFamily.extend(y, type))
        : f;
  }

  private static Lanes.LongPredicateOf2 longTest(Decoding d, String operator, boolean signed) {
    return switch (operator) {
      case "eq" -> (x, y) -> x == y;
      case "ne" -> (x, y) -> x != y;
      case "lt", "lo" -> signed ? (x, y) -> x < y : (x, y) -> Long.compareUnsigned(x, y) < 0;
      case "le", "ls" -> signed ? (x, y) -> x <= y : (x, y) -> Long.compareUnsigned(x, y) <= 0;
      case "gt", "hi" -> signed ? (x, y) -> x > y : (x, y) -> Long.compareUnsigned(x, y) > 0;
      case "ge", "hs" -> signed ? (x, y) -> x >= y : (x, y) -> Long.compareUnsigned(x, y) >= 0;
      default -> throw d.unsupported("." + operator + " does not apply to 64-bit integers");
    };
  }

  /** The operators that end in {@code u} also hold when an operand is NaN. */
  static boolean holds(String operator, double x, double y) {
    boolean nan = x != x || y != y;
    return switch (operator) {
      case "eq" -> x == y;
      case "ne" -> !nan && x != y;
      case "lt" -> x < y;
      case "le" -> x <= y;
      case "gt" -> x > y;
      case "ge" -> x >= y;
      case "equ" -> nan || x == y;
      case "neu" -> nan || x != y;
      case "ltu" -> nan || x < y;
      case "leu" -> nan || x <= y;
      case "gtu" -> nan || x > y;
      case "geu" -> nan || x >= y;
      case "num" -> !nan;
      case "nan" -> nan;
      default -> throw new IllegalArgumentException(operator);
    };
  }

  /** {@code set}: all ones or 1.0 where the comparison holds. */
  private static Decoded set(Decoding d) {
    String operator = d.need(OPERATORS);
    String combine = d.takeAny("and", "or", "xor");
    boolean flush = d.take("ftz");
    PtxType to = d.type();
    PtxType from = d.type();
    d.needOperands(combine == null ? 3 : 4);
    int c = combine == null ? -1 : d.predicate(3);
    int invert = combine != null && d.inverted(3) ? -1 : 0;
    int out = d.wordOut(0);
    if (from == PtxType.F16X2 || from == PtxType.BF16X2) {
      FloatFormat format = HalfFamily.format(from);
      int one = format.encode(1.0);
      boolean ones = to.isInteger();
      int a = d.word(1, PtxType.B32);
      int b = d.word(2, PtxType.B32);
      if (combine != null) {
        throw d.unsupported("a boolean operator on packed operands");
      }
      return Decoded.of(
          Counter.COMPARE,
          Lanes.words(
              out,
              a,
              b,
              (x, y) -> {
                boolean low = holds(operator, format.decode(x & 0xffff), format.decode(y & 0xffff));
                boolean high = holds(operator, format.decode(x >>> 16), format.decode(y >>> 16));
                int yes = ones ? 0xffff : one;
                return (low ? yes : 0) | (high ? yes << 16 : 0);
              }));
    }
    int yes =
        switch (to) {
          case F32 -> Float.floatToRawIntBits(1.0f);
          case F16 -> FloatFormat.F16.encode(1.0);
          case BF16 -> FloatFormat.BF16.encode(1.0);
          case U16, S16 -> 0xffff;
          default -> -1;
        };
    LaneTest test = test(d, operator, from, flush, 1);
    return Decoded.of(
        Counter.COMPARE,
        (warp, mask) -> {
          int in = c < 0 ? 0 : warp.predicates[c] ^ invert;
          int holds = combine(combine, test.lanes(warp, mask), in);
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            warp.words[out + lane] = (holds >>> lane & 1) != 0 ? yes : 0;
          }
        });
  }

  private static Decoded selp(Decoding d) {
    PtxType type = d.type();
    d.needOperands(4);
    int p = d.predicate(3);
    int invert = d.inverted(3) ? -1 : 0;
    Action.Step step;
    if (type.bits() == 64) {
      int out = d.wideOut(0);
      int a = d.wide(1, type);
      int b = d.wide(2, type);
      step =
          (warp, mask) -> {
            int choose = warp.predicates[p] ^ invert;
            for (int m = mask; m != 0; m &= m - 1) {
              int lane = Integer.numberOfTrailingZeros(m);
              warp.longs[out + lane] = warp.longs[((choose >>> lane & 1) != 0 ? a : b) + lane];
            }
          };
    } else {
      int out = d.wordOut(0);
      int a = d.word(1, type);
      int b = d.word(2, type);
      step =
          (warp, mask) -> {
            int choose = warp.predicates[p] ^ invert;
            for (int m = mask; m != 0; m &= m - 1) {
              int lane = Integer.numberOfTrailingZeros(m);
              warp.words[out + lane] = warp.words[((choose >>> lane & 1) != 0 ? a : b) + lane];
            }
          };
    }
    return Decoded.of(Counter.COMPARE, step);
  }

  /** {@code slct}: a if c is not negative, else b; a NaN chooses b. */
  private static Decoded slct(Decoding d) {
    boolean flush = d.take("ftz");
    PtxType type = d.type();
    PtxType by = d.type();
    d.needOperands(4);
    int c = d.word(3, by);
    boolean floating = by == PtxType.F32;
    boolean wide = type.bits() == 64;
    int out = wide ? d.wideOut(0) : d.wordOut(0);
    int a = wide ? d.wide(1, type) : d.word(1, type);
    int b = wide ? d.wide(2, type) : d.word(2, type);
    return Decoded.of(
        Counter.COMPARE,
        (warp, mask) -> {
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            int bits = warp.words[c + lane];
            boolean first =
                floating
                    ? Float.intBitsToFloat(flush ? FloatModifiers.flush(bits) : bits) >= 0
                    : bits >= 0;
            if (wide) {
              warp.longs[out + lane] = warp.longs[(first ? a : b) + lane];
            } else {
              warp.words[out + lane] = warp.words[(first ? a : b) + lane];
            }
          }
        });
  }
}
