package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.Warp;
import dev.tilewright.emulator.ptx.Operand;
import dev.tilewright.emulator.ptx.PtxType;
import dev.tilewright.emulator.sanitizer.FindingCode;
import java.util.Map;

/** Exchanges and votes among the lanes of a member mask. */
final class WarpFamily {
  private WarpFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("shfl", WarpFamily::shuffle);
    families.put("vote", WarpFamily::vote);
    families.put("match", WarpFamily::match);
    families.put("redux", WarpFamily::reduce);
    families.put("elect", WarpFamily::elect);
  }

  private static Decoded converge(int members, Action.Step step) {
    return new Decoded(Counter.WARP, new Action.Converge(members, false, step));
  }

  private static Decoded shuffle(Decoding d) {
    d.need("sync");
    String mode = d.need("up", "down", "bfly", "idx");
    d.type();
    d.needOperands(5);
    int out;
    int p;
    if (d.operand(0) instanceof Operand.Pair pair) {
      out = d.destination(pair.first(), Register.Kind.WORD);
      p = d.destination(pair.second(), Register.Kind.PREDICATE);
    } else {
      out = d.wordOut(0);
      p = -1;
    }
    int a = d.word(1, PtxType.B32);
    int b = d.word(2, PtxType.U32);
    int c = d.word(3, PtxType.U32);
    int members = d.word(4, PtxType.B32);
    return converge(members, new Shuffle(mode, out, p, a, b, c));
  }

  private record Shuffle(String mode, int out, int p, int a, int b, int c) implements Action.Step {
    @Override
    public void run(Warp warp, int mask) {
      int[] r = warp.words;
      int[] result = new int[32];
      int inRange = 0;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        int bits = r[b + lane] & 31;
        int clamp = r[c + lane] & 31;
        int segment = r[c + lane] >>> 8 & 31;
        int maxLane = lane & segment | clamp & ~segment;
        int minLane = lane & segment;
        int source =
            switch (mode) {
              case "up" -> lane - bits;
              case "down" -> lane + bits;
              case "bfly" -> lane ^ bits;
              default -> minLane | bits & ~segment;
            };
        boolean valid = mode.equals("up") ? source >= maxLane : source <= maxLane;
        if (!valid) {
          source = lane;
        } else {
          inRange |= 1 << lane;
        }
        if ((mask >>> source & 1) == 0) {
          warp.report(
              FindingCode.SHUFFLE_INACTIVE_LANE,
              lane,
              0,
              "reads lane " + source + ", which does not take part: the value is undefined");
        }
        result[lane] = r[a + source];
      }
      for (int m = mask; m != 0 && out >= 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        r[out + lane] = result[lane];
      }
      if (p >= 0) {
        warp.predicates[p] = warp.predicates[p] & ~mask | inRange;
      }
    }
  }

  private static Decoded vote(Decoding d) {
    d.need("sync");
    String mode = d.need("all", "any", "uni", "ballot");
    d.type();
    d.needOperands(3);
    int p = d.predicate(1);
    int invert = d.inverted(1) ? -1 : 0;
    int members = d.word(2, PtxType.B32);
    if (mode.equals("ballot")) {
      int out = d.wordOut(0);
      return converge(
          members,
          (warp, mask) -> {
            int ballot = (warp.predicates[p] ^ invert) & mask;
            setAll(warp, out, mask, ballot);
          });
    }
    int out = d.predicateOut(0);
    return converge(
        members,
        (warp, mask) -> {
          int holds = (warp.predicates[p] ^ invert) & mask;
          boolean result =
              switch (mode) {
                case "all" -> holds == mask;
                case "any" -> holds != 0;
                default -> holds == 0 || holds == mask;
              };
          warp.predicates[out] =
              result ? warp.predicates[out] | mask : warp.predicates[out] & ~mask;
        });
  }

  private static void setAll(Warp warp, int out, int mask, int value) {
    for (int m = mask; m != 0; m &= m - 1) {
      warp.words[out + Integer.numberOfTrailingZeros(m)] = value;
    }
  }

  private static Decoded match(Decoding d) {
    boolean any = d.need("any", "all").equals("any");
    d.need("sync");
    PtxType type = d.type();
    d.needOperands(3);
    boolean wide = type.bits() == 64;
    int out;
    int p = -1;
    if (d.operand(0) instanceof Operand.Pair pair) {
      out = d.destination(pair.first(), Register.Kind.WORD);
      p = d.destination(pair.second(), Register.Kind.PREDICATE);
    } else {
      out = d.wordOut(0);
    }
    int a = wide ? d.wide(1, type) : d.word(1, type);
    int members = d.word(2, PtxType.B32);
    int predicate = p;
    return converge(
        members,
        (warp, mask) -> {
          int all = mask;
          int[] groups = new int[32];
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            int same = 0;
            for (int n = mask; n != 0; n &= n - 1) {
              int other = Integer.numberOfTrailingZeros(n);
              boolean equal =
                  wide
                      ? warp.longs[a + other] == warp.longs[a + lane]
                      : warp.words[a + other] == warp.words[a + lane];
              same |= equal ? 1 << other : 0;
            }
            all &= same;
            groups[lane] = same;
          }
          boolean agree = all == mask;
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            if (out >= 0) {
              warp.words[out + lane] = any ? groups[lane] : agree ? mask : 0;
            }
          }
          if (predicate >= 0) {
            warp.predicates[predicate] =
                agree ? warp.predicates[predicate] | mask : warp.predicates[predicate] & ~mask;
          }
        });
  }

  private static Decoded reduce(Decoding d) {
    d.need("sync");
    String op = d.need("add", "min", "max", "and", "or", "xor");
    PtxType type = d.type();
    if (type.bits() != 32 || type.isFloat()) {
      throw d.unsupported("type ." + type);
    }
    d.needOperands(3);
    int out = d.wordOut(0);
    int a = d.word(1, type);
    int members = d.word(2, PtxType.B32);
    boolean signed = type.isSigned();
    return converge(
        members,
        (warp, mask) -> {
          int result = warp.words[a + Integer.numberOfTrailingZeros(mask)];
          for (int m = mask & (mask - 1); m != 0; m &= m - 1) {
            int x = warp.words[a + Integer.numberOfTrailingZeros(m)];
            result =
                switch (op) {
                  case "add" -> result + x;
                  case "and" -> result & x;
                  case "or" -> result | x;
                  case "xor" -> result ^ x;
                  case "min" ->
                      (signed ? result < x : Integer.compareUnsigned(result, x) < 0) ? result : x;
                  default ->
                      (signed ? result > x : Integer.compareUnsigned(result, x) > 0) ? result : x;
                };
          }
          setAll(warp, out, mask, result);
        });
  }

  /** The leader is the lowest member. */
  private static Decoded elect(Decoding d) {
    d.need("sync");
    if (!(d.operand(0) instanceof Operand.Pair pair)) {
      throw d.invalid("destination is not a pair");
    }
    int out = d.destination(pair.first(), Register.Kind.WORD);
    int p = d.destination(pair.second(), Register.Kind.PREDICATE);
    int members = d.word(1, PtxType.B32);
    return converge(
        members,
        (warp, mask) -> {
          int leader = Integer.numberOfTrailingZeros(mask);
          if (out >= 0) {
            setAll(warp, out, mask, leader);
          }
          warp.predicates[p] = warp.predicates[p] & ~mask | 1 << leader;
        });
  }
}
