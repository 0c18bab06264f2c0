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

  /** Shared memory of a block with roles, less what barriers and alignment may take. */
  private static final int SHARED_BYTES = 224 * 1024;

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

  /** The corpus of a device: with roles where it runs code that has them. */
  public static List<GemmCase> corpus(List<String> targets) {
    List<GemmCase> cases = new ArrayList<>(corpus());
    if (targets.contains("sm_90a")) {
      for (DType in : INPUTS) {
        for (int i = 0; i < RANDOM_CASES_PER_TYPE; i++) {
          cases.add(withRoles(in, 1000L * INPUTS.indexOf(in) + i));
        }
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

  /**
   * A random kernel whose tiles warp groups can multiply, under a random schedule of roles: one
   * consumer or two in turn, clusters, persistent blocks that count their tiles or fetch them, any
   * depth.
   */
  public static GemmCase withRoles(DType in, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int bits = in.bits();
    int bm = pick(List.of(64, 128, 256), random);
    int bn = pick(List.of(32, 64, 96, 128, 192, 256), random);
    bn = bm == 256 ? Math.min(bn, 128) : bn;
    int bk = pick(List.of(32, 64, 128), random) * Byte.SIZE / bits;
    List<DType> outs =
        in.equals(DType.I8)
            ? List.of(DType.I32, DType.F32)
            : List.of(GemmProblem.defaultOut(in), DType.F32);
    DType out = pick(outs, random);
    boolean turns = random.nextInt(3) == 0;
    Schedule schedule = turns ? Schedule.AUTOMATIC.withPingPong(true) : Schedule.AUTOMATIC;
    if (random.nextInt(3) == 0) {
      schedule = schedule.withCluster(pick(List.of(2, 4), random));
    } else if (!turns && random.nextInt(3) == 0) {
      schedule = schedule.withPersistent(false);
    }
    if (random.nextInt(3) == 0) {
      schedule = schedule.withMmaDepth(random.nextInt(1, 4));
    }
    int consumers = turns ? 2 : 1;
    int slot = (bm + bn) * bk * bits / Byte.SIZE * consumers;
    int stored = bm * bn * out.bits() / Byte.SIZE * consumers;
    int most = Math.min(4, (SHARED_BYTES - stored) / slot);
    if (most >= 2 && random.nextInt(3) == 0) {
      schedule = schedule.withStages(random.nextInt(2, most + 1));
    }
    if (random.nextBoolean()) {
      schedule = schedule.withBlocks(pick(List.of(4, 8, 12), random));
    }
    if (random.nextInt(3) == 0) {
      schedule = schedule.withDynamic(true);
    }
    if (random.nextInt(3) == 0) {
      schedule = schedule.withStoreRole(true);
    }
    int granularity = pick(List.of(1, 8, 16, 16, 16), random);
    return new GemmCase(
        new Matmul(in, out, bm, bn, bk),
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
            schedule.equals(Schedule.AUTOMATIC) ? "" : " " + schedule);
  }
}
