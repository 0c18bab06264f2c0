package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.Compilation;
import dev.tilewright.Compiler;
import dev.tilewright.Specialization;
import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.interpret.HostTensor;
import dev.tilewright.ir.interpret.Interpreter;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.layout.SizeExpr;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.LoadedImage;
import dev.tilewright.runtime.Tensor;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Views between element widths. Bytes are seen as elements of one width, of which some bits are
 * flipped, these as elements of another width, of which some are flipped, and these as bytes again:
 * every bit that comes out is known from its place in the row. The interpreter and the emulator
 * agree with that.
 */
class ViewsTest {
  /** One way through: the types in between, and what is flipped in each element. */
  private record Case(
      int rows, int columns, boolean transposed, List<IntType> types, List<Long> flips, int warps) {

    static Case random(int first, int second, Random random) {
      long bits = lcm(lcm(Byte.SIZE, first), second);
      return new Case(
          1 << random.nextInt(6),
          (int) (bits / Byte.SIZE) * (1 + random.nextInt(2)),
          random.nextInt(4) == 0,
          List.of(
              new IntType(first, random.nextBoolean()), new IntType(second, random.nextBoolean())),
          List.of(random.nextLong(1L << first), random.nextLong(1L << second)),
          1 << random.nextInt(3));
    }

    private static long lcm(long a, long b) {
      return a / BigInteger.valueOf(a).gcd(BigInteger.valueOf(b)).longValue() * b;
    }

    KernelFunction function() {
      OpBuilder b = new OpBuilder(0);
      Parameter.Tensor x =
          transposed ? tensor(b, "x", 1, columns, rows) : tensor(b, "x", 1, rows, columns);
      Parameter.Tensor y = tensor(b, "y", 1, rows, columns);
      Value zero = b.i32(0);
      List<Boolean> inside = List.of(false, false);
      List<Integer> shape = transposed ? List.of(columns, rows) : List.of(rows, columns);
      Value tile = b.load(x.value(), shape, List.of(zero, zero), inside, Literal.of(0));
      if (transposed) {
        tile = b.transpose(tile, List.of(1, 0));
      }
      for (int i = 0; i < types.size(); i++) {
        IntType type = types.get(i);
        tile = b.view(tile, type);
        Value flipped = b.constant(tile.type(), Literal.of(type.decodeLong(flips.get(i))));
        tile = b.binary(BinaryKind.XOR, tile, flipped);
      }
      b.store(y.value(), List.of(zero, zero), b.view(tile, DType.U8), inside);
      return new KernelFunction(
          "views",
          List.of(x, y),
          List.of(new SizeExpr.Constant(1)),
          Optional.empty(),
          b.block(List.of()));
    }

    private static Parameter.Tensor tensor(
        OpBuilder b, String name, int alignment, int rows, int columns) {
      return new Parameter.Tensor(
          name,
          b.fresh(new Type.Tensor(DType.U8, 2)),
          List.of(new SizeExpr.Constant(rows), new SizeExpr.Constant(columns)),
          name.equals("x") ? Parameter.Access.IN : Parameter.Access.OUT,
          1,
          alignment,
          Location.UNKNOWN);
    }

    /** Byte {@code column} of a row of which it was {@code code}. */
    int expected(int code, int column) {
      int result = code;
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        for (int i = 0; i < types.size(); i++) {
          int place = (column * Byte.SIZE + bit) % types.get(i).bits();
          result ^= (int) (flips.get(i) >> place & 1) << bit;
        }
      }
      return result;
    }

    void check(Random random) {
      KernelFunction function = function();
      double[] x = random.doubles((long) rows * columns).map(d -> Math.floor(256 * d)).toArray();
      double[] expected = new double[x.length];
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
          int from = transposed ? column * rows + row : row * columns + column;
          expected[row * columns + column] = expected((int) x[from], column);
        }
      }
      assertArrayEquals(expected, interpreted(function, x), () -> "interpreted " + this);
      assertArrayEquals(expected, emulated(function, x), () -> "emulated " + this);
    }

    private double[] interpreted(KernelFunction function, double[] x) {
      long[] shape = transposed ? new long[] {columns, rows} : new long[] {rows, columns};
      HostTensor in = HostTensor.zeros(DType.U8, shape);
      for (int i = 0; i < x.length; i++) {
        in.setCode(i, (long) x[i]);
      }
      HostTensor out = HostTensor.zeros(DType.U8, rows, columns);
      Interpreter.run(
          function,
          new dev.tilewright.ir.interpret.Arguments(Map.of(), Map.of("x", in, "y", out), Map.of()));
      return IntStream.range(0, x.length).mapToDouble(i -> out.code(i)).toArray();
    }

    private double[] emulated(KernelFunction function, double[] x) {
      Compilation compilation =
          Compiler.forTarget("sm_80")
              .withSchedule(Schedule.AUTOMATIC.withWarps(warps))
              .withVerification(true)
              .compile(function, Specialization.NONE);
      long[] shape = transposed ? new long[] {columns, rows} : new long[] {rows, columns};
      try (Device device = Device.open("emulator:sm_80");
          Tensor in = Tensor.of(device, DType.U8, x, shape);
          Tensor out = Tensor.zeros(device, DType.U8, rows, columns);
          LoadedImage image = device.load(compilation.image())) {
        image.launch(Arguments.of("x", in).with("y", out));
        device.synchronize();
        return out.toDoubles();
      }
    }
  }

  static Stream<int[]> widths() {
    return IntStream.rangeClosed(1, 16)
        .boxed()
        .flatMap(a -> IntStream.rangeClosed(1, 16).mapToObj(b -> new int[] {a, b}));
  }

  /** Every pair of the widths that registers can hold: see {@link #isHeld}. */
  @ParameterizedTest
  @MethodSource("widths")
  void everyPairOfWidths(int[] widths) {
    if (Arrays.stream(widths).allMatch(ViewsTest::isHeld)) {
      Random random = new Random(widths[0] * 17L + widths[1]);
      Case.random(widths[0], widths[1], random).check(random);
    }
  }

  /** There are no integer types of 9 to 15 bits. */
  private static boolean isHeld(int bits) {
    return bits <= 8 || bits == 16;
  }

  @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
  void anyShapes(@ForAll long seed) {
    Random random = new Random(seed);
    List<Integer> widths = List.of(1, 2, 3, 4, 5, 6, 7, 8, 16, 32);
    int first = widths.get(random.nextInt(widths.size()));
    int second = widths.get(random.nextInt(widths.size()));
    Case.random(first, second, random).check(random);
  }

  /** A view of whole words takes no instruction: words are loaded, added to, and stored. */
  @ParameterizedTest
  @MethodSource("wholeWords")
  void viewsOfWholeElementsAreFree(DType type) {
    OpBuilder b = new OpBuilder(0);
    Parameter.Tensor x = Case.tensor(b, "x", 16, 16, 256);
    Parameter.Tensor y = Case.tensor(b, "y", 16, 16, 256);
    Value zero = b.i32(0);
    List<Boolean> inside = List.of(false, false);
    Value tile = b.load(x.value(), List.of(16, 256), List.of(zero, zero), inside, Literal.of(0));
    Value seen = b.view(tile, type);
    Value twice = b.binary(BinaryKind.ADD, seen, seen);
    b.store(y.value(), List.of(zero, zero), b.view(twice, DType.U8), inside);
    KernelFunction function =
        new KernelFunction(
            "free",
            List.of(x, y),
            List.of(new SizeExpr.Constant(1)),
            Optional.empty(),
            b.block(List.of()));
    String code = Compiler.forTarget("sm_80").compile(function, Specialization.NONE).code().text();
    assertTrue(code.contains("ld.global.v4.b32") && code.contains("add."), code);
    List<String> taken = code.lines().dropWhile(line -> !line.contains("ld.global")).toList();
    assertEquals(
        0,
        taken.stream().filter(line -> line.matches("\\s*(shr|shl|shf|prmt|or)\\..*b32.*")).count(),
        code);
  }

  static Stream<DType> wholeWords() {
    return Stream.of(DType.I32, DType.F32, DType.F16, DType.BF16);
  }
}
