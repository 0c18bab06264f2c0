package dev.tilewright.ir.random;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.SizeExpr;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * Random kernels in tile IR: well-typed, and executable without undefined behaviour (no division by
 * zero, coordinates checked where they may lie outside, blocks write to disjoint places), so that
 * what a pass does to them can be told from their results.
 */
public final class RandomPrograms {

  /**
   * What programs are made of.
   *
   * @param dtypes element types of tensors and scalars
   * @param extents extents of tiles
   * @param sharedMemory whether they use shared memory and asynchronous copies themselves
   */
  public record Profile(List<DType> dtypes, List<Integer> extents, boolean sharedMemory) {
    public Profile withoutSharedMemory() {
      return new Profile(dtypes, extents, false);
    }
  }

  /** Every kind of type that the interpreter knows. */
  public static final Profile EVERYTHING =
      new Profile(
          List.of(
              DType.I8,
              DType.U8,
              DType.I16,
              DType.U16,
              DType.I32,
              DType.U32,
              DType.I64,
              DType.U64,
              DType.F16,
              DType.BF16,
              DType.TF32,
              DType.F32,
              DType.F64,
              DType.F8E4M3,
              DType.F8E5M2,
              DType.I4,
              DType.U1),
          List.of(1, 2, 3, 4, 8, 16),
          true);

  /** What every target can hold in registers. */
  public static final Profile REGISTERS =
      new Profile(
          List.of(DType.I8, DType.I32, DType.F16, DType.BF16, DType.F32),
          List.of(1, 2, 4, 8, 16, 32),
          false);

  /**
   * A program and what it is to be run with.
   *
   * @param dimensions the sizes of the function's dimensions
   * @param seed for the contents of tensors and scalars
   */
  public record Program(KernelFunction function, Map<String, Long> dimensions, long seed) {
    @Override
    public String toString() {
      return "with "
          + dimensions
          + "\n"
          + dev.tilewright.ir.text.Printer.printWithoutLocations(function);
    }
  }

  private RandomPrograms() {}

  /** Programs of a profile for jqwik, which shrinks them by their length. */
  public static Arbitrary<Program> arbitrary(Profile profile) {
    return Combinators.combine(
            Arbitraries.integers().between(0, 24),
            Arbitraries.longs().withoutEdgeCases().dontShrink())
        .as((size, seed) -> program(profile, seed, size));
  }

  /**
   * The program of that seed.
   *
   * @param size how many random steps its body has, about
   */
  public static Program program(Profile profile, long seed, int size) {
    return new Writing(profile, new Random(seed)).program(size, seed);
  }

  /** One program being written. */
  private static final class Writing {
    private static final int ROWS = 16;
    private static final int COLUMNS = 8;

    private final Profile profile;
    private final Random random;
    private final OpBuilder b = new OpBuilder(0);
    private final List<Parameter> parameters = new ArrayList<>();
    private final Map<String, Long> dimensions = new LinkedHashMap<>();

    Writing(Profile profile, Random random) {
      this.profile = profile;
      this.random = random;
    }

    Program program(int size, long seed) {
      for (String name : List.of("m", "n", "k")) {
        int divisor = random.nextInt(3) == 0 ? 4 : 1;
        dimensions.put(name, (long) divisor * (1 + random.nextInt(40 / divisor)));
        Value value = b.fresh(new Type.Scalar(DType.I32));
        parameters.add(new Parameter.Dimension(name, value, divisor, location()));
      }
      int inputs = 1 + random.nextInt(3);
      for (int i = 0; i < inputs; i++) {
        tensor("in" + i, Parameter.Access.IN, shape(1 + random.nextInt(3)));
      }
      int scalars = random.nextInt(3);
      for (int i = 0; i < scalars; i++) {
        Value value = b.fresh(new Type.Scalar(RandomBody.pick(random, profile.dtypes())));
        parameters.add(new Parameter.Scalar("scalar" + i, value, location()));
      }
      int outputs = 1 + random.nextInt(2);
      List<SizeExpr> outputShape =
          List.of(new SizeExpr.Dimension("m"), new SizeExpr.Dimension("n"));
      for (int i = 0; i < outputs; i++) {
        tensor("out" + i, Parameter.Access.OUT, outputShape);
      }
      RandomBody body = new RandomBody(profile, random, b, parameters, dimensions);
      body.write(size, List.of(ROWS, COLUMNS));
      List<SizeExpr> grid =
          List.of(
              new SizeExpr.CeilDiv(new SizeExpr.Dimension("m"), new SizeExpr.Constant(ROWS)),
              new SizeExpr.CeilDiv(new SizeExpr.Dimension("n"), new SizeExpr.Constant(COLUMNS)));
      KernelFunction function =
          new KernelFunction("random", parameters, grid, Optional.empty(), b.block(List.of()));
      return new Program(function, dimensions, seed);
    }

    private void tensor(String name, Parameter.Access access, List<SizeExpr> shape) {
      DType dtype = RandomBody.pick(random, profile.dtypes());
      Value value = b.fresh(new Type.Tensor(dtype, shape.size()));
      int unit = random.nextInt(4) == 0 ? random.nextInt(shape.size() + 1) - 1 : shape.size() - 1;
      int bytes = Integer.highestOneBit(Math.max(1, dtype.bits() / 8));
      parameters.add(
          new Parameter.Tensor(
              name,
              value,
              shape,
              access,
              unit,
              Math.max(bytes, 1 << random.nextInt(5)),
              location()));
    }

    private List<SizeExpr> shape(int rank) {
      List<SizeExpr> shape = new ArrayList<>();
      for (int i = 0; i < rank; i++) {
        SizeExpr dimension =
            new SizeExpr.Dimension(RandomBody.pick(random, List.of("m", "n", "k")));
        shape.add(
            switch (random.nextInt(6)) {
              case 0 -> new SizeExpr.Constant(1 + random.nextInt(20));
              case 1 -> new SizeExpr.Sum(dimension, new SizeExpr.Constant(3));
              case 2 -> new SizeExpr.Product(dimension, new SizeExpr.Constant(2));
              default -> dimension;
            });
      }
      return shape;
    }

    private Location location() {
      return random.nextBoolean()
          ? Location.UNKNOWN
          : new Location("demo.Random", "Random.java", 7);
    }
  }
}
