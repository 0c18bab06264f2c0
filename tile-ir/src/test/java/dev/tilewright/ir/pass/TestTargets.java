package dev.tilewright.ir.pass;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.Axis.WARP;
import static dev.tilewright.layout.Axis.dim;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.target.GroupMma;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.target.Throughput;
import dev.tilewright.ir.target.WarpSpecialization;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.analysis.BankModel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A machine like the ones we compile for, and poorer ones. */
final class TestTargets {
  private TestTargets() {}

  private static final BankModel BANKS =
      new BankModel(
          32,
          4,
          new TreeMap<>(
              Map.of(
                  4, BankModel.consecutive(32, 32),
                  8, BankModel.consecutive(32, 16),
                  16, BankModel.consecutive(32, 8))));

  /** 16×8 matrix instructions whose k is 32 bytes, matrix loads and asynchronous copies. */
  static final Target FULL = target("full", 166_912, Set.of(4, 8, 16), true);

  /** The same without asynchronous copies and matrix loads. */
  static final Target SYNCHRONOUS = target("synchronous", 65_536, Set.of(), false);

  /** {@link #FULL} with warp groups, which multiply 64 rows from shared memory. */
  static final Target GROUPS =
      withRoles(
          "groups",
          FULL.mmaInstructions(),
          List.of(group(DType.F16, true), group(DType.BF16, true)));

  private static Target withRoles(
      String name, List<MmaInstruction> instructions, List<GroupMma> products) {
    return new Target(
        name,
        32,
        232_448,
        255,
        1024,
        FULL.vectorBytes(),
        FULL.asyncCopyBytes(),
        true,
        BANKS,
        instructions,
        false,
        Optional.of(
            new WarpSpecialization(
                4,
                65_536,
                8,
                24,
                240,
                256,
                16,
                List.of(128, 64, 32),
                16,
                8,
                132,
                new Throughput(2, 128, 64, 16, 32, 128),
                products)));
  }

  private static GroupMma group(DType in, boolean otherMajor) {
    int p = 32 / in.bits();
    return new GroupMma(
        "wgmma.m64nNk%d.f32.%s.%s".formatted(8 * p, ptxName(in), ptxName(in)),
        64,
        8,
        256,
        8 * p,
        in,
        in,
        DType.F32,
        otherMajor,
        Layout.into(Space.tile(64, 8 * p))
            .digit(REGISTER, p, dim(1), 1)
            .digit(REGISTER, 2, dim(0), 8)
            .digit(REGISTER, 2, dim(1), 4 * p)
            .digit(LANE, 4, dim(1), p)
            .digit(LANE, 8, dim(0), 1)
            .digit(WARP, 4, dim(0), 16)
            .build(),
        Layout.into(Space.tile(64, 8))
            .digit(REGISTER, 2, dim(1), 1)
            .digit(REGISTER, 2, dim(0), 8)
            .digit(LANE, 4, dim(1), 2)
            .digit(LANE, 8, dim(0), 1)
            .digit(WARP, 4, dim(0), 16)
            .build());
  }

  static Target target(String name, int sharedBytes, Set<Integer> asyncBytes, boolean matrixLoads) {
    return new Target(
        name,
        32,
        sharedBytes,
        255,
        1024,
        List.of(1, 2, 4, 8, 16),
        asyncBytes,
        matrixLoads,
        BANKS,
        List.of(
            instruction(DType.F16, DType.F32),
            instruction(DType.BF16, DType.F32),
            instruction(DType.TF32, DType.F32),
            instruction(DType.I8, DType.I32),
            instruction(DType.F16, DType.F16)));
  }

  private static final Layout NO_LAYOUT = Layout.into(Space.of(dim(0), 1)).build();

  /** A machine whose warps take roles, and multiply matrices in groups of four. */
  static final Target ROLES =
      withRoles(
          "roles",
          List.of(),
          List.of(
              new GroupMma(
                  "wgmma.m64nNk16.f32.f16.f16",
                  64,
                  8,
                  256,
                  16,
                  DType.F16,
                  DType.F16,
                  DType.F32,
                  true,
                  NO_LAYOUT,
                  NO_LAYOUT)));

  private static MmaInstruction instruction(DType in, DType acc) {
    int p = 32 / in.bits();
    return new MmaInstruction(
        "mma.m16n8k%d.%s.%s.%s.%s"
            .formatted(8 * p, ptxName(acc), ptxName(in), ptxName(in), ptxName(acc)),
        16,
        8,
        8 * p,
        in,
        in,
        acc,
        Layout.into(Space.tile(16, 8 * p))
            .digit(REGISTER, p, dim(1), 1)
            .digit(REGISTER, 2, dim(0), 8)
            .digit(REGISTER, 2, dim(1), 4 * p)
            .digit(LANE, 4, dim(1), p)
            .digit(LANE, 8, dim(0), 1)
            .build(),
        Layout.into(Space.tile(8 * p, 8))
            .digit(REGISTER, p, dim(0), 1)
            .digit(REGISTER, 2, dim(0), 4 * p)
            .digit(LANE, 4, dim(0), p)
            .digit(LANE, 8, dim(1), 1)
            .build(),
        Layout.into(Space.tile(16, 8))
            .digit(REGISTER, 2, dim(1), 1)
            .digit(REGISTER, 2, dim(0), 8)
            .digit(LANE, 4, dim(1), 2)
            .digit(LANE, 8, dim(0), 1)
            .build());
  }

  private static String ptxName(DType type) {
    return type.name().startsWith("i") ? "s" + type.bits() : type.name();
  }
}
