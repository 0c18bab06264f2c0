package dev.tilewright.samples.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.layout.weights.WeightFormat;
import dev.tilewright.runtime.Device;
import dev.tilewright.samples.gemm.GemmVerdict;
import dev.tilewright.samples.kernels.WeightGemm;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * From numbers through quantiser, packer and compiler to the emulator, held against the {@code
 * double} product of the weights that the codes mean. The launch throws on any finding.
 */
class WeightGemmTest {
  private static final Device AMPERE = Device.open("emulator:sm_80");
  private static final Device HOPPER = Device.open("emulator:sm_90a");

  @Property(tries = 16, edgeCases = EdgeCasesMode.NONE)
  void isCorrectByWarps(@ForAll("cases") WeightCase each) {
    check(AMPERE, each);
  }

  @Property(tries = 16, edgeCases = EdgeCasesMode.NONE)
  void isCorrectByWarpGroups(@ForAll("cases") WeightCase each) {
    check(HOPPER, each);
  }

  @Provide
  Arbitrary<WeightCase> cases() {
    Arbitrary<DType> types = Arbitraries.of(WeightCase.types());
    return types.flatMap(
        type -> Arbitraries.longs().map(seed -> WeightCase.random(type, seed)).dontShrink());
  }

  private static void check(Device device, WeightCase each) {
    WeightProblem problem = each.problem();
    WeightErrorBound bound = WeightErrorBound.of(each.kernel(), each.k());
    try (KernelLauncher launcher = new KernelLauncher(device, Schedule.AUTOMATIC)) {
      WeightRun run = WeightRun.of(device, launcher, each.kernel(), problem);
      GemmVerdict verdict = GemmVerdict.of(run.run().product(), problem.reference(bound), bound);
      assertTrue(verdict.correct(), () -> each + ": " + verdict);
      assertEquals(0, run.run().report().counters().get("conflicts.shared"), each::toString);
    }
  }

  /** Blocks with scales that f16 cannot hold, and scales that are exact in it. */
  @ParameterizedTest
  @ValueSource(strings = {"f4e2m1", "f6e2m3", "f8e4m3", "nvfp4"})
  void blockFormatsAreCorrect(String name) {
    boolean twoLevels = name.equals("nvfp4");
    WeightFormat format = twoLevels ? WeightFormat.nvfp4() : WeightFormat.mx(DType.parse(name));
    WeightGemm kernel =
        new WeightGemm(format, DType.F16, DType.F16, !twoLevels, 16, 64, twoLevels ? 64 : 32);
    check(AMPERE, new WeightCase(kernel, 9, 80, 176, 1));
    check(HOPPER, new WeightCase(kernel, 9, 80, 176, 1));
  }

  /** One row of blocks reads every weight, scale and zero point once, and nothing else of them. */
  @ParameterizedTest
  @ValueSource(strings = {"u1", "i2", "u3", "u4", "i5", "u6", "i7", "u8"})
  void readsEveryWeightOnce(String type) {
    WeightFormat format =
        WeightFormat.of(DType.parse(type)).withScales(DType.F16, 64).withZeros(DType.U8);
    WeightGemm kernel = new WeightGemm(format, DType.F16, DType.F16, false, 16, 64, 64);
    int m = 16;
    int n = 128;
    int k = 192;
    WeightProblem problem = WeightProblem.random(m, n, k, format, DType.F16, 1);
    int weights = n * k * format.type().bits() / 8;
    int shared = n * k / 64 * 3;
    int activations = n / 64 * m * k * 2;
    for (Device device : new Device[] {AMPERE, HOPPER}) {
      try (KernelLauncher launcher = new KernelLauncher(device, Schedule.AUTOMATIC)) {
        WeightRun run = WeightRun.of(device, launcher, kernel, problem);
        assertEquals(weights + shared, run.weightBytes());
        Map<String, Long> counters = run.run().report().counters();
        assertEquals(
            weights + shared + activations,
            Objects.requireNonNull(counters.get("bytes.global.load")),
            () -> device.description().name());
      }
    }
  }

  /** The fragments come from shared memory as they lie there, with no exchange between threads. */
  @Test
  void weightsAreReadAsFragments() {
    WeightFormat format = WeightFormat.of(DType.U4).withScales(DType.F16, 64);
    WeightGemm kernel = new WeightGemm(format, DType.F16, DType.F16, false, 16, 128, 64);
    WeightProblem problem = WeightProblem.random(16, 128, 128, format, DType.F16, 1);
    try (KernelLauncher launcher = new KernelLauncher(AMPERE, Schedule.AUTOMATIC)) {
      WeightRun run = WeightRun.of(AMPERE, launcher, kernel, problem);
      String ptx = run.run().compilation().code().text();
      assertTrue(ptx.contains("ld.shared.v4.b32"), ptx);
      assertTrue(!ptx.contains("shfl"), ptx);
    }
    try (KernelLauncher launcher = new KernelLauncher(HOPPER, Schedule.AUTOMATIC)) {
      WeightRun run = WeightRun.of(HOPPER, launcher, kernel, problem);
      String ptx = run.run().compilation().code().text();
      assertTrue(ptx.contains("wgmma.mma_async"), ptx);
      assertTrue(ptx.contains("ld.shared.v4.b32"), ptx);
      assertTrue(!ptx.contains("ld.global"), ptx);
    }
  }
}
