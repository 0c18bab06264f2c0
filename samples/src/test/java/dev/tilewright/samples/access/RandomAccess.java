package dev.tilewright.samples.access;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.Axis.WARP;
import static dev.tilewright.layout.Axis.dim;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * A tile that a block copies: from a tensor to registers, from there to shared memory, back to
 * other registers, and to another tensor. Every layout is random.
 *
 * @param unit the dimension along which the elements of both tensors are neighbours
 * @param strides of both tensors, padded or not
 * @param written what registers hold when the tile comes from the tensor and goes to shared memory;
 *     replicated only over the highest lanes and the warps
 * @param read what they hold when it comes back; replicated anywhere
 * @param shared where the elements lie in shared memory: row-major or not, padded or not, swizzled
 *     or not
 * @param vectorBytes the widest access that the machine offers
 * @param matrixLoads whether it offers {@code ldmatrix}
 */
record RandomAccess(
    DType dtype,
    List<Integer> shape,
    int unit,
    long[] strides,
    int warps,
    Layout written,
    Layout read,
    Layout shared,
    int vectorBytes,
    boolean matrixLoads) {
  private static final int LANE_BITS = 5;

  static RandomAccess of(long seed) {
    Random random = new Random(seed);
    DType dtype = pick(random, List.of(DType.F16, DType.F32, DType.I8));
    List<Integer> shape =
        List.of(
            pick(random, List.of(4, 8, 8, 16, 16, 32, 24)),
            pick(random, List.of(8, 16, 32, 32, 64, 48, 12)));
    int unit = random.nextInt(3) == 0 ? 0 : 1;
    int warps = pick(random, List.of(1, 1, 2, 4));
    int vectorBytes = pick(random, List.of(4, 8, 16, 16));
    boolean matrixLoads = random.nextBoolean();
    Layout written = registers(shape, unit, warps, false, random);
    Layout read =
        matrixLoads && random.nextBoolean()
            ? fragments(dtype, shape, warps, random)
            : registers(shape, random.nextInt(2), warps, true, random);
    return new RandomAccess(
        dtype,
        shape,
        unit,
        strides(shape, unit, random),
        warps,
        written,
        read,
        shared(shape, written, read, random),
        vectorBytes,
        matrixLoads);
  }

  private static <T> T pick(Random random, List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private static long[] strides(List<Integer> shape, int unit, Random random) {
    long[] strides = {1, 1};
    int pad = pick(random, List.of(0, 0, 1, 2, 4, 8, 16));
    strides[1 - unit] = (long) shape.get(unit) + pad;
    return strides;
  }

  // ---------------------------------------------------------------- registers

  private record DimDigit(int extent, int dimension, long stride) {}

  /**
   * Deals the prime factors of both extents to registers, lanes and warps; the lowest along {@code
   * along} often stay in the lowest registers, which gives vectors.
   */
  private static Layout registers(
      List<Integer> shape, int along, int warps, boolean replicateAnywhere, Random random) {
    int even = Integer.lowestOneBit(shape.get(along));
    int vector = random.nextInt(4) == 0 ? 1 : Math.min(even, 1 << random.nextInt(5));
    List<DimDigit> digits = new ArrayList<>();
    for (int d = 0; d < shape.size(); d++) {
      long stride = d == along ? vector : 1;
      int rest = (int) (shape.get(d) / stride);
      while (rest > 1) {
        int prime = rest % 2 == 0 ? 2 : rest % 3 == 0 ? 3 : rest;
        digits.add(new DimDigit(prime, d, stride));
        stride *= prime;
        rest /= prime;
      }
    }
    if (random.nextInt(3) != 0) {
      Collections.shuffle(digits, random);
    }
    List<DimDigit> registers = new ArrayList<>();
    List<DimDigit> lanes = new ArrayList<>();
    List<DimDigit> warpDigits = new ArrayList<>();
    for (DimDigit digit : digits) {
      boolean kept = digit.extent() != 2 || random.nextInt(8) == 0;
      if (!kept && lanes.size() < LANE_BITS) {
        lanes.add(digit);
      } else if (!kept && 1 << warpDigits.size() < warps) {
        warpDigits.add(digit);
      } else {
        registers.add(digit);
      }
    }
    while (lanes.size() < LANE_BITS) {
      int at = replicateAnywhere ? random.nextInt(lanes.size() + 1) : lanes.size();
      lanes.add(at, new DimDigit(2, -1, 0));
    }
    while (1 << warpDigits.size() < warps) {
      warpDigits.add(new DimDigit(2, -1, 0));
    }
    LayoutBuilder layout = into(shape).digit(REGISTER, vector, dim(along), 1);
    add(layout, REGISTER, registers);
    add(layout, LANE, lanes);
    add(layout, WARP, warpDigits);
    return layout.build();
  }

  private static LayoutBuilder into(List<Integer> shape) {
    return Layout.into(Space.tile(shape.get(0), shape.get(1)))
        .digit(REGISTER, 1)
        .digit(LANE, 1)
        .digit(WARP, 1);
  }

  private static void add(LayoutBuilder layout, Axis axis, List<DimDigit> digits) {
    for (DimDigit digit : digits) {
      if (digit.dimension() < 0) {
        layout.digit(axis, digit.extent());
      } else {
        layout.digit(axis, digit.extent(), dim(digit.dimension()), digit.stride());
      }
    }
  }

  /** 8×8 matrices of {@code ldmatrix}, often transposed, repeated in registers and warps. */
  private static Layout fragments(DType dtype, List<Integer> shape, int warps, Random random) {
    int perRegister = 32 / dtype.bits();
    int columns = perRegister * 4;
    int row = random.nextInt(3) == 0 && dtype.bits() == 16 ? 1 : 0;
    int column = 1 - row;
    if (shape.get(row) % 8 != 0 || shape.get(column) % columns != 0) {
      return registers(shape, 1, warps, true, random);
    }
    LayoutBuilder layout =
        into(shape)
            .digit(REGISTER, perRegister, dim(column), 1)
            .digit(LANE, 4, dim(column), perRegister)
            .digit(LANE, 8, dim(row), 1)
            .digit(REGISTER, shape.get(column) / columns, dim(column), columns);
    int repeats = shape.get(row) / 8;
    int spread = Math.min(warps, Integer.lowestOneBit(repeats));
    return layout
        .digit(REGISTER, repeats / spread, dim(row), 8)
        .digit(WARP, spread, dim(row), 8L * repeats / spread)
        .digit(WARP, warps / spread)
        .build();
  }

  // ---------------------------------------------------------------- shared memory

  private static Layout shared(List<Integer> shape, Layout written, Layout read, Random random) {
    int inner = random.nextInt(3) == 0 ? 0 : 1;
    long[] strides = {1, 1};
    int pad = pick(random, List.of(0, 0, 0, 1, 2, 4, 8, 16));
    strides[1 - inner] = (long) shape.get(inner) + pad;
    Layout plain = Layout.strided(new long[] {shape.get(0), shape.get(1)}, strides);
    int bits = 1 + random.nextInt(3);
    int base = random.nextInt(5);
    int shift = bits + random.nextInt(3);
    boolean swizzles = random.nextInt(4) != 0;
    return swizzles
            && plain.swizzle(bits, base, shift) instanceof Result.Ok<Layout>(Layout swizzled)
            && swizzled.compose(written).isOk()
            && swizzled.compose(read).isOk()
        ? swizzled
        : plain;
  }

  /** Whether shared memory is swizzled. */
  boolean isSwizzled() {
    return shared.factorSwizzle().filter(s -> s.swizzle().bits() > 0).isPresent();
  }

  @Override
  public String toString() {
    return "%s %s tensor strides %s\nwritten %s\nread %s\nshared %s\nup to %d bytes%s"
        .formatted(
            dtype.name(),
            shape,
            Arrays.toString(strides),
            written,
            read,
            shared,
            vectorBytes,
            matrixLoads ? ", ldmatrix" : "");
  }
}
