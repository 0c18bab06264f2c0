package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.AddressSpace;
import dev.tilewright.emulator.machine.Bytes;
import dev.tilewright.emulator.machine.MemoryPort;
import dev.tilewright.emulator.machine.Warp;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;

/**
 * {@code wmma} (PTX ISA, "Warp-level Matrix Instructions using wmma"). The ISA leaves the place of
 * an element in a fragment open: here lane l holds the elements from l times the elements per lane
 * on, row-major; registers beyond that repeat them. Numbers as in {@link MmaFamily}. Memory is
 * accessed, and counted, one element per lane at a time.
 */
final class WmmaFamily {
  private WmmaFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("wmma", WmmaFamily::wmma);
  }

  private static Decoded wmma(Decoding d) {
    return switch (d.need("load", "store", "mma")) {
      case "load" -> move(d, false);
      case "store" -> move(d, true);
      default -> multiply(d);
    };
  }

  /** One operand: its extent, its element type and the registers that hold it. */
  private record Fragment(int rows, int columns, PtxType type, int[] registers) {
    int perLane() {
      return rows * columns / 32;
    }

    private int perRegister() {
      return type == PtxType.F64 ? 1 : 32 / type.bits();
    }

    long get(Warp warp, int lane, int element) {
      if (type == PtxType.F64) {
        return warp.longs[registers[element] + lane];
      }
      int per = perRegister();
      return (long) warp.words[registers[element / per] + lane] >>> type.bits() * (element % per);
    }

    void put(Warp warp, int lane, int element, long bits) {
      if (type == PtxType.F64) {
        warp.longs[registers[element] + lane] = bits;
        return;
      }
      int per = perRegister();
      int at = registers[element / per] + lane;
      if (per == 1) {
        warp.words[at] = (int) bits;
        return;
      }
      int shift = type.bits() * (element % per);
      int field = ((1 << type.bits()) - 1) << shift;
      warp.words[at] = warp.words[at] & ~field | (int) bits << shift & field;
    }

    int held() {
      return registers.length * perRegister();
    }

    void gather(Warp warp, double[] x, int base) {
      for (int lane = 0; lane < 32; lane++) {
        for (int e = 0; e < perLane(); e++) {
          x[base + lane * perLane() + e] = MatrixElement.decode(get(warp, lane, e), type);
        }
      }
    }
  }

  private static Fragment fragment(
      Decoding d, int operand, int rows, int columns, PtxType type, boolean out) {
    int count = d.elements(operand).size();
    Fragment f =
        new Fragment(rows, columns, type, MmaFamily.registers(d, operand, count, type, out));
    int held = f.held();
    if (held < f.perLane() || held % f.perLane() != 0) {
      throw d.invalid("operand " + (operand + 1) + " has " + count + " registers");
    }
    return f;
  }

  private static PtxType memoryType(Decoding d) {
    PtxType type = d.type();
    return switch (type) {
      case F16, BF16, TF32, F32, F64, S8, U8, S32 -> type;
      default -> throw d.unsupported("type ." + type);
    };
  }

  private static Decoded move(Decoding d, boolean store) {
    String which = store ? d.need("d") : d.need("a", "b", "c");
    d.need("sync");
    d.need("aligned");
    boolean rowMajor = d.need("row", "col").equals("row");
    MmaFamily.Shape shape = MmaFamily.shape(d);
    AddressSpace space = MemoryFamily.space(d);
    PtxType type = memoryType(d);
    int rows = which.equals("b") ? shape.k() : shape.m();
    int columns = which.equals("a") ? shape.k() : shape.n();
    d.needOperands(2, 3);
    AddressOperand address = d.address(store ? 0 : 1, space);
    Fragment f = fragment(d, store ? 1 : 0, rows, columns, type, !store);
    int stride =
        d.count() == 3 ? d.word(2, PtxType.U32) : d.registers().constant(rowMajor ? columns : rows);
    Counter counter =
        space == AddressSpace.SHARED
            ? Counter.SHARED_MATRIX
            : store ? Counter.GLOBAL_STORE : Counter.GLOBAL_LOAD;
    return new Decoded(counter, new Action.Aligned(new Move(address, f, stride, rowMajor, store)));
  }

  private record Move(
      AddressOperand address, Fragment fragment, int stride, boolean rowMajor, boolean store)
      implements Action.Step {
    @Override
    public void run(Warp warp, int mask) {
      int bytes = fragment.type.bytes();
      long[] at = warp.addressScratch();
      byte[] value = warp.byteScratch();
      MemoryPort port = warp.memory();
      int per = fragment.perLane();
      for (int e = 0; e < per; e++) {
        for (int m = mask; m != 0; m &= m - 1) {
          int lane = Integer.numberOfTrailingZeros(m);
          int index = lane * per + e;
          int row = index / fragment.columns;
          int column = index % fragment.columns;
          long leading = warp.words[stride + lane] & 0xffffffffL;
          long element = rowMajor ? row * leading + column : column * leading + row;
          at[lane] = address.at(warp, lane) + element * bytes;
          if (store) {
            Bytes.put(value, 0, bytes, fragment.get(warp, lane, e));
            port.write(lane, address.space(), at[lane], value, bytes, false);
          } else {
            port.read(lane, address.space(), at[lane], bytes, false);
            long bits = Bytes.get(port.data(), port.offset(), bytes);
            for (int copy = e; copy < fragment.held(); copy += per) {
              fragment.put(warp, lane, copy, bits);
            }
          }
        }
        MemoryFamily.count(warp, address.space(), at, mask, bytes, store);
      }
    }
  }

  private static Decoded multiply(Decoding d) {
    d.need("sync");
    d.need("aligned");
    d.need("row", "col");
    d.takeAny("row", "col");
    MmaFamily.Shape s = MmaFamily.shape(d);
    boolean saturate = d.take("satfinite");
    d.take("rn");
    PtxType dType = memoryType(d);
    PtxType second = memoryType(d);
    // The f16 form names the types of D and C only.
    boolean four = d.hasType();
    PtxType aType = four ? second : PtxType.F16;
    PtxType bType = four ? memoryType(d) : PtxType.F16;
    PtxType cType = four ? memoryType(d) : second;
    d.needOperands(4);
    Fragment out = fragment(d, 0, s.m(), s.n(), dType, true);
    Fragment a = fragment(d, 1, s.m(), s.k(), aType, false);
    Fragment b = fragment(d, 2, s.k(), s.n(), bType, false);
    Fragment c = fragment(d, 3, s.m(), s.n(), cType, false);
    return new Decoded(Counter.MMA, new Action.Aligned(new Multiply(s, out, a, b, c, saturate)));
  }

  private record Multiply(
      MmaFamily.Shape shape, Fragment d, Fragment a, Fragment b, Fragment c, boolean saturate)
      implements Action.Step {
    @Override
    public void run(Warp warp, int mask) {
      double[] x = warp.doubleScratch();
      int m = shape.m();
      int n = shape.n();
      int k = shape.k();
      int bAt = m * k;
      int cAt = bAt + k * n;
      a.gather(warp, x, 0);
      b.gather(warp, x, bAt);
      c.gather(warp, x, cAt);
      boolean fused = a.type == PtxType.F64;
      for (int row = 0; row < m; row++) {
        for (int column = 0; column < n; column++) {
          double sum = x[cAt + row * n + column];
          for (int i = 0; i < k; i++) {
            double left = x[row * k + i];
            double right = x[bAt + i * n + column];
            sum = fused ? Math.fma(left, right, sum) : sum + left * right;
          }
          int index = row * n + column;
          d.put(
              warp,
              index / d.perLane(),
              index % d.perLane(),
              MatrixElement.encode(sum, d.type, saturate));
        }
      }
      warp.counters().add(Counter.FLOPS_MMA, 2L * m * n * k);
    }
  }
}
