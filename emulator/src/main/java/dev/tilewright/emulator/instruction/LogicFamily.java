package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.ptx.Operand;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;
import java.util.function.IntBinaryOperator;
import java.util.function.LongBinaryOperator;

/** Logic and shifts (PTX ISA, "Logic and Shift Instructions"), and {@code prmt}. */
final class LogicFamily {
  private LogicFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("and", d -> logic(d, (a, b) -> a & b, (a, b) -> a & b));
    families.put("or", d -> logic(d, (a, b) -> a | b, (a, b) -> a | b));
    families.put("xor", d -> logic(d, (a, b) -> a ^ b, (a, b) -> a ^ b));
    families.put("not", LogicFamily::not);
    families.put("cnot", LogicFamily::cnot);
    families.put("lop3", LogicFamily::lop3);
    families.put("shl", d -> shift(d, true));
    families.put("shr", d -> shift(d, false));
    families.put("shf", LogicFamily::funnelShift);
    families.put("prmt", LogicFamily::permute);
  }

  private static Decoded logic(Decoding d, IntBinaryOperator f, LongBinaryOperator g) {
    PtxType type = d.type();
    if (type != PtxType.PRED) {
      return counted(IntegerFamily.binary(d, type, f, g));
    }
    int p = d.predicateOut(0);
    int a = d.predicate(1);
    int b = d.predicate(2);
    int invertA = d.inverted(1) ? -1 : 0;
    int invertB = d.inverted(2) ? -1 : 0;
    return Decoded.of(
        Counter.LOGIC,
        (warp, mask) -> {
          int[] r = warp.predicates;
          int value = f.applyAsInt(r[a] ^ invertA, r[b] ^ invertB);
          r[p] = r[p] & ~mask | value & mask;
        });
  }

  private static Decoded counted(Decoded decoded) {
    return new Decoded(Counter.LOGIC, decoded.action());
  }

  private static Decoded not(Decoding d) {
    PtxType type = d.type();
    if (type != PtxType.PRED) {
      return counted(IntegerFamily.unary(d, type, a -> ~a, a -> ~a));
    }
    int p = d.predicateOut(0);
    int a = d.predicate(1);
    int invert = d.inverted(1) ? -1 : 0;
    return Decoded.of(
        Counter.LOGIC,
        (warp, mask) -> {
          int value = ~(warp.predicates[a] ^ invert);
          warp.predicates[p] = warp.predicates[p] & ~mask | value & mask;
        });
  }

  private static Decoded cnot(Decoding d) {
    return counted(IntegerFamily.unary(d, d.type(), a -> a == 0 ? 1 : 0, a -> a == 0 ? 1 : 0));
  }

  /**
   * Any function of three inputs by its truth table. The form with a predicate destination ({@code
   * lop3.or.b32 d|p, a, b, c, table, q}) also says whether the result is non-zero.
   */
  private static Decoded lop3(Decoding d) {
    String combine = d.takeAny("or", "and");
    d.type();
    d.needOperands(combine == null ? new int[] {5} : new int[] {6});
    if (!(d.operand(4) instanceof Operand.IntegerConstant table)) {
      throw d.invalid("the truth table is not a constant");
    }
    int t = (int) table.value() & 0xff;
    int a = d.word(1, PtxType.B32);
    int b = d.word(2, PtxType.B32);
    int c = d.word(3, PtxType.B32);
    if (combine == null) {
      return Decoded.of(
          Counter.LOGIC, Lanes.words(d.wordOut(0), a, b, c, (x, y, z) -> lop3(x, y, z, t)));
    }
    boolean or = combine.equals("or");
    if (!(d.operand(0) instanceof Operand.Pair pair)) {
      throw d.invalid("destination is not a pair");
    }
    int out = d.destination(pair.first(), Register.Kind.WORD);
    int p = d.destination(pair.second(), Register.Kind.PREDICATE);
    int q = d.predicate(5);
    int invert = d.inverted(5) ? -1 : 0;
    return Decoded.of(
        Counter.LOGIC,
        (warp, mask) -> {
          int set = 0;
          int[] r = warp.words;
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            int value = lop3(r[a + lane], r[b + lane], r[c + lane], t);
            if (out >= 0) {
              r[out + lane] = value;
            }
            set |= value != 0 ? 1 << lane : 0;
          }
          int in = warp.predicates[q] ^ invert;
          int result = or ? set | in : set & in;
          warp.predicates[p] = warp.predicates[p] & ~mask | result & mask;
        });
  }

  static int lop3(int a, int b, int c, int table) {
    int r = 0;
    for (int i = 0; i < 8; i++) {
      if ((table >>> i & 1) != 0) {
        r |= ((i & 4) != 0 ? a : ~a) & ((i & 2) != 0 ? b : ~b) & ((i & 1) != 0 ? c : ~c);
      }
    }
    return r;
  }

  /** Amounts beyond the width shift everything out. */
  private static Decoded shift(Decoding d, boolean left) {
    PtxType type = d.type();
    d.needOperands(3);
    int amount = d.word(2, PtxType.U32);
    boolean signed = type.isSigned();
    Action.Step step =
        switch (type.bits()) {
          case 64 ->
              Lanes.longWordToLong(
                  d.wideOut(0), d.wide(1, type), amount, (a, n) -> shift64(a, n, left, signed));
          case 32 ->
              Lanes.words(
                  d.wordOut(0), d.word(1, type), amount, (a, n) -> shift32(a, n, left, signed));
          case 16 ->
              Lanes.words(
                  d.wordOut(0),
                  d.word(1, type),
                  amount,
                  (a, n) -> shift32(IntegerFamily.extend(a, type), n, left, signed) & 0xffff);
          default -> throw d.unsupported("type ." + type);
        };
    return Decoded.of(Counter.LOGIC, step);
  }

  private static int shift32(int a, int n, boolean left, boolean signed) {
    boolean out = Integer.compareUnsigned(n, 31) > 0;
    if (left) {
      return out ? 0 : a << n;
    }
    return signed ? a >> (out ? 31 : n) : out ? 0 : a >>> n;
  }

  private static long shift64(long a, int n, boolean left, boolean signed) {
    boolean out = Integer.compareUnsigned(n, 63) > 0;
    if (left) {
      return out ? 0 : a << n;
    }
    return signed ? a >> (out ? 63 : n) : out ? 0 : a >>> n;
  }

  /** {@code shf}: shifts the 64-bit value {@code b:a} and keeps one half. */
  private static Decoded funnelShift(Decoding d) {
    boolean left = d.need("l", "r").equals("l");
    boolean wrap = d.need("wrap", "clamp").equals("wrap");
    d.type();
    d.needOperands(4);
    return Decoded.of(
        Counter.LOGIC,
        Lanes.words(
            d.wordOut(0),
            d.word(1, PtxType.B32),
            d.word(2, PtxType.B32),
            d.word(3, PtxType.U32),
            (a, b, c) -> {
              int n = wrap ? c & 31 : Integer.compareUnsigned(c, 32) > 0 ? 32 : c;
              long both = (long) b << 32 | a & 0xffffffffL;
              return left ? (int) (both << n >>> 32) : (int) (both >>> n);
            }));
  }

  private static Decoded permute(Decoding d) {
    d.type();
    String mode = d.takeAny("f4e", "b4e", "rc8", "ecl", "ecr", "rc16");
    d.needOperands(4);
    Lanes.IntTernary f =
        switch (mode) {
          case null -> (a, b, c) -> select(a, b, c);
          case "f4e" -> (a, b, c) -> select(a, b, 0x3210 + 0x1111 * (c & 3));
          case "b4e" -> (a, b, c) -> select(a, b, BACKWARD[c & 3]);
          case "rc8" -> (a, b, c) -> select(a, b, 0x1111 * (c & 3));
          case "ecl" -> (a, b, c) -> select(a, b, EDGE_LEFT[c & 3]);
          case "ecr" -> (a, b, c) -> select(a, b, EDGE_RIGHT[c & 3]);
          default -> (a, b, c) -> select(a, b, (c & 1) == 0 ? 0x1010 : 0x3232);
        };
    return Decoded.of(
        Counter.LOGIC,
        Lanes.words(
            d.wordOut(0),
            d.word(1, PtxType.B32),
            d.word(2, PtxType.B32),
            d.word(3, PtxType.B32),
            f));
  }

  private static final int[] BACKWARD = {0x5670, 0x6701, 0x7012, 0x0123};
  private static final int[] EDGE_LEFT = {0x3210, 0x3211, 0x3222, 0x3333};
  private static final int[] EDGE_RIGHT = {0x0000, 0x1110, 0x2210, 0x3210};

  /** Four selectors of four bits: the byte of {@code b:a}, or its sign replicated. */
  static int select(int a, int b, int selectors) {
    long both = (long) b << 32 | a & 0xffffffffL;
    int r = 0;
    for (int i = 0; i < 4; i++) {
      int selector = selectors >>> 4 * i & 0xf;
      int value = (int) (both >>> 8 * (selector & 7)) & 0xff;
      if ((selector & 8) != 0) {
        value = (value & 0x80) != 0 ? 0xff : 0;
      }
      r |= value << 8 * i;
    }
    return r;
  }
}
