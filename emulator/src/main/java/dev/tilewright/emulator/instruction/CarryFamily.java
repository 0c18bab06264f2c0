package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;

/**
 * Extended-precision integer arithmetic (PTX ISA, "Extended-Precision Integer Arithmetic
 * Instructions"). The condition code is a hidden predicate per lane.
 */
final class CarryFamily {
  private CarryFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("addc", d -> add(d, d.take("cc"), true));
    families.put("subc", d -> sub(d, d.take("cc"), true));
    families.put("madc", d -> mad(d, d.take("cc"), true));
  }

  static Decoded add(Decoding d, boolean sets, boolean uses) {
    return addOrSubtract(d, sets, uses, false);
  }

  /** The carry flag of a subtraction is a borrow. */
  static Decoded sub(Decoding d, boolean sets, boolean uses) {
    return addOrSubtract(d, sets, uses, true);
  }

  private static Decoded addOrSubtract(Decoding d, boolean sets, boolean uses, boolean subtract) {
    PtxType type = d.type();
    d.needOperands(3);
    int cc = d.registers().carry();
    if (type.bits() == 64) {
      int out = d.wideOut(0);
      int a = d.wide(1, type);
      int b = d.wide(2, type);
      return Decoded.of(
          Counter.INTEGER,
          (warp, mask) -> {
            int carries = 0;
            for (int m = mask; m != 0; m &= m - 1) {
              int lane = Integer.numberOfTrailingZeros(m);
              long x = warp.longs[a + lane];
              long y = warp.longs[b + lane];
              long in = uses ? warp.predicates[cc] >>> lane & 1 : 0;
              long r = subtract ? x - y - in : x + y + in;
              long borrow = subtract ? (~x & y | (~x | y) & r) : (x & y | (x | y) & ~r);
              carries |= (int) (borrow >>> 63) << lane;
              warp.longs[out + lane] = r;
            }
            if (sets) {
              warp.predicates[cc] = warp.predicates[cc] & ~mask | carries;
            }
          });
    }
    if (type.bits() != 32) {
      throw d.unsupported("type ." + type);
    }
    int out = d.wordOut(0);
    int a = d.word(1, type);
    int b = d.word(2, type);
    return Decoded.of(
        Counter.INTEGER,
        (warp, mask) -> {
          int carries = 0;
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            long x = warp.words[a + lane] & 0xffffffffL;
            long y = warp.words[b + lane] & 0xffffffffL;
            long in = uses ? warp.predicates[cc] >>> lane & 1 : 0;
            long r = subtract ? x - y - in : x + y + in;
            carries |= (int) (r >>> 32 & 1) << lane;
            warp.words[out + lane] = (int) r;
          }
          if (sets) {
            warp.predicates[cc] = warp.predicates[cc] & ~mask | carries;
          }
        });
  }

  static Decoded mad(Decoding d, boolean sets, boolean uses) {
    boolean high = d.need("lo", "hi").equals("hi");
    PtxType type = d.type();
    d.needOperands(4);
    int cc = d.registers().carry();
    boolean wide = type.bits() == 64;
    int out = wide ? d.wideOut(0) : d.wordOut(0);
    int a = wide ? d.wide(1, type) : d.word(1, type);
    int b = wide ? d.wide(2, type) : d.word(2, type);
    int c = wide ? d.wide(3, type) : d.word(3, type);
    return Decoded.of(
        Counter.INTEGER,
        (warp, mask) -> {
          int carries = 0;
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            long in = uses ? warp.predicates[cc] >>> lane & 1 : 0;
            if (wide) {
              long x = warp.longs[a + lane];
              long y = warp.longs[b + lane];
              long z = warp.longs[c + lane];
              long p =
                  !high
                      ? x * y
                      : type.isSigned() ? Math.multiplyHigh(x, y) : Math.unsignedMultiplyHigh(x, y);
              long r = p + z + in;
              carries |= (int) ((p & z | (p | z) & ~r) >>> 63) << lane;
              warp.longs[out + lane] = r;
            } else {
              long product =
                  IntegerFamily.product(warp.words[a + lane], warp.words[b + lane], type);
              long p = (high ? product >> 32 : product) & 0xffffffffL;
              long r = p + (warp.words[c + lane] & 0xffffffffL) + in;
              carries |= (int) (r >>> 32 & 1) << lane;
              warp.words[out + lane] = (int) r;
            }
          }
          if (sets) {
            warp.predicates[cc] = warp.predicates[cc] & ~mask | carries;
          }
        });
  }
}
