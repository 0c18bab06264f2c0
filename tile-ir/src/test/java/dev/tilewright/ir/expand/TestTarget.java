package dev.tilewright.ir.expand;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.Axis.dim;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.analysis.BankModel;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A machine like sm_80. */
final class TestTarget {
  static final Target TARGET =
      new Target(
          "sm_80",
          32,
          166_912,
          255,
          1024,
          List.of(1, 2, 4, 8, 16),
          Set.of(4, 8, 16),
          true,
          new BankModel(
              32,
              4,
              new TreeMap<>(
                  Map.of(
                      4, BankModel.consecutive(32, 32),
                      8, BankModel.consecutive(32, 16),
                      16, BankModel.consecutive(32, 8)))),
          List.of(
              instruction("mma.m16n8k16.f32.f16.f16.f32", 16, DType.F16, DType.F16, DType.F32),
              instruction("mma.m16n8k16.f32.bf16.bf16.f32", 16, DType.BF16, DType.BF16, DType.F32),
              instruction("mma.m16n8k16.f16.f16.f16.f16", 16, DType.F16, DType.F16, DType.F16),
              instruction("mma.m16n8k8.f32.tf32.tf32.f32", 8, DType.TF32, DType.TF32, DType.F32),
              instruction("mma.m16n8k32.s32.s8.s8.s32", 32, DType.I8, DType.I8, DType.I32),
              instruction("mma.m16n8k32.s32.u8.s8.s32", 32, DType.U8, DType.I8, DType.I32),
              instruction("mma.m16n8k32.s32.s8.u8.s32", 32, DType.I8, DType.U8, DType.I32)));

  private TestTarget() {}

  static MmaInstruction mma(DType a, DType accumulator) {
    return TARGET.mmaInstructions().stream()
        .filter(i -> i.a().equals(a) && i.accumulator().equals(accumulator))
        .findFirst()
        .orElseThrow();
  }

  private static MmaInstruction instruction(
      String name, int k, DType a, DType b, DType accumulator) {
    int word = 32 / a.bits();
    Layout left =
        Layout.into(Space.tile(16, k))
            .digit(REGISTER, word, dim(1), 1)
            .digit(REGISTER, 2, dim(0), 8)
            .digit(REGISTER, 2, dim(1), 4 * word)
            .digit(LANE, 4, dim(1), word)
            .digit(LANE, 8, dim(0), 1)
            .build();
    Layout right =
        Layout.into(Space.tile(k, 8))
            .digit(REGISTER, word, dim(0), 1)
            .digit(REGISTER, 2, dim(0), 4 * word)
            .digit(LANE, 4, dim(0), word)
            .digit(LANE, 8, dim(1), 1)
            .build();
    Layout result =
        Layout.into(Space.tile(16, 8))
            .digit(REGISTER, 2, dim(1), 1)
            .digit(REGISTER, 2, dim(0), 8)
            .digit(LANE, 4, dim(1), 2)
            .digit(LANE, 8, dim(0), 1)
            .build();
    return new MmaInstruction(name, 16, 8, k, a, b, accumulator, left, right, result);
  }
}
