package dev.tilewright.ir.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.expand.ExpandTiles;
import dev.tilewright.ir.machine.GridRun;
import dev.tilewright.ir.machine.TensorData;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.verify.Verifier;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Kernels that are no plain matrix product, through the pipeline and run thread by thread. */
final class CompiledKernelsTest {

  private static void run(
      KernelFunction kernel,
      Target target,
      Schedule schedule,
      Map<String, TensorData> tensors,
      Map<String, Long> dimensions) {
    PassContext context = new PassContext(target, schedule, new CompileReport());
    KernelFunction staged = Pipeline.run(kernel, context, (_, f) -> Verifier.verifyOrThrow(f));
    StagedForm.check(staged, target);
    Verifier.verifyStagedOrThrow(staged);
    GridRun.run(ExpandTiles.expand(staged, target), staged, tensors, dimensions, Map.of());
  }

  private static TensorData tensor(DType dtype, long... shape) {
    int pad = 128 / dtype.bits();
    return TensorData.dense(dtype, shape, shape.length - 1, 16, pad);
  }

  @Provide
  Arbitrary<Schedule> warps() {
    return Arbitraries.of(0, 1, 2, 4, 8)
        .map(w -> w == 0 ? Schedule.AUTOMATIC : Schedule.AUTOMATIC.withWarps(w));
  }

  @Provide
  Arbitrary<DType> types() {
    return Arbitraries.of(DType.I8, DType.F16, DType.F32);
  }

  @Property(tries = 30)
  void transpose(
      @ForAll("types") DType dtype,
      @ForAll("warps") Schedule schedule,
      @ForAll @IntRange(min = 1, max = 70) int m,
      @ForAll @IntRange(min = 1, max = 70) int n) {
    TensorData x = tensor(dtype, m, n).fill(at -> (at[0] * 7 + at[1] * 3) % 100);
    TensorData y = tensor(dtype, n, m).fill(_ -> 101);
    run(
        Kernels.transpose(dtype, 32, 48),
        TestTargets.FULL,
        schedule,
        Map.of("x", x, "y", y),
        Map.of("m", (long) m, "n", (long) n));
    y.forEach(at -> assertEquals(x.get(at[1], at[0]), y.get(at)));
  }

  @Property(tries = 20)
  void columnSums(
      @ForAll("warps") Schedule schedule,
      @ForAll @IntRange(min = 1, max = 130) int m,
      @ForAll @IntRange(min = 1, max = 130) int n) {
    SplittableRandom random = new SplittableRandom(m * 131L + n);
    TensorData x = tensor(DType.F16, m, n).fill(_ -> random.nextInt(-4, 5));
    TensorData y = tensor(DType.F32, n).fill(_ -> 101);
    run(
        Kernels.columnSums(DType.F16, 32, 64),
        TestTargets.FULL,
        schedule,
        Map.of("x", x, "y", y),
        Map.of("m", (long) m, "n", (long) n));
    y.forEach(
        at -> {
          double sum = 0;
          for (int i = 0; i < m; i++) {
            sum += x.get(i, at[0]);
          }
          assertEquals(sum, y.get(at));
        });
  }

  @Property(tries = 20)
  void softmax(
      @ForAll("warps") Schedule schedule,
      @ForAll @IntRange(min = 1, max = 9) int m,
      @ForAll @IntRange(min = 1, max = 128) int n) {
    SplittableRandom random = new SplittableRandom(m * 131L + n);
    TensorData x = tensor(DType.F16, m, n).fill(_ -> random.nextDouble(-4, 4));
    TensorData y = tensor(DType.F16, m, n).fill(_ -> 101);
    run(
        Kernels.softmax(DType.F16, 4, 128),
        TestTargets.FULL,
        schedule,
        Map.of("x", x, "y", y),
        Map.of("m", (long) m, "n", (long) n));
    // In units of f32's 2^-24: differences of at most 8 rounded and exponentiated (8 + 2), n terms
    // summed in any order (n), divided (1), twice since numerator and denominator err; and then
    // the rounding to f16, 2^-11, or 2^-25 of a subnormal.
    double relative = Math.scalb(1, -11) + 2 * (n + 11) * Math.scalb(1, -24);
    y.forEach(
        at -> {
          double most = Double.NEGATIVE_INFINITY;
          for (int j = 0; j < n; j++) {
            most = Math.max(most, x.get(at[0], j));
          }
          double sum = 0;
          for (int j = 0; j < n; j++) {
            sum += Math.exp(x.get(at[0], j) - most);
          }
          double expected = Math.exp(x.get(at) - most) / sum;
          assertEquals(expected, y.get(at), expected * relative + Math.scalb(1, -25));
        });
  }

  /**
   * Queries and keys are axes of space, far apart, so that each query attends to the keys of its
   * own axis alone: the rest weighs less than half a bit of f16, and the result is their mean.
   */
  @Property(tries = 12)
  void attention(
      @ForAll("warps") Schedule schedule,
      @ForAll @IntRange(min = 1, max = 70) int m,
      @ForAll @IntRange(min = 16, max = 140) int n) {
    int d = 16;
    SplittableRandom random = new SplittableRandom(m * 131L + n);
    TensorData q = tensor(DType.F16, m, d).fill(at -> at[0] % d == at[1] ? 8 : 0);
    TensorData k = tensor(DType.F16, n, d).fill(at -> at[0] % d == at[1] ? 8 : 0);
    TensorData v = tensor(DType.F16, n, d).fill(_ -> random.nextInt(-4, 5));
    TensorData o = tensor(DType.F16, m, d).fill(_ -> 101);
    run(
        Kernels.attention(32, 32, d),
        TestTargets.FULL,
        schedule,
        Map.of("q", q, "k", k, "v", v, "o", o),
        Map.of("m", (long) m, "n", (long) n, "d", (long) d));
    o.forEach(
        at -> {
          float sum = 0;
          int count = 0;
          for (long j = at[0] % d; j < n; j += d) {
            sum += (float) v.get(j, at[1]);
            count++;
          }
          double expected = DType.F16.decode(DType.F16.encode(sum / count));
          assertEquals(expected, o.get(at), 0.0);
        });
  }
}
