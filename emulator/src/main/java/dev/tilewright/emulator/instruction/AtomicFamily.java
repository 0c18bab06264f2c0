package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.AddressSpace;
import dev.tilewright.emulator.machine.Bytes;
import dev.tilewright.emulator.machine.MemoryPort;
import dev.tilewright.emulator.machine.Warp;
import dev.tilewright.emulator.numeric.FloatFormat;
import dev.tilewright.emulator.numeric.Rounding;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code atom} and {@code red} (PTX ISA, "Parallel Synchronization and Communication
 * Instructions"). Lanes of a warp take their turns in lane order, so floating-point sums are
 * reproducible.
 */
final class AtomicFamily {
  private AtomicFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("atom", d -> atomic(d, true));
    families.put("red", d -> atomic(d, false));
  }

  /** The new value of a location that held {@code old}. */
  interface Update {
    long apply(long old, long b, long c);
  }

  private static Decoded atomic(Decoding d, boolean returns) {
    String semantics = d.takeAny("relaxed", "acquire", "release", "acq_rel");
    d.takeAny("cta", "cluster", "gpu", "sys");
    AddressSpace space = MemoryFamily.space(d);
    d.dropHints("L1::", "L2::");
    if (d.take("async")) {
      throw d.unsupported("asynchronous reductions");
    }
    String op = d.need("and", "or", "xor", "cas", "exch", "add", "inc", "dec", "min", "max");
    d.take("noftz");
    String v = d.takeAny("v2", "v4", "v8");
    if (v != null) {
      throw d.unsupported("vector atomics");
    }
    PtxType type = d.type();
    if (type.bits() == 128) {
      throw d.unsupported("128-bit atomics");
    }
    boolean wide = type.bits() == 64;
    int first = returns ? 1 : 0;
    AddressOperand address = d.address(first, space);
    boolean cas = op.equals("cas");
    d.needOperands(first + (cas ? 3 : 2), first + (cas ? 4 : 3));
    int b = wide ? d.wide(first + 1, type) : d.word(first + 1, type);
    int c = cas ? (wide ? d.wide(first + 2, type) : d.word(first + 2, type)) : b;
    int out = !returns ? -1 : wide ? d.wideOut(0) : d.wordOut(0);
    Update update = update(d, op, type);
    boolean fences = semantics != null && !semantics.equals("relaxed");
    return new Decoded(
        Counter.ATOMIC, new Atomic(address, type.bytes(), wide, b, c, out, update, fences));
  }

  private record Atomic(
      AddressOperand address,
      int bytes,
      boolean wide,
      int b,
      int c,
      int out,
      Update update,
      boolean fences)
      implements Action.Step {
    @Override
    public void run(Warp warp, int mask) {
      if (fences) {
        warp.fence();
      }
      long[] at = warp.addressScratch();
      address.fill(warp, mask, at);
      MemoryPort port = warp.memory();
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        port.atomic(lane, address.space(), at[lane], bytes);
        long old = Bytes.get(port.data(), port.offset(), bytes);
        long x = wide ? warp.longs[b + lane] : warp.words[b + lane];
        long y = wide ? warp.longs[c + lane] : warp.words[c + lane];
        port.update(bytes, update.apply(old, x, y));
        if (out >= 0) {
          if (wide) {
            warp.longs[out + lane] = old;
          } else {
            warp.words[out + lane] = (int) old;
          }
        }
        warp.counters()
            .add(
                port.space() == AddressSpace.SHARED
                    ? Counter.ATOMICS_SHARED
                    : Counter.ATOMICS_GLOBAL,
                1);
      }
    }
  }

  private static Update update(Decoding d, String op, PtxType type) {
    Update update = update(op, type);
    if (update == null) {
      throw d.unsupported("." + op + " does not apply to ." + type);
    }
    return update;
  }

  /** What an operation does to elements of a type, or null if it does not apply to them. */
  static @Nullable Update update(String op, PtxType type) {
    return switch (op) {
      case "and" -> (old, b, c) -> old & b;
      case "or" -> (old, b, c) -> old | b;
      case "xor" -> (old, b, c) -> old ^ b;
      case "exch" -> (old, b, c) -> b;
      case "cas" -> {
        long low = type.bits() == 64 ? -1L : (1L << type.bits()) - 1;
        yield (old, b, c) -> (old & low) == (b & low) ? c : old;
      }
      case "inc" -> (old, b, c) -> Integer.compareUnsigned((int) old, (int) b) >= 0 ? 0 : old + 1;
      case "dec" ->
          (old, b, c) ->
              (int) old == 0 || Integer.compareUnsigned((int) old, (int) b) > 0 ? b : old - 1;
      case "add" -> add(type);
      case "min" -> extreme(type, false);
      default -> extreme(type, true);
    };
  }

  private static @Nullable Update add(PtxType type) {
    return switch (type) {
      case F32 ->
          (old, b, c) -> bits(Float.intBitsToFloat((int) old) + Float.intBitsToFloat((int) b));
      case F64 -> (old, b, c) -> FloatFamily.bits(FloatFamily.value(old) + FloatFamily.value(b));
      case F16 -> (old, b, c) -> half(FloatFormat.F16, old, b);
      case BF16 -> (old, b, c) -> half(FloatFormat.BF16, old, b);
      case F16X2 -> (old, b, c) -> halves(FloatFormat.F16, old, b);
      case BF16X2 -> (old, b, c) -> halves(FloatFormat.BF16, old, b);
      case S32, U32, S64, U64 -> (old, b, c) -> old + b;
      default -> null;
    };
  }

  private static long bits(float x) {
    return x != x ? FloatModifiers.NAN : Float.floatToRawIntBits(x);
  }

  private static long half(FloatFormat f, long a, long b) {
    double sum = f.decode((int) a & 0xffff) + f.decode((int) b & 0xffff);
    return f.encode(f.round(sum, Rounding.NEAREST_EVEN)) & 0xffffL;
  }

  private static long halves(FloatFormat f, long a, long b) {
    return half(f, a, b) | half(f, a >>> 16, b >>> 16) << 16;
  }

  private static @Nullable Update extreme(PtxType type, boolean max) {
    return switch (type) {
      case S32 -> (old, b, c) -> (int) old < (int) b != max ? old : b;
      case U32 -> (old, b, c) -> Integer.compareUnsigned((int) old, (int) b) < 0 != max ? old : b;
      case S64 -> (old, b, c) -> old < b != max ? old : b;
      case U64 -> (old, b, c) -> Long.compareUnsigned(old, b) < 0 != max ? old : b;
      case F16 -> (old, b, c) -> extreme(FloatFormat.F16, old, b, max);
      case BF16 -> (old, b, c) -> extreme(FloatFormat.BF16, old, b, max);
      case F16X2 ->
          (old, b, c) ->
              extreme(FloatFormat.F16, old, b, max)
                  | extreme(FloatFormat.F16, old >>> 16, b >>> 16, max) << 16;
      case BF16X2 ->
          (old, b, c) ->
              extreme(FloatFormat.BF16, old, b, max)
                  | extreme(FloatFormat.BF16, old >>> 16, b >>> 16, max) << 16;
      default -> null;
    };
  }

  private static long extreme(FloatFormat f, long a, long b, boolean max) {
    double x = f.decode((int) a & 0xffff);
    double y = f.decode((int) b & 0xffff);
    double r = x != x ? y : y != y ? x : max ? Math.max(x, y) : Math.min(x, y);
    return f.encode(r) & 0xffffL;
  }
}
