package dev.tilewright.layout;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntToLongFunction;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The algebra on layouts of 64 digits: 62 of extent two, which is what 64-bit sizes have room for,
 * and two of extent one.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LayoutBenchmark {

  private static final int BITS = 62;
  private static final Space OFFSETS = Space.of(Axis.OFFSET, 1L << BITS);

  /** No digit continues the one before: nothing merges. */
  private final LayoutBuilder reversed = spelled(Layout.into(OFFSETS), k -> 1L << BITS - 1 - k);

  private final LayoutBuilder shuffled = spelled(Layout.into(OFFSETS), k -> 1L << 5 * k % BITS);

  /** All digits merge into one. */
  private final LayoutBuilder counting = spelled(Layout.into(OFFSETS), k -> 1L << k);

  /** Every digit but the first flips two bits: a layout over F₂ that has no integer digits. */
  private final LayoutBuilder swizzled =
      spelled(Layout.into(OFFSETS).xor(), k -> 1L << k | (k < 3 ? 0 : 1L << 7 * k % 3));

  private final Layout outer = onOffset(shuffled.build());
  private final Layout inner = reversed.build();
  private final Layout linear = swizzled.build();
  private final Layout outerLinear = onOffset(linear);
  private final Layout half =
      Layout.into(Space.of(Axis.OFFSET, 1L << 31))
          .digit(Axis.LANE, 1L << 31, Axis.OFFSET, 1)
          .build();
  private final Layout quotient = halfReversed();
  private final Layout product = quotient.product(half);
  private final String text = inner.toString();

  private static LayoutBuilder spelled(LayoutBuilder builder, IntToLongFunction stride) {
    builder.digit(Axis.LANE, 1, Axis.OFFSET, 1);
    for (int k = 0; k < BITS; k++) {
      builder.digit(Axis.LANE, 2, Axis.OFFSET, stride.applyAsLong(k));
    }
    return builder.digit(Axis.LANE, 1, Axis.OFFSET, 1);
  }

  private static Layout onOffset(Layout layout) {
    return layout.rename(Map.of(Axis.LANE, Axis.OFFSET, Axis.OFFSET, Axis.dim(0)));
  }

  private static Layout halfReversed() {
    LayoutBuilder builder = Layout.into(Space.of(Axis.OFFSET, 1L << 31));
    for (int k = 0; k < 31; k++) {
      builder.digit(Axis.LANE, 2, Axis.OFFSET, 1L << 30 - k);
    }
    return builder.build();
  }

  @Benchmark
  public Layout canonicaliseNothingMerges() {
    return reversed.build();
  }

  @Benchmark
  public Layout canonicaliseAllMerges() {
    return counting.build();
  }

  @Benchmark
  public Layout canonicaliseF2() {
    return swizzled.build();
  }

  @Benchmark
  public Layout compose() {
    return outer.compose(inner).orThrow();
  }

  @Benchmark
  public Layout composeF2() {
    return outerLinear.compose(linear).orThrow();
  }

  @Benchmark
  public Layout composeMixed() {
    return outerLinear.compose(inner).orThrow();
  }

  @Benchmark
  public Layout product() {
    return quotient.product(half);
  }

  @Benchmark
  public Layout divideRight() {
    return product.divideRight(half).orThrow();
  }

  @Benchmark
  public Layout rightInverse() {
    return inner.rightInverse().orThrow();
  }

  @Benchmark
  public Layout rightInverseF2() {
    return linear.rightInverse().orThrow();
  }

  @Benchmark
  public Layout leftInverse() {
    return inner.leftInverse().orThrow();
  }

  @Benchmark
  public boolean equality() {
    return inner.equals(outer);
  }

  @Benchmark
  public Layout parse() {
    return Layout.parse(text).orThrow();
  }
}
