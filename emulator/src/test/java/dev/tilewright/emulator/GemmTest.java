package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A multi-stage GEMM compiled by nvcc: right, clean, counted, and found out when broken. */
class GemmTest {

  @Test
  void isRightCleanAndExactlyCounted() {
    int m = 256;
    int n = 128;
    int k = 160;
    Gemm gemm = Gemm.random(m, n, k, 1);
    Kernels.Result result = gemm.run(Gemm.ptx(), EmulatorOptions.DEFAULT);
    assertEquals(List.of(), result.report().findings());
    assertTrue(gemm.worstError(result.floats(2)) <= 1);
    assertEquals(2L * m * n * k, result.counter("flops.mma"));
    assertEquals((long) m * n * k / (16 * 8 * 16), result.counter("inst.mma"));
    assertEquals(0, result.counter("conflicts.shared"));
    long copied = (long) (m / 128) * (n / 128) * k * (128 + 128) * 2;
    assertEquals(copied, result.counter("bytes.cpasync"));
    assertEquals(copied / 32, result.counter("sectors.global.load"));
    assertEquals((long) m * n * 4, result.counter("bytes.global.store"));
    assertEquals((long) m * n * 4 / 32, result.counter("sectors.global.store"));
    assertEquals((long) (m / 128) * (n / 128) * k / 32, result.counter("barriers"));
  }

  @Test
  void resultsAndCountersDoNotDependOnSeedPolicyOrWorkers() {
    Gemm gemm = Gemm.random(128, 256, 96, 2);
    Kernels.Result first = gemm.run(Gemm.ptx(), EmulatorOptions.DEFAULT);
    for (CompletionPolicy policy : CompletionPolicy.values()) {
      for (int workers = 1; workers <= 2; workers++) {
        EmulatorOptions options =
            EmulatorOptions.DEFAULT
                .withSeed(workers + 10)
                .withCompletion(policy)
                .withWorkers(workers);
        Kernels.Result other = gemm.run(Gemm.ptx(), options);
        assertArrayEquals(first.floats(2), other.floats(2));
        assertEquals(first.report(), other.report());
      }
    }
  }

  @Test
  void withoutSanitizerResultsAndCountersAreTheSame() {
    Gemm gemm = Gemm.random(128, 128, 64, 3);
    Kernels.Result on = gemm.run(Gemm.ptx(), EmulatorOptions.DEFAULT);
    Kernels.Result off = gemm.run(Gemm.ptx(), EmulatorOptions.DEFAULT.withSanitize(false));
    assertArrayEquals(on.floats(2), off.floats(2));
    assertEquals(on.report(), off.report());
  }

  record Fault(int line, String text, CompletionPolicy policy) {}

  static Stream<Fault> faults() {
    List<String> lines = Gemm.ptx().lines().toList();
    List<Fault> faults = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.startsWith("cp.async.wait_group")
          || line.startsWith("cp.async.commit_group")
          || line.startsWith("bar.sync")) {
        for (CompletionPolicy policy : CompletionPolicy.values()) {
          faults.add(new Fault(i, line, policy));
        }
      }
    }
    return faults.stream();
  }

  @ParameterizedTest
  @MethodSource("faults")
  void everyDeletedSynchronizationIsReported(Fault fault) {
    List<String> lines = new ArrayList<>(Gemm.ptx().lines().toList());
    lines.set(fault.line, "");
    Gemm gemm = Gemm.random(128, 128, 160, 4);
    Kernels.Result result =
        gemm.run(String.join("\n", lines), EmulatorOptions.DEFAULT.withCompletion(fault.policy));
    assertFalse(result.codes().isEmpty(), "nothing reported without " + fault);
  }
}
