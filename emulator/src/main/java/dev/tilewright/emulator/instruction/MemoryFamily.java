package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.counters.Counters;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.AddressSpace;
import dev.tilewright.emulator.machine.Bytes;
import dev.tilewright.emulator.machine.MemoryPort;
import dev.tilewright.emulator.machine.Warp;
import dev.tilewright.emulator.ptx.Operand;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Loads, stores and prefetches. Cache hints are accepted and have no effect. */
final class MemoryFamily {
  private static final String[] SPACES = {
    "global",
    "shared",
    "shared::cta",
    "shared::cluster",
    "local",
    "const",
    "param",
    "param::entry",
    "param::func"
  };

  private MemoryFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("ld", d -> load(d));
    families.put("ldu", d -> load(d));
    families.put("st", MemoryFamily::store);
    families.put("prefetch", MemoryFamily::hint);
    families.put("prefetchu", MemoryFamily::hint);
    families.put("applypriority", MemoryFamily::hint);
    families.put("discard", MemoryFamily::hint);
  }

  static AddressSpace space(Decoding d) {
    String name = d.takeAny(SPACES);
    return name == null ? AddressSpace.GENERIC : MoveFamily.space(name);
  }

  /** Takes the memory semantics; true for accesses that may race with each other. */
  static boolean strong(Decoding d) {
    return isStrong(semantics(d));
  }

  private static @Nullable String semantics(Decoding d) {
    String semantics = d.takeAny("volatile", "relaxed", "acquire", "release", "weak", "mmio");
    d.takeAny("cta", "cluster", "gpu", "sys");
    return semantics;
  }

  private static boolean isStrong(@Nullable String semantics) {
    return semantics != null && !semantics.equals("weak");
  }

  static void dropCacheHints(Decoding d) {
    d.takeAny("ca", "cg", "cs", "lu", "cv", "wb", "wt", "nc");
    d.take("unified");
    d.dropHints("L1::", "L2::");
  }

  private static int vector(Decoding d) {
    String v = d.takeAny("v2", "v4", "v8");
    return v == null ? 1 : v.charAt(1) - '0';
  }

  /**
   * A register of a vector access.
   *
   * @param mask the bits that a word register has
   */
  record Element(int base, boolean wide, boolean quad, int mask) {}

  private static Decoded load(Decoding d) {
    boolean strong = strong(d);
    AddressSpace space = space(d);
    dropCacheHints(d);
    int width = vector(d);
    PtxType type = d.type();
    List<Operand> targets = d.vector(0, width);
    Element[] elements = new Element[width];
    for (int i = 0; i < width; i++) {
      elements[i] = element(d, targets.get(i), type, true);
    }
    AddressOperand address = d.address(1, space);
    return new Decoded(loadClass(address.space()), new Load(address, type, elements, strong));
  }

  private static Element element(Decoding d, Operand operand, PtxType type, boolean out) {
    if (out && Decoding.isSink(operand)) {
      return new Element(-1, false, false, 0);
    }
    Register register = d.register(operand);
    if (register == null) {
      if (out) {
        throw d.invalid("destination is not a register: " + operand);
      }
      boolean wide = type.bits() == 64;
      return new Element(wide ? d.wide(operand, type) : d.word(operand, type), wide, false, -1);
    }
    boolean fits =
        switch (register.kind()) {
          case PREDICATE -> false;
          case WORD -> type.bits() <= 32;
          case LONG -> type.bits() <= 64;
          case QUAD -> type.bits() == 128;
        };
    if (!fits) {
      throw d.invalid(register.name() + " cannot hold ." + type);
    }
    if (out) {
      d.writes(register);
    } else {
      d.reads(register);
    }
    return new Element(
        register.base(),
        register.kind() != Register.Kind.WORD,
        register.kind() == Register.Kind.QUAD,
        register.type().bits() < Integer.SIZE ? (1 << register.type().bits()) - 1 : -1);
  }

  private static Counter loadClass(AddressSpace space) {
    return switch (space) {
      case GLOBAL -> Counter.GLOBAL_LOAD;
      case SHARED, CLUSTER -> Counter.SHARED_LOAD;
      case LOCAL -> Counter.LOCAL_LOAD;
      case CONSTANT -> Counter.CONSTANT_LOAD;
      case PARAMETER -> Counter.PARAMETER_ACCESS;
      case GENERIC -> Counter.GENERIC_LOAD;
    };
  }

  private static Counter storeClass(AddressSpace space) {
    return switch (space) {
      case GLOBAL -> Counter.GLOBAL_STORE;
      case SHARED, CLUSTER -> Counter.SHARED_STORE;
      case LOCAL -> Counter.LOCAL_STORE;
      case CONSTANT, PARAMETER -> Counter.PARAMETER_ACCESS;
      case GENERIC -> Counter.GENERIC_STORE;
    };
  }

  private record Load(AddressOperand address, PtxType type, Element[] elements, boolean strong)
      implements Action.Step {
    @Override
    public void run(Warp warp, int mask) {
      long[] at = warp.addressScratch();
      address.fill(warp, mask, at);
      MemoryPort port = warp.memory();
      int size = type.bytes();
      int bytes = size * elements.length;
      boolean signed = type.isSigned();
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        port.read(lane, address.space(), at[lane], bytes, strong);
        byte[] data = port.data();
        int offset = port.offset();
        for (Element e : elements) {
          if (e.base < 0) {
            offset += size;
            continue;
          }
          if (e.quad) {
            warp.longs[e.base + lane] = Bytes.getLong(data, offset);
            warp.longs[e.base + 32 + lane] = Bytes.getLong(data, offset + 8);
          } else {
            long value = Bytes.get(data, offset, size);
            if (signed && size < 8) {
              value = ConvertFamily.extend(value, type);
            }
            if (e.wide) {
              warp.longs[e.base + lane] = value;
            } else {
              warp.words[e.base + lane] = (int) value & e.mask;
            }
          }
          offset += size;
        }
      }
      count(warp, address.space(), at, mask, bytes, false);
    }
  }

  static void count(Warp warp, AddressSpace space, long[] at, int mask, int bytes, boolean store) {
    int total = bytes * Integer.bitCount(mask);
    switch (space) {
      case GLOBAL -> warp.countGlobal(at, mask, bytes, total, store);
      case SHARED, CLUSTER -> warp.countShared(at, mask, bytes, store);
      case LOCAL -> warp.counters().add(Counter.BYTES_LOCAL, total);
      case CONSTANT, PARAMETER -> {}
      case GENERIC -> {
        Counters counters = warp.counters();
        int global = 0;
        int shared = 0;
        for (int m = mask; m != 0; m &= m - 1) {
          int lane = Integer.numberOfTrailingZeros(m);
          switch (AddressSpace.of(at[lane])) {
            case GLOBAL -> global |= 1 << lane;
            case SHARED -> shared |= 1 << lane;
            case LOCAL -> counters.add(Counter.BYTES_LOCAL, bytes);
            default -> {}
          }
        }
        if (global != 0) {
          warp.countGlobal(at, global, bytes, bytes * Integer.bitCount(global), store);
        }
        if (shared != 0) {
          // Windows are aligned far beyond the banks.
          warp.countShared(at, shared, bytes, store);
        }
      }
    }
  }

  private static Decoded store(Decoding d) {
    String semantics = semantics(d);
    boolean async = d.take("async");
    if (async) {
      throw d.unsupported("asynchronous stores");
    }
    AddressSpace space = space(d);
    dropCacheHints(d);
    int width = vector(d);
    PtxType type = d.type();
    AddressOperand address = d.address(0, space);
    List<Operand> sources = d.vector(1, width);
    Element[] elements = new Element[width];
    for (int i = 0; i < width; i++) {
      elements[i] = element(d, sources.get(i), type, false);
    }
    return new Decoded(
        storeClass(address.space()),
        new Store(
            address, type.bytes(), elements, isStrong(semantics), "release".equals(semantics)));
  }

  /**
   * @param releases whether a fence is part of it (PTX ISA, "Release and Acquire Patterns")
   */
  private record Store(
      AddressOperand address, int size, Element[] elements, boolean strong, boolean releases)
      implements Action.Step {
    @Override
    public void run(Warp warp, int mask) {
      if (releases) {
        warp.fence();
      }
      long[] at = warp.addressScratch();
      address.fill(warp, mask, at);
      MemoryPort port = warp.memory();
      int bytes = size * elements.length;
      byte[] value = warp.byteScratch();
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        int offset = 0;
        for (Element e : elements) {
          if (e.quad) {
            Bytes.putLong(value, offset, warp.longs[e.base + lane]);
            Bytes.putLong(value, offset + 8, warp.longs[e.base + 32 + lane]);
          } else {
            Bytes.put(
                value,
                offset,
                size,
                e.wide ? warp.longs[e.base + lane] : warp.words[e.base + lane]);
          }
          offset += size;
        }
        port.write(lane, address.space(), at[lane], value, bytes, strong);
      }
      count(warp, address.space(), at, mask, bytes, true);
    }
  }

  private static Decoded hint(Decoding d) {
    d.takeAny("global", "local", "const", "param", "shared");
    d.takeAny("L1", "L2", "tensormap");
    d.dropHints("L1", "L2");
    if (d.operand(0) instanceof Operand.Address) {
      d.address(0, AddressSpace.GENERIC);
    }
    return Decoded.of(Counter.OTHER, (warp, mask) -> {});
  }
}
