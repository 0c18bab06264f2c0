package dev.tilewright.samples.gemm;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.samples.kernels.Matmul;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One configuration of the conformance corpus: a kernel, how it is scheduled, and what it
 * multiplies.
 *
 * @param columnMajorB whether k is contiguous in B
 */
public record GemmCase(
    Matmul kernel, Schedule schedule, int m, int n, int k, boolean columnMajorB, long seed) {

  private static final List<DType> INPUTS = List.of(DType.F16, DType.BF16, DType.TF32, DType.I8);
  private static final List<Integer> TILE_EXTENTS = List.of(16, 32, 64, 128);
  private static final List<Integer> K_STEP_BYTES = List.of(32, 64, 128);
  private static final int RANDOM_CASES_PER_TYPE = 20;

  /** The problem, with random elements. */
  public GemmProblem problem() {
    SplittableRandom random = new SplittableRandom(seed);
    return new GemmProblem(
        HostMatrix.random(m, k, kernel.in(), false, random),
        HostMatrix.random(k, n, kernel.in(), columnMajorB, random),
        kernel.out());
  }

  /** What the end-to-end tests run, and what a GPU is held against. Always the same. */
  public static List<GemmCase> corpus() {
    List<GemmCase> cases = new ArrayList<>();
    for (DType in : INPUTS) {
      for (int i = 0; i < RANDOM_CASES_PER_TYPE; i++) {
        cases.add(random(in, 1000L * INPUTS.indexOf(in) + i));
      }
    }
    return List.copyOf(cases);
  }

  /**
   * A random kernel on a random ragged problem: sizes up to twice the tile, so that one block, part
   * of a block and several blocks all occur, and often not a multiple of anything.
   */
  public static GemmCase random(DType in, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int bm = pick(TILE_EXTENTS, random);
    int bn = pick(TILE_EXTENTS, random);
    int bk = pick(K_STEP_BYTES, random) * Byte.SIZE / in.bits();
    List<DType> outs =
        in.equals(DType.I8)
            ? List.of(DType.I32, DType.F32)
            : List.of(GemmProblem.defaultOut(in), DType.F32);
    Matmul kernel = new Matmul(in, pick(outs, random), bm, bn, bk);
    Schedule schedule =
        random.nextBoolean()
            ? Schedule.AUTOMATIC
            : Schedule.AUTOMATIC.withStages(random.nextInt(1, 5));
    int granularity = pick(List.of(1, 1, 2, 8, 16), random);
    return new GemmCase(
        kernel,
        schedule,
        size(2 * bm, 1, random),
        size(2 * bn, granularity, random),
        size(5 * bk, granularity, random),
        random.nextInt(4) != 0,
        random.nextLong());
  }

  private static int size(int most, int granularity, SplittableRandom random) {
    return Math.ceilDiv(random.nextInt(1, most + 1), granularity) * granularity;
  }

  private static <T> T pick(List<T> choices, SplittableRandom random) {
    return choices.get(random.nextInt(choices.size()));
  }

  /**
   * Whether shared memory can be accessed in 16-byte rows throughout: not when 8-bit elements have
   * to be transposed one by one.
   */
  public boolean vectorised() {
    return columnMajorB || kernel.in().bits() == 16;
  }

  @Override
  public String toString() {
    return "%s→%s %dx%dx%d tile %dx%dx%d%s%s"
        .formatted(
            kernel.in().name(),
            kernel.out().name(),
            m,
            n,
            k,
            kernel.bm(),
            kernel.bn(),
            kernel.bk(),
            columnMajorB ? "" : " B row-major",
            schedule.stages().isPresent() ? " stages " + schedule.stages().getAsInt() : "");
  }
}
