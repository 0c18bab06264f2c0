package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.runtime.Device;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.gemm.GemmRun;
import dev.tilewright.samples.gemm.GemmVerdict;
import dev.tilewright.samples.kernels.Matmul;
import dev.tilewright.samples.kernels.RoleMatmul;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Roles and arefs from Java to the numbers, where warps have roles and where they have none. */
class HandWrittenRolesTest {

  /** One product. */
  record Case(RoleMatmul kernel, int m, int n, int k, long seed) {
    GemmProblem problem() {
      return GemmProblem.random(m, n, k, kernel.in(), kernel.out(), seed);
    }

    Matmul sequential() {
      return new Matmul(
          kernel.in(), kernel.out(), kernel.consumers() * kernel.bm(), kernel.bn(), kernel.bk());
    }
  }

  @Provide
  Arbitrary<Case> cases() {
    Arbitrary<RoleMatmul> kernels =
        Combinators.combine(
                Arbitraries.of(DType.F16, DType.BF16),
                Arbitraries.of(32, 64),
                Arbitraries.of(32, 64),
                Arbitraries.integers().between(1, 4),
                Arbitraries.integers().between(1, 2))
            .as((in, bn, bk, depth, n) -> new RoleMatmul(in, DType.F32, 64, bn, bk, depth, n));
    return Combinators.combine(
            kernels,
            Arbitraries.integers().between(1, 200),
            Arbitraries.integers().between(1, 150),
            Arbitraries.integers().between(1, 300),
            Arbitraries.of(1, 8),
            Arbitraries.longs())
        .as(
            (kernel, m, n, k, grain, seed) ->
                new Case(
                    kernel, m, (n + grain - 1) / grain * grain, (k + 7) / grain * grain, seed));
  }

  @Property(tries = 20, edgeCases = EdgeCasesMode.NONE)
  void withRoles(@ForAll("cases") Case each) {
    check(each, "emulator:sm_90a");
  }

  @Property(tries = 12, edgeCases = EdgeCasesMode.NONE)
  void withoutRoles(@ForAll("cases") Case each) {
    check(each, "emulator:sm_80");
  }

  private static void check(Case each, String name) {
    GemmProblem problem = each.problem();
    try (Device device = Device.open(name);
        KernelLauncher launcher = new KernelLauncher(device)) {
      GemmRun run = GemmRun.of(device, launcher, each.kernel(), problem);
      GemmVerdict verdict = GemmVerdict.of(run.product(), problem.reference(), problem.bound());
      assertTrue(verdict.correct(), () -> each + ": " + verdict);
    }
  }

  /**
   * The order of additions of one element is that of the sequential program, on each target: with
   * warp groups, and with all warps alike.
   */
  @ParameterizedTest
  @CsvSource({
    "sm_80, 1",
    "sm_80, 2",
    "sm_86, 2",
    "sm_90, 2",
    "sm_90a, 1",
    "sm_90a, 2",
  })
  void theBitsAreThoseOfTheSequentialProgram(String target, int consumers) {
    RoleMatmul kernel = new RoleMatmul(DType.F16, DType.F32, 64, 64, 64, 3, consumers);
    Case each = new Case(kernel, 150, 72, 328, 7);
    try (Device device = Device.open("emulator:" + target);
        KernelLauncher launcher =
            new KernelLauncher(device, Schedule.AUTOMATIC.withPersistent(false))) {
      GemmRun roles = GemmRun.of(device, launcher, kernel, each.problem());
      GemmRun sequential = GemmRun.of(device, launcher, each.sequential(), each.problem());
      assertArrayEquals(sequential.product(), roles.product());
      boolean groups = target.equals("sm_90a");
      String code = roles.compilation().code().text();
      assertEquals(groups, code.contains("wgmma"));
      assertEquals(groups, code.contains("mbarrier"));
      assertEquals(!groups, code.contains("cp.async.commit_group"));
      assertEquals(0, roles.report().counters().get("conflicts.shared"));
    }
  }

  /** A schedule may take the roles away, and changes nothing else. */
  @ParameterizedTest
  @CsvSource({"1", "2"})
  void rolesAreAChoiceOfSpeed(int consumers) {
    RoleMatmul kernel = new RoleMatmul(DType.BF16, DType.F32, 64, 32, 32, 2, consumers);
    Case each = new Case(kernel, 100, 40, 104, 3);
    try (Device device = Device.open("emulator:sm_90a");
        KernelLauncher launcher =
            new KernelLauncher(device, Schedule.AUTOMATIC.withSpecialize(false));
        Device ampere = Device.open("emulator:sm_80");
        KernelLauncher there = new KernelLauncher(ampere)) {
      GemmRun one = GemmRun.of(device, launcher, kernel, each.problem());
      assertTrue(one.compilation().code().text().contains("mma.sync"));
      assertArrayEquals(GemmRun.of(ampere, there, kernel, each.problem()).product(), one.product());
    }
  }
}
