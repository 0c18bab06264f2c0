package dev.tilewright.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.ir.target.GroupMma;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The fragments against the formulas of the PTX ISA, element by element. */
class NvidiaTargetsTest {

  /** Where one element of a fragment lies, as the PTX ISA writes it. */
  private interface Place {
    int of(int lane, int element);
  }

  private record Formulas(Place aRow, Place aK, Place bK) {}

  private static final Formulas BITS_16 =
      new Formulas(
          (l, e) -> l / 4 + 8 * ((e / 2) % 2),
          (l, e) -> 2 * (l % 4) + e % 2 + 8 * (e / 4),
          (l, e) -> 2 * (l % 4) + e % 2 + 8 * (e / 2));
  private static final Formulas BITS_8 =
      new Formulas(
          (l, e) -> l / 4 + 8 * ((e / 4) % 2),
          (l, e) -> 4 * (l % 4) + e % 4 + 16 * (e / 8),
          (l, e) -> 4 * (l % 4) + e % 4 + 16 * (e / 4));
  private static final Formulas TF32 =
      new Formulas(
          (l, e) -> l / 4 + 8 * (e % 2), (l, e) -> l % 4 + 4 * (e / 2), (l, e) -> l % 4 + 4 * e);

  static List<MmaInstruction> instructions() {
    return NvidiaTargets.SM_90A.mmaInstructions();
  }

  @ParameterizedTest
  @MethodSource("instructions")
  void fragmentsFollowTheIsa(MmaInstruction mma) {
    Formulas formulas =
        switch (mma.a().bits()) {
          case 8 -> BITS_8;
          case 16 -> BITS_16;
          case 32 -> TF32;
          default -> throw new AssertionError(mma);
        };
    int perRegister = 32 / mma.a().bits();
    check(mma.aLayout(), 4 * perRegister, formulas.aRow(), formulas.aK());
    check(mma.bLayout(), 2 * perRegister, formulas.bK(), (l, e) -> l / 4);
    check(mma.cLayout(), 4, (l, e) -> l / 4 + 8 * (e / 2), (l, e) -> 2 * (l % 4) + e % 2);
    assertEquals(256, mma.k() * mma.a().bits());
  }

  private static void check(Layout fragment, int elements, Place row, Place column) {
    check(fragment, 1, elements, row, column);
  }

  /** The rows of warp w follow those of warp w - 1. */
  private static void check(Layout fragment, int warps, int elements, Place row, Place column) {
    assertEquals(elements, fragment.domain().extent(Axis.REGISTER));
    assertEquals(32, fragment.domain().extent(Axis.LANE));
    assertEquals(warps > 1, fragment.domain().axes().contains(Axis.WARP));
    for (int warp = 0; warp < warps; warp++) {
      for (int lane = 0; lane < 32; lane++) {
        for (int e = 0; e < elements; e++) {
          Map<Axis, Long> at = new HashMap<>();
          at.put(Axis.REGISTER, (long) e);
          at.put(Axis.LANE, (long) lane);
          if (warps > 1) {
            at.put(Axis.WARP, (long) warp);
          }
          assertEquals(16 * warp + row.of(lane, e), fragment.apply(Axis.dim(0), at));
          assertEquals(column.of(lane, e), fragment.apply(Axis.dim(1), at));
        }
      }
    }
  }

  static List<GroupMma> groupFamilies() {
    return NvidiaTargets.SM_90A.warpSpecialization().orElseThrow().products();
  }

  @ParameterizedTest
  @MethodSource("groupFamilies")
  void groupFragmentsFollowTheIsa(GroupMma family) {
    Formulas formulas =
        switch (family.a().bits()) {
          case 8 -> BITS_8;
          case 16 -> BITS_16;
          case 32 -> TF32;
          default -> throw new AssertionError(family);
        };
    check(family.aLayout(), 4, 128 / family.a().bits(), formulas.aRow(), formulas.aK());
    check(
        family.accumulatorLayout(),
        4,
        family.nStep() / 2,
        (l, e) -> l / 4 + 8 * (e / 2 % 2),
        (l, e) -> 8 * (e / 4) + 2 * (l % 4) + e % 2);
    assertEquals(256, family.k() * family.a().bits());
  }

  @Test
  void namesAreThoseOfTheContract() {
    assertEquals(
        List.of(
            "mma.m16n8k16.f32.f16.f16.f32",
            "mma.m16n8k16.f32.bf16.bf16.f32",
            "mma.m16n8k8.f32.tf32.tf32.f32",
            "mma.m16n8k32.s32.s8.s8.s32",
            "mma.m16n8k32.s32.s8.u8.s32",
            "mma.m16n8k32.s32.u8.s8.s32",
            "mma.m16n8k32.s32.u8.u8.s32",
            "mma.m16n8k16.f16.f16.f16.f16",
            "mma.m16n8k32.f32.e4m3.e4m3.f32",
            "mma.m16n8k32.f32.e4m3.e5m2.f32",
            "mma.m16n8k32.f32.e5m2.e4m3.f32",
            "mma.m16n8k32.f32.e5m2.e5m2.f32"),
        instructions().stream().map(MmaInstruction::name).toList());
    assertEquals(
        List.of(
            "wgmma.m64nNk16.f32.f16.f16",
            "wgmma.m64nNk16.f32.bf16.bf16",
            "wgmma.m64nNk8.f32.tf32.tf32",
            "wgmma.m64nNk32.f32.e4m3.e4m3",
            "wgmma.m64nNk32.f32.e4m3.e5m2",
            "wgmma.m64nNk32.f32.e5m2.e4m3",
            "wgmma.m64nNk32.f32.e5m2.e5m2",
            "wgmma.m64nNk32.s32.s8.s8",
            "wgmma.m64nNk32.s32.s8.u8",
            "wgmma.m64nNk32.s32.u8.s8",
            "wgmma.m64nNk32.s32.u8.u8",
            "wgmma.m64nNk16.f16.f16.f16"),
        groupFamilies().stream().map(GroupMma::name).toList());
  }

  @Test
  void productsOfByteFloatsCameWithAda() {
    assertEquals(8, NvidiaTargets.SM_86.mmaInstructions().size());
    assertEquals(12, NvidiaTargets.SM_89.mmaInstructions().size());
  }

  @Test
  void banksServeNarrowAccessesAtOnceAndWideOnesInParts() {
    for (Target target : NvidiaTargets.ALL) {
      assertEquals(1, target.sharedBanks().phasesOf(2).size());
      assertEquals(1, target.sharedBanks().phasesOf(4).size());
      assertEquals(2, target.sharedBanks().phasesOf(8).size());
      assertEquals(4, target.sharedBanks().phasesOf(16).size());
      assertTrue(target.sharedBanks().phasesOf(16).get(1).containsAll(List.of(8, 15)));
    }
  }
}
