package dev.tilewright.samples.weights;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.layout.weights.WeightFormat;
import dev.tilewright.layout.weights.WeightFormat.Scales;
import dev.tilewright.samples.kernels.WeightGemm;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A kernel and a ragged problem: sizes around one to three tiles, often a multiple of nothing. */
record WeightCase(WeightGemm kernel, int m, int n, int k, long seed) {

  /** All integers of 1 to 8 bits, all floats of 2 to 8 that f16 can hold, ternary and NF4. */
  static List<DType> types() {
    List<DType> types = new ArrayList<>(List.of(DType.TERNARY, DType.NF4));
    for (int bits = 1; bits <= 8; bits++) {
      types.add(new IntType(bits, false));
      types.add(new IntType(bits, true));
      for (int exponent = 1; exponent < bits; exponent++) {
        DType type = DType.parse("f%de%dm%d".formatted(bits, exponent, bits - 1 - exponent));
        if (type.maxFinite() <= DType.F16.maxFinite()) {
          types.add(type);
        }
      }
    }
    return types;
  }

  static WeightCase random(DType type, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    DType act = pick(random, DType.F16, DType.BF16);
    int group = pick(random, 0, Scales.ROW, 32, 64, 128);
    WeightFormat format = WeightFormat.of(type);
    if (group > 0 || random.nextBoolean()) {
      format = format.withScales(act, group);
      if (type instanceof IntType && random.nextBoolean()) {
        format = format.withZeros(pick(random, act, DType.U8));
      }
    }
    if (random.nextInt(4) == 0) {
      format = format.withMatrixScale();
    }
    int bk = pick(random, 64, 128);
    boolean scaleSums = group > 0 && group % bk == 0 && random.nextBoolean();
    WeightGemm kernel =
        new WeightGemm(
            format,
            act,
            pick(random, act, DType.F32),
            scaleSums,
            pick(random, 16, 32),
            pick(random, 64, 128),
            bk);
    // Rows of 16 bytes are what bulk copies take, and so what roles need.
    int unit = random.nextBoolean() ? 16 : 1;
    return new WeightCase(
        kernel,
        1 + random.nextInt(2 * kernel.bm()),
        unit * (1 + random.nextInt(2 * kernel.bn() / unit)),
        unit * (1 + random.nextInt(3 * bk / unit)),
        seed);
  }

  WeightProblem problem() {
    return WeightProblem.random(m, n, k, kernel.format(), kernel.act(), seed);
  }

  @SafeVarargs
  private static <T> T pick(SplittableRandom random, T... values) {
    return values[random.nextInt(values.length)];
  }
}
