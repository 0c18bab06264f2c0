package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.AddressSpace;
import dev.tilewright.emulator.machine.Warp;
import dev.tilewright.emulator.ptx.Operand;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code mov}, {@code cvta}, {@code isspacep} and what reads special registers. */
final class MoveFamily {
  /** Nanoseconds per instruction of the machine's clock, for {@code %globaltimer}. */
  private static final int NANOS = 1;

  private MoveFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("mov", MoveFamily::mov);
    families.put("cvta", MoveFamily::cvta);
    families.put("isspacep", MoveFamily::isspacep);
    families.put("activemask", MoveFamily::activemask);
    families.put("createpolicy", MoveFamily::createpolicy);
  }

  private static Decoded mov(Decoding d) {
    PtxType type = d.type();
    d.needOperands(2);
    if (d.operand(0) instanceof Operand.Vector || d.operand(1) instanceof Operand.Vector) {
      return repack(d, type);
    }
    if (type == PtxType.PRED) {
      int p = d.predicateOut(0);
      int a = d.predicate(1);
      int invert = d.inverted(1) ? -1 : 0;
      return Decoded.of(
          Counter.MOVE,
          (warp, mask) ->
              warp.predicates[p] =
                  warp.predicates[p] & ~mask | (warp.predicates[a] ^ invert) & mask);
    }
    Action.Step changing = changingSpecial(d, type);
    if (changing != null) {
      return Decoded.of(Counter.MOVE, changing);
    }
    if (type.bits() == 128) {
      int out = d.destination(d.operand(0), Register.Kind.QUAD);
      Register in = d.register(d.operand(1));
      if (in == null || in.kind() != Register.Kind.QUAD) {
        throw d.invalid("source is not a 128-bit register");
      }
      d.reads(in);
      int a = in.base();
      return Decoded.of(
          Counter.MOVE,
          (warp, mask) -> {
            for (int m = mask; m != 0; m &= m - 1) {
              int lane = Integer.numberOfTrailingZeros(m);
              warp.longs[out + lane] = warp.longs[a + lane];
              warp.longs[out + 32 + lane] = warp.longs[a + 32 + lane];
            }
          });
    }
    if (type.bits() == 64) {
      return Decoded.of(Counter.MOVE, wideMove(d, type));
    }
    if (d.operand(1) instanceof Operand.Name n
        && d.findSymbol(n.name()) instanceof Symbol.Stored s
        && s.framed()) {
      int out = d.wordOut(0);
      int frame = d.registers().frameBase();
      int offset = (int) (s.address() + n.offset());
      return Decoded.of(Counter.MOVE, Lanes.longToWord(out, frame, a -> (int) a + offset));
    }
    return Decoded.of(Counter.MOVE, Lanes.words(d.wordOut(0), d.word(1, type), a -> a));
  }

  private static Action.Step wideMove(Decoding d, PtxType type) {
    int out = d.wideOut(0);
    if (d.operand(1) instanceof Operand.Name n
        && d.findSymbol(n.name()) instanceof Symbol.Stored s
        && s.framed()) {
      long offset = s.address() + n.offset();
      return Lanes.longs(out, d.registers().frameBase(), a -> a + offset);
    }
    return Lanes.longs(out, d.wide(1, type), a -> a);
  }

  /** The special registers whose value changes while a thread runs. */
  private static Action.@Nullable Step changingSpecial(Decoding d, PtxType type) {
    if (!(d.operand(1) instanceof Operand.Name n) || !n.name().startsWith("%")) {
      return null;
    }
    java.util.function.ToLongFunction<Warp> read =
        switch (n.name()) {
          case "%clock", "%clock64", "%clock_lo" -> Warp::executed;
          case "%clock_hi" -> w -> w.executed() >>> 32;
          case "%globaltimer", "%globaltimer_lo" -> w -> w.executed() * NANOS;
          case "%globaltimer_hi" -> w -> w.executed() * NANOS >>> 32;
          default -> null;
        };
    if (read == null || d.findSymbol(n.name()) != null) {
      return null;
    }
    boolean wide = type.bits() == 64;
    int out = wide ? d.wideOut(0) : d.wordOut(0);
    return (warp, mask) -> {
      long value = read.applyAsLong(warp);
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        if (wide) {
          warp.longs[out + lane] = value;
        } else {
          warp.words[out + lane] = (int) value;
        }
      }
    };
  }

  /** {@code mov.b32 {a, b}, c} and the like: the same bits in other pieces, low piece first. */
  private static Decoded repack(Decoding d, PtxType type) {
    List<Piece> from = pieces(d, 1, type, false);
    List<Piece> to = pieces(d, 0, type, true);
    return Decoded.of(
        Counter.MOVE,
        (warp, mask) -> {
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            long low = 0;
            long high = 0;
            for (Piece p : from) {
              long value = p.get(warp, lane);
              if (p.shift < 64) {
                low |= value << p.shift;
              } else {
                high |= value << (p.shift - 64);
              }
            }
            for (Piece p : to) {
              p.put(warp, lane, p.shift < 64 ? low >>> p.shift : high >>> (p.shift - 64));
            }
          }
        });
  }

  /** Bits {@code shift} and up of the moved value, in one register. */
  private record Piece(boolean wide, int base, int shift, int bits) {
    long get(Warp warp, int lane) {
      long raw = wide ? warp.longs[base + lane] : warp.words[base + lane];
      return bits == 64 ? raw : raw & (1L << bits) - 1;
    }

    void put(Warp warp, int lane, long value) {
      if (base < 0) {
        return;
      }
      if (wide) {
        warp.longs[base + lane] = value;
      } else {
        warp.words[base + lane] = bits == 32 ? (int) value : (int) (value & (1L << bits) - 1);
      }
    }
  }

  private static List<Piece> pieces(Decoding d, int i, PtxType type, boolean out) {
    List<Operand> elements = d.elements(i);
    int bits = type.bits() / elements.size();
    List<Piece> result = new ArrayList<>();
    for (int e = 0; e < elements.size(); e++) {
      Operand operand = elements.get(e);
      int shift = e * bits;
      if (bits == 128) {
        Register r = d.register(operand);
        if (r == null || r.kind() != Register.Kind.QUAD) {
          throw d.invalid("not a 128-bit register");
        }
        if (out) {
          d.writes(r);
        } else {
          d.reads(r);
        }
        result.add(new Piece(true, r.base(), 0, 64));
        result.add(new Piece(true, r.base() + 32, 64, 64));
      } else if (bits == 64) {
        int base = out ? d.destination(operand, Register.Kind.LONG) : d.wide(operand, PtxType.B64);
        result.add(new Piece(true, base, shift, 64));
      } else {
        int base = out ? d.destination(operand, Register.Kind.WORD) : d.word(operand, PtxType.B32);
        result.add(new Piece(false, base, shift, bits));
      }
    }
    return result;
  }

  static AddressSpace space(String modifier) {
    return switch (modifier) {
      case "global" -> AddressSpace.GLOBAL;
      case "shared", "shared::cta" -> AddressSpace.SHARED;
      case "shared::cluster" -> AddressSpace.CLUSTER;
      case "local" -> AddressSpace.LOCAL;
      case "const" -> AddressSpace.CONSTANT;
      default -> AddressSpace.PARAMETER;
    };
  }

  /** Between an address in a space and the generic address of the same byte. */
  private static Decoded cvta(Decoding d) {
    boolean toSpace = d.take("to");
    AddressSpace space =
        space(
            d.need(
                "global", "shared", "shared::cta", "shared::cluster", "local", "const", "param"));
    PtxType type = d.type();
    long shift = toSpace ? -space.window() : space.window();
    if (type.bits() == 32) {
      return Decoded.of(Counter.MOVE, Lanes.words(d.wordOut(0), d.word(1, type), a -> a));
    }
    int out = d.wideOut(0);
    if (d.operand(1) instanceof Operand.Name n
        && d.findSymbol(n.name()) instanceof Symbol.Stored s
        && s.framed()) {
      long offset = s.address() + n.offset() + AddressSpace.LOCAL.window();
      return Decoded.of(Counter.MOVE, Lanes.longs(out, d.registers().frameBase(), a -> a + offset));
    }
    return Decoded.of(Counter.MOVE, Lanes.longs(out, d.wide(1, type), a -> a + shift));
  }

  private static Decoded isspacep(Decoding d) {
    AddressSpace space =
        space(
            d.need(
                "global", "shared", "shared::cta", "shared::cluster", "local", "const", "param"));
    int p = d.predicateOut(0);
    int a = d.wide(1, PtxType.B64);
    return Decoded.of(
        Counter.COMPARE,
        (warp, mask) -> {
          int set = 0;
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            set |= isIn(warp, space, warp.longs[a + lane]) ? 1 << lane : 0;
          }
          warp.predicates[p] = warp.predicates[p] & ~mask | set;
        });
  }

  private static boolean isIn(Warp warp, AddressSpace space, long generic) {
    AddressSpace in = AddressSpace.of(generic);
    return switch (space) {
      case CLUSTER -> in == AddressSpace.SHARED;
      case SHARED ->
          in == AddressSpace.SHARED && AddressSpace.rank(generic, warp.rank()) == warp.rank();
      default -> in == space;
    };
  }

  /** The lanes that happen to execute together: those of the running split. */
  private static Decoded activemask(Decoding d) {
    d.type();
    int out = d.wordOut(0);
    return Decoded.of(
        Counter.WARP,
        (warp, mask) -> {
          for (int m = mask; m != 0; m &= m - 1) {
            warp.words[out + Integer.numberOfTrailingZeros(m)] = mask;
          }
        });
  }

  /** A cache policy has no effect here; its value is only passed on. */
  private static Decoded createpolicy(Decoding d) {
    d.dropHints("fractional", "range", "cvt", "L2");
    d.type();
    int out = d.wideOut(0);
    return Decoded.of(
        Counter.OTHER,
        (warp, mask) -> {
          for (int m = mask; m != 0; m &= m - 1) {
            warp.longs[out + Integer.numberOfTrailingZeros(m)] = 0;
          }
        });
  }
}
