package dev.tilewright.samples.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.ir.Rounding;
import dev.tilewright.samples.kernels.KernelRun.Input;
import dev.tilewright.samples.kernels.KernelRun.Output;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Casts to and from 8-bit floats on the emulator, against the element types bit by bit. */
class ByteFloatCastsTest {
  private static final List<FloatType> BYTES = List.of(DType.F8E4M3, DType.F8E5M2);

  record Cast(DType from, DType to, Rounding rounding, boolean saturate, int width)
      implements Kernel {
    @Override
    public void define(KernelBuilder k) {
      var n = k.dim("n");
      var x = k.in("x", from, n);
      var y = k.out("y", to, n);
      var block = k.grid1d(n.ceilDiv(width));
      y.tile(block, width).set(x.tile(block, width).cast(to, rounding, saturate));
    }
  }

  static Stream<Arguments> widenings() {
    return BYTES.stream()
        .flatMap(
            from ->
                Stream.of(DType.F16, DType.BF16, DType.F32, DType.F64, DType.I32)
                    .map(to -> Arguments.of(from, to)));
  }

  static Stream<Arguments> narrowings() {
    return BYTES.stream()
        .flatMap(
            to ->
                Stream.of(DType.F16, DType.BF16, DType.F32, DType.F64)
                    .flatMap(
                        from ->
                            Stream.of(Rounding.values())
                                .flatMap(
                                    rounding ->
                                        Stream.of(true, false)
                                            .map(s -> Arguments.of(from, to, rounding, s)))));
  }

  @ParameterizedTest
  @MethodSource("widenings")
  void everyByteIsWidened(FloatType from, DType to) {
    double[] values = IntStream.range(0, 256).mapToDouble(from::decode).toArray();
    check(new Cast(from, to, Rounding.TOWARD_ZERO, false, 256), values);
  }

  /** All values of the result, what lies halfway between two, and the neighbours of both. */
  @ParameterizedTest
  @MethodSource("narrowings")
  void roundsAsTheTypeSays(DType from, FloatType to, Rounding rounding, boolean saturate) {
    TreeSet<Double> exact = new TreeSet<>();
    for (int code = 0; code < 256; code++) {
      double value = to.decode(code);
      if (Double.isFinite(value)) {
        exact.add(value);
      }
    }
    exact.add(1.25 * to.maxFinite());
    exact.add(-1.25 * to.maxFinite());
    List<Double> values =
        new ArrayList<>(
            List.of(
                Double.NaN,
                Double.POSITIVE_INFINITY,
                Double.NEGATIVE_INFINITY,
                -0.0,
                1e-9,
                60000.0));
    double before = exact.getFirst();
    for (double value : exact) {
      double half = (before + value) / 2;
      for (double near : new double[] {value, half}) {
        values.addAll(
            List.of(near, Math.nextUp((float) near) + 0.0, Math.nextDown((float) near) + 0.0));
      }
      before = value;
    }
    double[] all = values.stream().mapToDouble(Double::doubleValue).toArray();
    check(new Cast(from, to, rounding, saturate, 1024), all);
  }

  private static void check(Cast cast, double[] values) {
    int n = Math.ceilDiv(values.length, 16) * 16;
    double[] padded =
        DoubleStream.concat(DoubleStream.of(values), DoubleStream.generate(() -> 1))
            .limit(n)
            .toArray();
    KernelRun run =
        KernelRun.of(
            cast,
            Map.of("x", new Input(cast.from(), padded, n)),
            Map.of("y", new Output(cast.to(), n)),
            "emulator:sm_89");
    double[] y = run.output("y");
    Overflow overflow = cast.saturate() ? Overflow.SATURATE : Overflow.NATURAL;
    for (int i = 0; i < values.length; i++) {
      // Tensors saturate what they are filled with.
      double x = cast.from().decode(cast.from().encode(padded[i]));
      long code = cast.to().encode(x, cast.rounding().direction(), overflow);
      assertEquals(cast.to().decode(code), y[i], () -> cast + " of " + x);
    }
  }
}
