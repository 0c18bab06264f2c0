package dev.tilewright.ir.expand;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.machine.GridRun;
import dev.tilewright.ir.machine.TensorData;
import dev.tilewright.ir.thread.ThreadFunction;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ExpandGemmTest {

  private static final StagedGemm LARGE =
      new StagedGemm(
          TestTarget.mma(DType.F16, DType.F32),
          DType.F16,
          128,
          128,
          32,
          2,
          2,
          3,
          true,
          8,
          16,
          true);

  @Test
  void aLargeTileInTheMiddleAndAtTheEdges() {
    check(LARGE, 136, 144, 72);
  }

  /** Small integers, whose sums every type holds exactly. */
  private static void check(StagedGemm gemm, int m, int n, int k) {
    KernelFunction staged = gemm.build();
    ThreadFunction function = ExpandTiles.expand(staged, TestTarget.TARGET);
    SplittableRandom random = new SplittableRandom(m * 31L + n * 17L + k);
    int pad = gemm.alignment() * 8 / gemm.mma().a().bits();
    TensorData a =
        TensorData.dense(gemm.mma().a(), new long[] {m, k}, 1, gemm.alignment(), pad)
            .fill(_ -> random.nextInt(-3, 4));
    TensorData b =
        TensorData.dense(
                gemm.mma().b(),
                gemm.kMajorB() ? new long[] {n, k} : new long[] {k, n},
                1,
                gemm.alignment(),
                pad)
            .fill(_ -> random.nextInt(0, 4));
    TensorData c =
        TensorData.dense(gemm.out(), new long[] {m, n}, 1, gemm.alignment(), pad).fill(_ -> 99);
    GridRun.run(
        function,
        staged,
        Map.of("a", a, "b", b, "c", c),
        Map.of("m", (long) m, "n", (long) n, "k", (long) k),
        Map.of());
    c.forEach(
        at -> {
          double sum = 0;
          for (long x = 0; x < k; x++) {
            sum += a.get(at[0], x) * (gemm.kMajorB() ? b.get(at[1], x) : b.get(x, at[1]));
          }
          assertEquals(sum, c.get(at), () -> "c[" + at[0] + ", " + at[1] + "]");
        });
  }
}
