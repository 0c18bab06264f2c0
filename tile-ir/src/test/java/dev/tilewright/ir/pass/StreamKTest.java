package dev.tilewright.ir.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.ir.interpret.Arguments;
import dev.tilewright.ir.interpret.HostTensor;
import dev.tilewright.ir.interpret.Interpreter;
import dev.tilewright.ir.pass.Kernels.Gemm;
import dev.tilewright.ir.random.Execution;
import dev.tilewright.ir.random.RandomPrograms.Program;
import dev.tilewright.ir.text.Parser;
import dev.tilewright.ir.text.Printer;
import dev.tilewright.ir.verify.Verifier;
import dev.tilewright.layout.SizeExpr;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Blocks that share the iterations of tiles compute what blocks with whole tiles do. */
final class StreamKTest {
  private static final SizeExpr ONE = new SizeExpr.Constant(1);

  private static KernelFunction scheduled(KernelFunction function, Schedule schedule) {
    CompileReport report = new CompileReport();
    return new ScheduleGrid().run(function, new PassContext(TestTargets.FULL, schedule, report));
  }

  // ---------------------------------------------------------------- ranges

  /**
   * For each block: where its range starts and ends, and the first block of the tile that it ends
   * in, as the interpreter computes them.
   */
  private static int[][] ranges(int tiles, int iterations, int parts, boolean stream) {
    int blocks = stream ? parts : tiles * parts;
    Kernels kernel = new Kernels();
    Value result =
        kernel.tensor("r", DType.I32, Parameter.Access.OUT, new SizeExpr.Constant(blocks * 3L));
    OpBuilder b = kernel.b;
    Value n = b.i32(iterations);
    WorkRanges ranges =
        stream
            ? new WorkRanges.Stream(
                n, WorkRanges.Quotient.of(b.i32((long) tiles * iterations), b.i32(parts), b))
            : new WorkRanges.Split(n, parts, WorkRanges.Quotient.of(n, b.i32(parts), b));
    Value block = b.programId(0);
    Value end = ranges.end(block, b);
    Value last = b.binary(BinaryKind.MAX, b.sub(end, b.i32(1)), b.i32(0));
    List<Value> values =
        List.of(
            ranges.start(block, b), end, ranges.firstBlock(b.binary(BinaryKind.DIV, last, n), b));
    for (int i = 0; i < 3; i++) {
      Value at = b.add(b.mul(block, b.i32(3)), b.i32(i));
      b.store(result, List.of(at), b.splat(values.get(i), List.of(1)), List.of(false));
    }
    KernelFunction function = kernel.build("ranges");
    function =
        new KernelFunction(
            function.name(),
            function.parameters(),
            List.of(new SizeExpr.Constant(blocks)),
            function.launch(),
            function.body());
    HostTensor r = HostTensor.zeros(DType.I32, blocks * 3L);
    Interpreter.run(function, new Arguments(Map.of(), Map.of("r", r)));
    int[][] found = new int[blocks][3];
    for (int i = 0; i < blocks * 3; i++) {
      found[i / 3][i % 3] = (int) r.number(i);
    }
    return found;
  }

  @Property(tries = 100)
  void rangesHoldEachIterationOnceAndAreEqual(
      @ForAll @IntRange(min = 1, max = 7) int tiles,
      @ForAll @IntRange(min = 1, max = 9) int iterations,
      @ForAll @IntRange(min = 1, max = 12) int parts,
      @ForAll boolean stream) {
    int[][] ranges = ranges(tiles, iterations, parts, stream);
    int next = 0;
    int shortest = Integer.MAX_VALUE;
    int longest = 0;
    for (int block = 0; block < ranges.length; block++) {
      int start = ranges[block][0];
      int end = ranges[block][1];
      assertEquals(next, start);
      next = end;
      shortest = Math.min(shortest, end - start);
      longest = Math.max(longest, end - start);
      if (start < end) {
        int tileStart = (end - 1) / iterations * iterations;
        int first = ranges[block][2];
        assertTrue(first <= block);
        assertTrue(ranges[first][0] <= tileStart && tileStart < ranges[first][1]);
        for (int b = first; b <= block; b++) {
          assertTrue(ranges[b][0] < ranges[b][1], "a block that is awaited has nothing");
        }
      }
    }
    assertEquals(tiles * iterations, next);
    assertTrue(longest - shortest <= 1);
  }

  // ---------------------------------------------------------------- meaning

  @Provide
  Arbitrary<Schedule> work() {
    return Combinators.combine(Arbitraries.integers().between(1, 12), Arbitraries.of(true, false))
        .as(
            (n, stream) ->
                stream
                    ? Schedule.AUTOMATIC.withStreamK().withBlocks(n)
                    : Schedule.AUTOMATIC.withSplitK(n));
  }

  /** Sums of integers are the same in every order, so that results are equal bit for bit. */
  @Property(tries = 60)
  void productsOfIntegersAreTheSame(
      @ForAll("work") Schedule work,
      @ForAll @IntRange(min = 0, max = 40) int m,
      @ForAll @IntRange(min = 0, max = 40) int n,
      @ForAll @IntRange(min = 0, max = 150) int k,
      @ForAll @IntRange(min = 0, max = 4) int stages,
      @ForAll long seed) {
    KernelFunction gemm = Gemm.of(DType.I8, DType.I32, DType.I32, 16, 16, 32).build();
    Program program = new Program(gemm, Map.of("m", (long) m, "n", (long) n, "k", (long) k), seed);
    Schedule schedule = stages == 0 ? work : work.withStages(stages);
    PassContext context = new PassContext(TestTargets.FULL, schedule, new CompileReport());
    KernelFunction staged =
        Pipeline.run(
            gemm,
            context,
            (name, f) -> {
              Verifier.verifyOrThrow(f);
              Execution.assertSameResults(program, f);
            });
    Verifier.verifyStagedOrThrow(staged);
    assertTrue(Traversal.ops(staged).anyMatch(WorkspaceOp.Await.class::isInstance));
    assertEquals(staged, Parser.parse(Printer.print(staged)));
  }

  // ---------------------------------------------------------------- refusals

  private static String refusal(KernelFunction function) {
    CompileReport report = new CompileReport();
    PassContext context =
        new PassContext(TestTargets.FULL, Schedule.AUTOMATIC.withStreamK(), report);
    assertEquals(function, new ScheduleGrid().run(function, context));
    return report.notes().getFirst().text();
  }

  @Test
  void aKernelThatDoesMoreThanAccumulateKeepsItsTilesWhole() {
    assertEquals(
        "blocks take whole tiles: the loop carries more than sums of products",
        refusal(Kernels.attention(16, 16, 16)));
  }

  @Test
  void aKernelWithoutProductsIsLeftAlone() {
    KernelFunction softmax = Kernels.softmax(DType.F16, 4, 64);
    assertEquals(softmax, scheduled(softmax, Schedule.AUTOMATIC.withSplitK(4)));
  }

  // ---------------------------------------------------------------- the compiler's own choice

  private static KernelFunction ofTiles(int tiles) {
    KernelFunction gemm = Gemm.of(DType.F16, DType.F32, DType.F16, 16, 16, 16).build();
    return new KernelFunction(
        gemm.name(),
        gemm.parameters(),
        List.of(new SizeExpr.Constant(tiles), ONE),
        gemm.launch(),
        gemm.body());
  }

  @Test
  void whereSizesAreNotKnownTilesStayWhole() {
    KernelFunction gemm = ofTiles(TestTargets.FULL.multiprocessors() + 1);
    assertEquals(gemm, scheduled(gemm, Schedule.AUTOMATIC));
  }

  @Test
  void partsAreAtLeastOne() {
    var refused =
        assertThrows(IllegalArgumentException.class, () -> Schedule.AUTOMATIC.withSplitK(0));
    assertEquals("split-K into 0 parts", refused.getMessage());
  }
}
