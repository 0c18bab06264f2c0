package dev.tilewright.layout.analysis;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.WARP;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.Swizzle;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What passes ask, on the tiles of a matrix product of 16-bit elements with four warps. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class AnalysisBenchmark {

  private static final BankModel BANKS =
      new BankModel(
          32,
          4,
          new TreeMap<>(
              Map.of(
                  4, BankModel.consecutive(32, 32),
                  8, BankModel.consecutive(32, 16),
                  16, BankModel.consecutive(32, 8))));

  private static final SwizzleMode B128 = new SwizzleMode(128, new Swizzle(3, 4, 3));

  private final Layout tile = Layout.rowMajor(128, 64);

  /** Chunks of 16 bytes, row by row. */
  private final Layout chunks =
      Layout.local(8, 1)
          .product(Layout.spatial(WARP, 4, 1))
          .product(Layout.spatial(LANE, 4, 8))
          .product(Layout.local(1, 8));

  private final Layout accumulator =
      Layout.local(2, 1).product(Layout.spatial(LANE, 8, 4)).product(Layout.local(1, 2));

  private final Layout operand =
      Layout.spatial(WARP, 2, 2)
          .product(Layout.local(4, 2))
          .product(Layout.columnLocal(2, 2))
          .product(Layout.spatial(LANE, 8, 4))
          .product(Layout.local(1, 2));

  private final Layout results =
      Layout.spatial(WARP, 2, 2).product(Layout.local(4, 4)).product(accumulator);

  /** The same elements of every warp, lane and register changing places. */
  private final Layout turned =
      Layout.spatial(WARP, 2, 2)
          .product(Layout.local(4, 4))
          .product(Layout.local(1, 2))
          .product(Layout.spatial(LANE, 8, 4))
          .product(Layout.local(2, 1));

  private final List<SharedAccess> accesses =
      List.of(
          new SharedAccess("copy", SharedAccess.Kind.WRITE, chunks, 8),
          new SharedAccess(
              "ldmatrix",
              SharedAccess.Kind.ROWS,
              Ldmatrix.applies(tile, operand, 2, false).orThrow().rows(),
              8));

  /** Chunks along the rows written, and columns read in vectors of another width. */
  private final List<SharedAccess> hard =
      List.of(
          new SharedAccess("copy", SharedAccess.Kind.WRITE, chunks, 8),
          new SharedAccess(
              "columns",
              SharedAccess.Kind.READ,
              Layout.local(4, 16).product(Layout.spatial(LANE, 32, 1)).product(Layout.local(1, 4)),
              4));

  private final BoxCopy.Engine engine =
      new BoxCopy.Engine(
          List.of(
              B128,
              new SwizzleMode(64, new Swizzle(2, 4, 3)),
              new SwizzleMode(32, new Swizzle(1, 4, 3))),
          16,
          128,
          256,
          5);

  private final MatrixDescriptor.Format format =
      new MatrixDescriptor.Format(
          List.of(
              new SwizzleMode(32, new Swizzle(1, 4, 3)),
              new SwizzleMode(64, new Swizzle(2, 4, 3)),
              B128,
              SwizzleMode.none(16)),
          8,
          16,
          0x3FFF0,
          List.of(MatrixDescriptor.Major.K, MatrixDescriptor.Major.MN));

  private final Layout swizzled = B128.tile(Space.tile(128, 128), Axis.dim(1), 16).orThrow();

  @Benchmark
  public SwizzleChoice bestSwizzle() {
    return Swizzles.best(tile, accesses, 2, BANKS).orThrow();
  }

  @Benchmark
  public SwizzleChoice bestSwizzleOfMixedWidths() {
    return Swizzles.best(tile, hard, 2, BANKS).orThrow();
  }

  @Benchmark
  public Ldmatrix ldmatrix() {
    return Ldmatrix.applies(tile, operand, 2, false).orThrow();
  }

  @Benchmark
  public BoxCopy boxCopy() {
    return BoxCopy.of(swizzled, Axis.dim(1), 16, engine).orThrow();
  }

  @Benchmark
  public MatrixDescriptor matrixDescriptor() {
    return MatrixDescriptor.of(swizzled, Axis.dim(0), Axis.dim(1), Space.tile(64, 16), 16, format)
        .orThrow();
  }

  @Benchmark
  public Conversion planShuffles() {
    return Conversion.withinWarps(results, turned, 32).orThrow();
  }

  @Benchmark
  public Conversion planExchange() {
    return Conversion.plan(results, chunks, 16, BANKS).orThrow();
  }

  @Benchmark
  public RegisterProgram bytePermutes() {
    return RegisterProgram.of(
        IntStream.range(0, 64).mapToObj(slot -> (slot & 3) << 4 | slot >> 2).toList(), 64, 8);
  }
}
