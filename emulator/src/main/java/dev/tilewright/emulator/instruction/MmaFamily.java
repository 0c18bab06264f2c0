package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.Warp;
import dev.tilewright.emulator.numeric.FloatFormat;
import dev.tilewright.emulator.ptx.Operand;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code mma.sync} (PTX ISA, "Matrix multiply-accumulate operation using mma instruction").
 *
 * <p>Numerical model: products are exact; the accumulator and the products are added in binary64 in
 * the order of k and the sum is rounded once, to nearest even, to the type of D. This is at least
 * as accurate as the hardware, which keeps fewer bits while it adds. f64 rounds after each fused
 * multiply-add, in the order of k, as DMMA does. Integers wrap, or saturate under {@code
 * .satfinite}, after the exact sum.
 */
final class MmaFamily {
  private static final Pattern SHAPE = Pattern.compile("m(\\d+)n(\\d+)k(\\d+)");

  private MmaFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("mma", MmaFamily::mma);
  }

  record Shape(int m, int n, int k) {}

  static Shape shape(Decoding d) {
    Matcher matcher = SHAPE.matcher(d.peek());
    if (!matcher.matches()) {
      throw d.unsupported("has no shape");
    }
    d.take(d.peek());
    return new Shape(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        Integer.parseInt(matcher.group(3)));
  }

  private static Decoded mma(Decoding d) {
    d.need("sync");
    d.need("aligned");
    Shape shape = shape(d);
    d.need("row");
    d.need("col");
    boolean saturate = d.take("satfinite");
    PtxType dType = d.type();
    PtxType aType = d.type();
    PtxType bType = d.type();
    PtxType cType = d.type();
    requireForm(d, shape, dType, aType, bType, cType, saturate);
    d.needOperands(4);
    int perRegister = aType == PtxType.F64 ? 1 : 32 / aType.bits();
    int unit = 4 * perRegister;
    int aRegisters = shape.m / 8 * (shape.k / unit);
    int bRegisters = shape.k / unit;
    int[] dBase = registers(d, 0, cRegisters(shape, dType), dType, true);
    int[] aBase = registers(d, 1, aRegisters, aType, false);
    int[] bBase = registers(d, 2, bRegisters, bType, false);
    int[] cBase = registers(d, 3, cRegisters(shape, cType), cType, false);
    Step step = new Step(shape, dType, aType, bType, cType, saturate, dBase, aBase, bBase, cBase);
    return new Decoded(Counter.MMA, new Action.Aligned(step));
  }

  private static int cRegisters(Shape shape, PtxType type) {
    int elements = shape.m * shape.n / 32;
    return type == PtxType.F16 ? elements / 2 : elements;
  }

  private static void requireForm(
      Decoding d,
      Shape s,
      PtxType dType,
      PtxType aType,
      PtxType bType,
      PtxType cType,
      boolean saturate) {
    boolean wideM = s.m == 16 && s.n == 8;
    boolean smallM = s.m == 8 && s.n == 8;
    boolean known =
        switch (aType) {
          case F16 ->
              wideM
                  && (s.k == 8 || s.k == 16)
                  && bType == aType
                  && (dType == PtxType.F16 || dType == PtxType.F32)
                  && (cType == PtxType.F16 || cType == PtxType.F32);
          case BF16 -> wideM && (s.k == 8 || s.k == 16) && bType == aType && singles(dType, cType);
          case TF32 -> wideM && (s.k == 4 || s.k == 8) && bType == aType && singles(dType, cType);
          case E4M3, E5M2 ->
              wideM
                  && (s.k == 16 || s.k == 32)
                  && (bType == PtxType.E4M3 || bType == PtxType.E5M2)
                  && (singles(dType, cType) || dType == PtxType.F16 && cType == PtxType.F16);
          case S8, U8 ->
              (wideM && (s.k == 16 || s.k == 32) || smallM && s.k == 16)
                  && (bType == PtxType.S8 || bType == PtxType.U8)
                  && integers(dType, cType);
          case S4, U4 ->
              (wideM && (s.k == 32 || s.k == 64) || smallM && s.k == 32)
                  && (bType == PtxType.S4 || bType == PtxType.U4)
                  && integers(dType, cType);
          case F64 ->
              (smallM && s.k == 4 || wideM && (s.k == 4 || s.k == 8 || s.k == 16))
                  && bType == aType
                  && dType == aType
                  && cType == aType;
          default -> false;
        };
    if (!known || saturate && dType != PtxType.S32) {
      throw d.unsupported("no such shape and types");
    }
  }

  private static boolean singles(PtxType d, PtxType c) {
    return d == PtxType.F32 && c == PtxType.F32;
  }

  private static boolean integers(PtxType d, PtxType c) {
    return d == PtxType.S32 && c == PtxType.S32;
  }

  static int[] registers(Decoding d, int operand, int count, PtxType type, boolean out) {
    List<Operand> elements = d.vector(operand, count);
    int[] bases = new int[count];
    boolean wide = type == PtxType.F64;
    for (int i = 0; i < count; i++) {
      Operand e = elements.get(i);
      if (out) {
        bases[i] = d.destination(e, wide ? Register.Kind.LONG : Register.Kind.WORD);
      } else {
        PtxType held = type == PtxType.F32 ? type : wide ? PtxType.F64 : PtxType.B32;
        bases[i] = wide ? d.wide(e, held) : d.word(e, held);
      }
    }
    return bases;
  }

  private record Step(
      Shape shape,
      PtxType dType,
      PtxType aType,
      PtxType bType,
      PtxType cType,
      boolean saturate,
      int[] d,
      int[] a,
      int[] b,
      int[] c)
      implements Action.Step {
    @Override
    public void run(Warp warp, int mask) {
      int m = shape.m;
      int n = shape.n;
      int k = shape.k;
      double[] x = warp.doubleScratch();
      int bAt = m * k;
      int cAt = bAt + k * n;
      gatherA(warp, x);
      gatherB(warp, x, bAt);
      gatherC(warp, x, cAt);
      if (aType == PtxType.F64) {
        fused(x, bAt, cAt);
      } else {
        multiply(x, bAt, cAt);
      }
      scatter(warp, x, cAt);
      warp.counters().add(Counter.FLOPS_MMA, 2L * m * n * k);
    }

    /** Row-major m x k. Register r of lane l covers row l/4 (+8) and 4 lanes' worth of k. */
    private void gatherA(Warp warp, double[] x) {
      int per = aType == PtxType.F64 ? 1 : 32 / aType.bits();
      int halves = shape.m / 8;
      for (int r = 0; r < a.length; r++) {
        int row0 = 8 * (r % halves);
        int k0 = 4 * per * (r / halves);
        for (int lane = 0; lane < 32; lane++) {
          int at = (row0 + lane / 4) * shape.k + k0 + per * (lane % 4);
          unpack(warp, a[r] + lane, aType, x, at, 1);
        }
      }
    }

    /** Row-major k x n, so that the inner loop runs along n. */
    private void gatherB(Warp warp, double[] x, int base) {
      int per = bType == PtxType.F64 ? 1 : 32 / bType.bits();
      for (int r = 0; r < b.length; r++) {
        for (int lane = 0; lane < 32; lane++) {
          int k = 4 * per * r + per * (lane % 4);
          unpack(warp, b[r] + lane, bType, x, base + k * shape.n + lane / 4, shape.n);
        }
      }
    }

    private void gatherC(Warp warp, double[] x, int base) {
      boolean packed = cType == PtxType.F16;
      int per = packed ? 2 : 1;
      for (int r = 0; r < c.length; r++) {
        for (int lane = 0; lane < 32; lane++) {
          int i = r * per;
          int at = base + (lane / 4 + 8 * (i / 2)) * shape.n + 2 * (lane % 4) + i % 2;
          switch (cType) {
            case F16 -> unpack(warp, c[r] + lane, PtxType.F16, x, at, 1);
            case F64 -> x[at] = Double.longBitsToDouble(warp.longs[c[r] + lane]);
            case S32 -> x[at] = warp.words[c[r] + lane];
            default -> x[at] = Float.intBitsToFloat(warp.words[c[r] + lane]);
          }
        }
      }
    }

    private static void unpack(Warp warp, int index, PtxType type, double[] x, int at, int stride) {
      if (type == PtxType.F64) {
        x[at] = Double.longBitsToDouble(warp.longs[index]);
        return;
      }
      int word = warp.words[index];
      switch (type) {
        case F16 -> {
          x[at] = Float.float16ToFloat((short) word);
          x[at + stride] = Float.float16ToFloat((short) (word >>> 16));
        }
        case BF16 -> {
          x[at] = Float.intBitsToFloat(word << 16);
          x[at + stride] = Float.intBitsToFloat(word & 0xffff0000);
        }
        // The hardware ignores the 13 low bits.
        case TF32 -> x[at] = Float.intBitsToFloat(word & 0xffffe000);
        case E4M3, E5M2 -> {
          FloatFormat f = type == PtxType.E4M3 ? FloatFormat.E4M3 : FloatFormat.E5M2;
          for (int e = 0; e < 4; e++) {
            x[at + e * stride] = f.decode(word >>> 8 * e & 0xff);
          }
        }
        case S8, U8 -> {
          for (int e = 0; e < 4; e++) {
            int v = word >>> 8 * e;
            x[at + e * stride] = type == PtxType.S8 ? (byte) v : v & 0xff;
          }
        }
        default -> {
          for (int e = 0; e < 8; e++) {
            int v = word << 28 - 4 * e;
            x[at + e * stride] = type == PtxType.S4 ? v >> 28 : v >>> 28;
          }
        }
      }
    }

    /** C += A B, n being 8. Integer sums are exact in binary64 too. */
    private void multiply(double[] x, int bAt, int cAt) {
      int depth = shape.k;
      for (int row = 0; row < shape.m; row++) {
        int at = cAt + 8 * row;
        double c0 = x[at];
        double c1 = x[at + 1];
        double c2 = x[at + 2];
        double c3 = x[at + 3];
        double c4 = x[at + 4];
        double c5 = x[at + 5];
        double c6 = x[at + 6];
        double c7 = x[at + 7];
        for (int k = 0; k < depth; k++) {
          double left = x[row * depth + k];
          int right = bAt + 8 * k;
          c0 += left * x[right];
          c1 += left * x[right + 1];
          c2 += left * x[right + 2];
          c3 += left * x[right + 3];
          c4 += left * x[right + 4];
          c5 += left * x[right + 5];
          c6 += left * x[right + 6];
          c7 += left * x[right + 7];
        }
        x[at] = c0;
        x[at + 1] = c1;
        x[at + 2] = c2;
        x[at + 3] = c3;
        x[at + 4] = c4;
        x[at + 5] = c5;
        x[at + 6] = c6;
        x[at + 7] = c7;
      }
    }

    private void fused(double[] x, int bAt, int cAt) {
      for (int row = 0; row < shape.m; row++) {
        for (int column = 0; column < shape.n; column++) {
          double sum = x[cAt + row * shape.n + column];
          for (int k = 0; k < shape.k; k++) {
            sum = Math.fma(x[row * shape.k + k], x[bAt + k * shape.n + column], sum);
          }
          x[cAt + row * shape.n + column] = sum;
        }
      }
    }

    private void scatter(Warp warp, double[] x, int base) {
      int per = dType == PtxType.F16 ? 2 : 1;
      for (int r = 0; r < d.length; r++) {
        if (d[r] < 0) {
          continue;
        }
        for (int lane = 0; lane < 32; lane++) {
          int i = r * per;
          int at = base + (lane / 4 + 8 * (i / 2)) * shape.n + 2 * (lane % 4) + i % 2;
          double v = x[at];
          switch (dType) {
            case F64 -> warp.longs[d[r] + lane] = Double.doubleToRawLongBits(v);
            case F16 ->
                warp.words[d[r] + lane] =
                    (int)
                        (MatrixElement.encode(v, dType, false)
                            | MatrixElement.encode(x[at + 1], dType, false) << 16);
            default -> warp.words[d[r] + lane] = (int) MatrixElement.encode(v, dType, saturate);
          }
        }
      }
    }
  }
}
