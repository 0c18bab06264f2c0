package dev.tilewright.ir.expand;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.machine.GridRun;
import dev.tilewright.ir.machine.TensorData;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
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

  @Test
  void oneAccessForEverySixteenBytes() {
    ThreadFunction function = ExpandTiles.expand(LARGE.build(), TestTarget.TARGET);
    Map<String, Integer> counts = Counts.of(function);
    // Three places copy a stage: two 128×32 tiles by 128 threads, 8 elements each.
    assertEquals(3 * 8, counts.get("AsyncCopy 16"));
    // A warp's 64×32 and 32×64 operands are 16 matrices of 8×8 each, twice.
    assertEquals(16, counts.get("LoadMatrix x4"));
    assertEquals(4 * 8 * 2, counts.get("Mma"));
    // Pairs of neighbours leave the fragments, rows of 16 bytes leave the block.
    assertEquals(64, counts.get("SharedStore 4"));
    assertEquals(16, counts.get("SharedLoad 16"));
    assertEquals(16, counts.get("GlobalStore 16"));
    assertFalse(counts.containsKey("Extract"));
  }

  @Test
  void theInnerLoopHoldsNoArithmeticThatCouldBeOutside() {
    ThreadFunction function = ExpandTiles.expand(LARGE.build(), TestTarget.TARGET);
    Map<String, Integer> inside = Counts.of(loop(function).body());
    // The next step's slot and k (4), k in bytes and as a coordinate (2), a pointer per operand and
    // one more per further row (8), where the copies go (1), the stage that is read (2), a place
    // for each operand and step along k (4), and the two predicates of every copy in one (8).
    assertEquals(4 + 2 + 8 + 1 + 2 + 4 + 8, inside.get("Binary"));
    assertEquals(1, inside.get("Convert"));
    // Eight rows and k.
    assertEquals(9, inside.get("Compare"));
    // A pointer and a number of bytes for every copy.
    assertEquals(16, inside.get("Select"));
    assertFalse(inside.containsKey("Build"));
  }

  @Test
  void aTransposedOperandIsTransposedOnTheWay() {
    StagedGemm rowsAlongN =
        new StagedGemm(LARGE.mma(), DType.F16, 128, 128, 32, 2, 2, 3, false, 8, 16, true);
    Map<String, Integer> counts =
        Counts.of(ExpandTiles.expand(rowsAlongN.build(), TestTarget.TARGET));
    assertEquals(8, counts.get("LoadMatrix x4"));
    assertEquals(8, counts.get("LoadMatrix x4 trans"));
    assertFalse(counts.containsKey("SharedLoad 2"));
  }

  @Property(tries = 60)
  void everyShapeTypeAndAlignment(@ForAll long seed) {
    Random random = new Random(seed);
    MmaInstruction mma = pick(random, TestTarget.TARGET.mmaInstructions());
    DType out =
        mma.accumulator().equals(DType.I32)
            ? DType.I32
            : pick(random, List.of(DType.F16, DType.F32));
    int warpsM = pick(random, List.of(1, 2, 3));
    int warpsN = pick(random, List.of(1, 2));
    int alignment = pick(random, List.of(4, 8, 16, 16));
    int divisor = pick(random, List.of(1, 2, 8, 16));
    boolean bounds = random.nextInt(4) != 0;
    StagedGemm gemm =
        new StagedGemm(
            mma,
            out,
            16 * warpsM * pick(random, List.of(1, 2, 3)),
            8 * warpsN * pick(random, List.of(1, 2, 3, 4)),
            mma.k() * pick(random, List.of(1, 2, 3)),
            warpsM,
            warpsN,
            pick(random, List.of(2, 3, 4)),
            random.nextBoolean(),
            divisor,
            alignment,
            bounds);
    int m = bounds ? divisor * (1 + random.nextInt(2 * gemm.bm() / divisor + 1)) : gemm.bm();
    int n = bounds ? divisor * (1 + random.nextInt(2 * gemm.bn() / divisor + 1)) : gemm.bn();
    int k = divisor * (1 + random.nextInt(4 * gemm.bk() / divisor + 1));
    check(gemm, m, n, k);
  }

  private static <T> T pick(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private static ThreadOp.For loop(ThreadFunction function) {
    return function.body().ops().stream()
        .filter(ThreadOp.For.class::isInstance)
        .map(ThreadOp.For.class::cast)
        .findFirst()
        .orElseThrow();
  }

  /** Small integers, whose sums every type holds exactly. */
  private static void check(StagedGemm gemm, int m, int n, int k) {
    KernelFunction staged = gemm.build();
    ThreadFunction function = ExpandTiles.expand(staged, TestTarget.TARGET);
    SplittableRandom random = new SplittableRandom(m * 31L + n * 17L + k);
    int pad = gemm.alignment() * 8 / gemm.mma().a().bits();
    int outPad = Math.max(1, gemm.alignment() * 8 / gemm.out().bits());
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
        TensorData.dense(gemm.out(), new long[] {m, n}, 1, gemm.alignment(), outPad).fill(_ -> 99);
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
