package dev.tilewright.ir.pass;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.pass.Kernels.Gemm;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.analysis.Conversion;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said of a staged function's accesses, buffers and conversions. */
class TrafficTest {
  private record Stages(KernelFunction beforeLowering, KernelFunction staged) {}

  private static Stages stages(KernelFunction function, Target target) {
    List<KernelFunction> before = new ArrayList<>();
    KernelFunction[] last = {function};
    KernelFunction staged =
        Pipeline.run(
            function,
            new PassContext(target, Schedule.AUTOMATIC, new CompileReport()),
            (pass, result) -> {
              if (pass.equals("LowerConversions")) {
                before.add(last[0]);
              }
              last[0] = result;
            });
    return new Stages(before.getFirst(), staged);
  }

  private static Stages gemm(Target target) {
    return stages(
        Gemm.of(DType.F16, DType.F32, DType.F16, 64, 64, 32).facts(16, 16).build(), target);
  }

  /** A block copies 64×32 elements of 2 bytes: 128 sectors, 16 bytes a thread. */
  @Test
  void copiesAreFullSectors() {
    Stages stages = gemm(TestTargets.FULL);
    List<GlobalTraffic> copies =
        GlobalTraffic.of(stages.staged(), TestTargets.FULL).stream()
            .filter(traffic -> traffic.op() instanceof Op.CopyAsync)
            .toList();
    assertFalse(copies.isEmpty());
    for (GlobalTraffic copy : copies) {
      assertAll(
          () -> assertEquals(16, copy.vectorBytes()),
          () -> assertEquals(8, copy.sectors().requests()),
          () -> assertEquals(128, copy.sectors().sectors()),
          () -> assertEquals(128, copy.sectors().ideal()));
    }
  }

  /** Every access is listed, on both machines. */
  @Test
  void allAccessesAreListed() {
    for (Target target : List.of(TestTargets.FULL, TestTargets.SYNCHRONOUS)) {
      KernelFunction staged = gemm(target).staged();
      long global =
          Traversal.ops(staged)
              .filter(
                  op ->
                      op instanceof Op.Load || op instanceof Op.Store || op instanceof Op.CopyAsync)
              .count();
      long shared =
          Traversal.ops(staged)
              .filter(
                  op ->
                      op instanceof Op.SharedLoad
                          || op instanceof Op.SharedStore
                          || op instanceof Op.CopyAsync)
              .count();
      assertEquals(global, GlobalTraffic.of(staged, target).size());
      assertEquals(shared, SharedTraffic.of(staged, target).size());
    }
  }

  /**
   * Rows of 64 bytes unswizzled: two rows fill the banks, so the 8 rows of a matrix meet 4 by 4 in
   * the same ones.
   */
  @Test
  void theSwizzleRemovesTheConflictsOfMatrixLoads() {
    List<SharedTraffic> matrices =
        SharedTraffic.of(gemm(TestTargets.FULL).staged(), TestTargets.FULL).stream()
            .filter(traffic -> traffic.instruction().equals("ldmatrix"))
            .toList();
    assertFalse(matrices.isEmpty());
    for (SharedTraffic traffic : matrices) {
      assertEquals(0, traffic.placed().conflicts());
      assertEquals(4 * traffic.placed().wavefronts(), traffic.plain().orElseThrow().wavefronts());
    }
  }

  @Test
  void buffersLieWithinTheLaunch() {
    KernelFunction staged = gemm(TestTargets.FULL).staged();
    List<SharedRange> ranges = SharedRange.of(staged);
    long end = ranges.stream().mapToLong(range -> range.offset() + range.bytes()).max().orElse(0);
    assertEquals(staged.launch().orElseThrow().sharedBytes(), end);
    assertTrue(ranges.stream().allMatch(range -> range.shares(range)));
  }

  /** The accumulator's fragments become rows: warps must exchange elements or lanes must. */
  @Test
  void conversionsHaveAPlanAndACost() {
    Stages stages = gemm(TestTargets.FULL);
    List<ConversionCost> costs = ConversionCost.of(stages.beforeLowering(), TestTargets.FULL);
    long left = Traversal.ops(stages.staged()).filter(Op.ConvertLayout.class::isInstance).count();
    assertFalse(costs.isEmpty());
    assertEquals(left, costs.stream().filter(ConversionCost::staysWithinWarps).count());
    for (ConversionCost cost : costs) {
      Conversion plan = ((Result.Ok<Conversion>) cost.plan()).value();
      boolean free = plan instanceof Conversion.Nothing || plan instanceof Conversion.Renaming;
      assertEquals(!free, plan.cost() > 0);
    }
  }
}
