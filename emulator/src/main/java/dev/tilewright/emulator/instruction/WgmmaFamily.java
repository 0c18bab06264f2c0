package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.Wgmma;
import dev.tilewright.emulator.ptx.Operand;
import dev.tilewright.emulator.ptx.PtxType;
import dev.tilewright.emulator.wgmma.Accumulator;
import dev.tilewright.emulator.wgmma.ElementType;
import dev.tilewright.emulator.wgmma.Multiply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code wgmma} (PTX ISA, "Asynchronous Warpgroup Level Matrix Multiply-Accumulate Instructions").
 * Sparse forms are not supported.
 */
final class WgmmaFamily {
  private WgmmaFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("wgmma", WgmmaFamily::wgmma);
  }

  private static Decoded wgmma(Decoding d) {
    d.needTarget("sm_90a");
    String what = d.need("fence", "commit_group", "wait_group", "mma_async");
    if (d.take("sp")) {
      throw d.unsupported("sparse matrices");
    }
    d.need("sync");
    d.need("aligned");
    return switch (what) {
      case "fence" -> {
        d.needOperands(0);
        yield new Decoded(
            Counter.WGMMA, new Action.Aligned((warp, mask) -> warp.warpgroup().fence(warp)));
      }
      case "commit_group" -> {
        d.needOperands(0);
        yield new Decoded(
            Counter.WGMMA, new Action.Aligned((warp, mask) -> warp.warpgroup().commit(warp)));
      }
      case "wait_group" -> {
        d.needOperands(1);
        if (!(d.operand(0) instanceof Operand.IntegerConstant n) || n.value() < 0) {
          throw d.invalid("the number of groups is not a constant of at least 0");
        }
        yield new Decoded(Counter.WGMMA, Wgmma.await((int) Math.min(n.value(), Integer.MAX_VALUE)));
      }
      default -> mma(d);
    };
  }

  private static Decoded mma(Decoding d) {
    MmaFamily.Shape shape = MmaFamily.shape(d);
    boolean saturate = d.take("satfinite");
    PtxType dType = d.type();
    PtxType aType = d.type();
    PtxType bType = d.type();
    ElementType a = element(d, aType);
    ElementType b = element(d, bType);
    if (a == ElementType.B1) {
      d.need("and");
      d.need("popc");
    }
    Accumulator accumulator = accumulator(d, dType, a, saturate);
    requireForm(d, shape, accumulator, a, b);
    boolean fromRegisters = d.operand(1) instanceof Operand.Vector;
    boolean isFloat = accumulator == Accumulator.F32 || accumulator == Accumulator.F16;
    int scales = isFloat ? 2 : 0;
    int transposes = a.transposable() ? fromRegisters ? 1 : 2 : 0;
    d.needOperands(4 + scales + transposes);
    int scaleA = isFloat ? choice(d, 4, -1, 1) : 1;
    int scaleB = isFloat ? choice(d, 5, -1, 1) : 1;
    boolean transposeA = transposes == 2 && choice(d, 6, 0, 1) == 1;
    boolean transposeB = transposes > 0 && choice(d, 5 + transposes, 0, 1) == 1;
    if (d.operand(3) instanceof Operand.IntegerConstant) {
      choice(d, 3, 0, 1);
    }
    Multiply multiply =
        new Multiply(shape.n(), a, b, accumulator, scaleA, scaleB, transposeA, transposeB);
    List<Register> results =
        registers(d, 0, multiply.accumulatorRegisters(), accumulator == Accumulator.F32);
    results.forEach(d::writes);
    List<Register> fragments = fromRegisters ? registers(d, 1, 4, false) : List.of();
    fragments.forEach(d::reads);
    Wgmma wgmma =
        new Wgmma(
            multiply,
            results.stream().mapToInt(Register::base).toArray(),
            results.stream().mapToInt(Register::id).toArray(),
            fromRegisters ? -1 : d.wide(1, PtxType.B64),
            fragments.stream().mapToInt(Register::base).toArray(),
            fragments.stream().mapToInt(Register::id).toArray(),
            d.wide(2, PtxType.B64),
            d.predicate(3),
            d.inverted(3));
    return new Decoded(Counter.WGMMA, new Action.Aligned(wgmma));
  }

  private static ElementType element(Decoding d, PtxType type) {
    return switch (type) {
      case F16 -> ElementType.F16;
      case BF16 -> ElementType.BF16;
      case TF32 -> ElementType.TF32;
      case E4M3 -> ElementType.E4M3;
      case E5M2 -> ElementType.E5M2;
      case S8 -> ElementType.S8;
      case U8 -> ElementType.U8;
      case B1 -> ElementType.B1;
      default -> throw d.invalid("has no form for elements of type ." + type);
    };
  }

  private static Accumulator accumulator(
      Decoding d, PtxType type, ElementType a, boolean saturate) {
    boolean bytes = a == ElementType.S8 || a == ElementType.U8;
    boolean known =
        switch (a) {
          case F16, E4M3, E5M2 -> type == PtxType.F32 || type == PtxType.F16;
          case BF16, TF32 -> type == PtxType.F32;
          case S8, U8, B1 -> type == PtxType.S32;
        };
    if (!known || saturate && !bytes) {
      throw d.invalid(
          (saturate ? ".satfinite." : ".") + type + " cannot accumulate these elements");
    }
    return switch (type) {
      case F16 -> Accumulator.F16;
      case F32 -> Accumulator.F32;
      default -> saturate ? Accumulator.S32_SATFINITE : Accumulator.S32;
    };
  }

  private static void requireForm(
      Decoding d, MmaFamily.Shape shape, Accumulator accumulator, ElementType a, ElementType b) {
    boolean paired =
        switch (a) {
          case F16, BF16, TF32, B1 -> b == a;
          case E4M3, E5M2 -> b == ElementType.E4M3 || b == ElementType.E5M2;
          case S8, U8 -> b == ElementType.S8 || b == ElementType.U8;
        };
    if (!paired) {
      throw d.invalid("cannot multiply elements of these two types");
    }
    boolean integer = accumulator == Accumulator.S32 || accumulator == Accumulator.S32_SATFINITE;
    // Integer forms have n = 8, 24 and multiples of 16 only.
    boolean columns =
        shape.n() % (integer && shape.n() > 24 ? 16 : 8) == 0 && shape.n() >= 8 && shape.n() <= 256;
    if (shape.m() != 64 || shape.k() != a.depth() || !columns) {
      throw d.invalid(
          "no such shape for these types; m is 64, k is "
              + a.depth()
              + (integer ? ", n is 8, 24 or a multiple of 16" : ", n is a multiple of 8")
              + " up to 256");
    }
  }

  private static int choice(Decoding d, int operand, int low, int high) {
    if (d.operand(operand) instanceof Operand.IntegerConstant c
        && (c.value() == low || c.value() == high)) {
      return (int) c.value();
    }
    throw d.invalid("operand " + (operand + 1) + " must be " + low + " or " + high);
  }

  private static List<Register> registers(Decoding d, int operand, int count, boolean single) {
    List<Register> result = new ArrayList<>();
    Set<Integer> seen = new HashSet<>();
    for (Operand element : d.vector(operand, count)) {
      Register register = d.register(element);
      if (register == null || register.kind() != Register.Kind.WORD) {
        throw d.invalid("operand " + (operand + 1) + " must name 32-bit registers");
      }
      if (register.type() == PtxType.F32 && !single) {
        throw d.invalid(register.name() + " is an .f32 register; this fragment holds other bits");
      }
      if (register.type().bits() != 32) {
        throw d.invalid(register.name() + " is not a 32-bit register");
      }
      if (!seen.add(register.id())) {
        throw d.invalid("names " + register.name() + " twice");
      }
      result.add(register);
    }
    return result;
  }
}
