package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.runtime.Device;
import dev.tilewright.samples.gemm.GemmCase;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.gemm.GemmRun;
import dev.tilewright.samples.gemm.GemmVerdict;
import dev.tilewright.samples.kernels.Matmul;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * One sequential matrix product, compiled for warp groups under random schedules: cooperative and
 * ping-pong consumers, clusters, persistent blocks. Whatever the schedule, every element is within
 * its bound, the sanitizer finds nothing and no access has a bank conflict.
 */
class RolesEndToEndTest {
  @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
  void everyScheduleIsCorrect(@ForAll("cases") GemmCase each) {
    GemmProblem problem = each.problem();
    try (Device device = Device.open("emulator:sm_90a");
        KernelLauncher launcher = new KernelLauncher(device, each.schedule())) {
      GemmRun run = GemmRun.of(device, launcher, each.kernel(), problem);
      GemmVerdict verdict = GemmVerdict.of(run.product(), problem.reference(), problem.bound());
      assertTrue(verdict.correct(), () -> each + ": " + verdict);
      if (run.report().counters().getOrDefault("inst.wgmma", 0L) > 0) {
        assertEquals(0, run.report().counters().get("conflicts.shared"), each::toString);
      }
    }
  }

  @Provide
  Arbitrary<GemmCase> cases() {
    return Arbitraries.of(DType.F16, DType.BF16, DType.TF32, DType.I8)
        .flatMap(in -> Arbitraries.longs().map(seed -> GemmCase.withRoles(in, seed)).dontShrink());
  }

  @Property(tries = 12, edgeCases = EdgeCasesMode.NONE)
  void alignedProblemsAreMultipliedByWarpGroups(@ForAll("cases") GemmCase drawn) {
    Matmul kernel =
        new Matmul(drawn.kernel().in(), drawn.kernel().out(), 64, 64, drawn.kernel().bk());
    Schedule schedule =
        Schedule.AUTOMATIC
            .withPingPong(drawn.schedule().pingPong().orElse(false))
            .withCluster(drawn.schedule().cluster().orElse(1));
    GemmCase each = new GemmCase(kernel, schedule, drawn.m(), 64, 4 * kernel.bk(), true, 1);
    try (Device device = Device.open("emulator:sm_90a");
        KernelLauncher launcher = new KernelLauncher(device, each.schedule())) {
      GemmRun run = GemmRun.of(device, launcher, each.kernel(), each.problem());
      assertTrue(run.report().counters().getOrDefault("inst.wgmma", 0L) > 0, each::toString);
      assertEquals(0, run.report().counters().get("conflicts.shared"), each::toString);
    }
  }
}
