package dev.tilewright.ir.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.expand.ExpandTiles;
import dev.tilewright.ir.machine.GridRun;
import dev.tilewright.ir.machine.TensorData;
import dev.tilewright.ir.pass.Kernels.Gemm;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.verify.Verifier;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Matrix products of random types, tiles, facts and sizes through the whole pipeline, expanded and
 * run thread by thread on a machine that notices races, unfinished copies and accesses out of
 * bounds. The numbers are small integers, so that every order of summation gives the same.
 */
final class CompiledGemmTest {

  /**
   * @param gemm the kernel with what it promises
   * @param m, n, k the sizes of one launch that keeps the promises
   */
  record Case(Gemm gemm, Target target, Schedule schedule, int m, int n, int k, long seed) {}

  private record Types(DType in, DType factor, DType acc, DType out, int k) {}

  private static final List<Types> TYPES =
      List.of(
          new Types(DType.F16, DType.F16, DType.F32, DType.F16, 16),
          new Types(DType.F16, DType.F16, DType.F32, DType.F32, 16),
          new Types(DType.BF16, DType.BF16, DType.F32, DType.F32, 16),
          new Types(DType.F32, DType.TF32, DType.F32, DType.F32, 8),
          new Types(DType.F32, DType.F16, DType.F32, DType.F32, 16),
          new Types(DType.I8, DType.I8, DType.I32, DType.I32, 32),
          new Types(DType.F16, DType.F16, DType.F16, DType.F16, 16));

  static Case randomCase(Random random, long seed) {
    Types types = pick(random, TYPES);
    int divisor = pick(random, List.of(1, 1, 2, 8, 32));
    int alignment = Math.max(types.in().bits() / 8, pick(random, List.of(1, 2, 4, 8, 16, 16)));
    Gemm gemm =
        new Gemm(
            types.in(),
            types.factor(),
            types.acc(),
            types.out(),
            pick(random, List.of(16, 32, 48, 64)),
            pick(random, List.of(8, 16, 24, 32, 64)),
            types.k() * pick(random, List.of(1, 2, 3)),
            random.nextBoolean(),
            divisor,
            Math.max(alignment, types.out().bits() / 8));
    Schedule schedule = Schedule.AUTOMATIC;
    if (random.nextInt(3) == 0) {
      schedule = schedule.withWarps(1 << random.nextInt(4));
    }
    if (random.nextInt(2) == 0) {
      schedule = schedule.withStages(1 + random.nextInt(4));
    }
    schedule =
        switch (random.nextInt(4)) {
          case 0 -> schedule.withSplitK(1 + random.nextInt(5));
          case 1 -> schedule.withStreamK().withBlocks(1 + random.nextInt(9));
          case 2 -> schedule.withPersistent(true).withBlocks(1 + random.nextInt(5));
          default -> schedule;
        };
    return new Case(
        gemm,
        random.nextInt(4) == 0 ? TestTargets.SYNCHRONOUS : TestTargets.FULL,
        schedule,
        size(random, divisor, 2 * gemm.bm()),
        size(random, divisor, 2 * gemm.bn()),
        size(random, divisor, 6 * gemm.bk()),
        seed);
  }

  private static int size(Random random, int divisor, int most) {
    return divisor * (1 + random.nextInt(Math.max(1, most / divisor)));
  }

  private static <T> T pick(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  @Provide
  Arbitrary<Case> cases() {
    return Arbitraries.longs().withoutEdgeCases().map(seed -> randomCase(new Random(seed), seed));
  }

  @Property(tries = 60)
  void theKernelComputesTheProduct(@ForAll("cases") Case c) {
    check(c);
  }

  static void check(Case c) {
    PassContext context = new PassContext(c.target(), c.schedule(), new CompileReport());
    KernelFunction staged;
    try {
      staged = Pipeline.run(c.gemm().build(), context, (_, f) -> Verifier.verifyOrThrow(f));
    } catch (CompileException e) {
      // One warp cannot hold every tile.
      assertEquals("TW-C013", e.code());
      return;
    }
    StagedForm.check(staged, c.target());
    Verifier.verifyStagedOrThrow(staged);
    SplittableRandom random = new SplittableRandom(c.seed());
    Gemm g = c.gemm();
    TensorData a = tensor(g.in(), c, c.m(), c.k()).fill(_ -> random.nextInt(-2, 3));
    TensorData b =
        g.bPlain()
            ? tensor(g.in(), c, c.k(), c.n()).fill(_ -> random.nextInt(-1, 3))
            : tensor(g.in(), c, c.n(), c.k()).fill(_ -> random.nextInt(-1, 3));
    TensorData product = tensor(g.out(), c, c.m(), c.n()).fill(_ -> 99);
    GridRun.run(
        ExpandTiles.expand(staged, c.target()),
        staged,
        Map.of("a", a, "b", b, "c", product),
        Map.of("m", (long) c.m(), "n", (long) c.n(), "k", (long) c.k()),
        Map.of());
    product.forEach(
        at -> {
          double sum = 0;
          for (long x = 0; x < c.k(); x++) {
            sum += a.get(at[0], x) * (g.bPlain() ? b.get(x, at[1]) : b.get(at[1], x));
          }
          assertEquals(sum, product.get(at), () -> "c[" + at[0] + ", " + at[1] + "] of " + c);
        });
  }

  /** Rows as far apart as the promised alignment allows at the least. */
  private static TensorData tensor(DType dtype, Case c, long rows, long columns) {
    int bytes = dtype.bits() / 8;
    long pad = Math.max(1, c.gemm().alignment() / bytes);
    return TensorData.dense(dtype, new long[] {rows, columns}, 1, c.gemm().alignment(), pad);
  }
}
