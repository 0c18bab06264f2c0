package dev.tilewright.ir.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.ir.golden.Golden;
import dev.tilewright.ir.pass.Kernels.Gemm;
import dev.tilewright.ir.random.Execution;
import dev.tilewright.ir.random.RandomPrograms.Program;
import dev.tilewright.ir.text.Parser;
import dev.tilewright.ir.text.Printer;
import dev.tilewright.ir.verify.Verifier;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Blocks that fetch the numbers of their tiles compute what blocks with one tile each do. */
final class FetchedTilesTest {
  private static final List<Supplier<KernelFunction>> KERNELS =
      List.of(
          () -> Gemm.of(DType.F16, DType.F32, DType.F16, 16, 16, 32).build(),
          () -> Gemm.of(DType.I8, DType.I32, DType.I32, 32, 16, 32).withPlainB().build(),
          () -> Kernels.softmax(DType.F16, 4, 64),
          () -> Kernels.transpose(DType.F16, 16, 24),
          () -> Kernels.attention(16, 16, 16));

  @Provide
  Arbitrary<Supplier<KernelFunction>> kernels() {
    return Arbitraries.of(KERNELS);
  }

  /**
   * Bit for bit after every pass: no tile is computed in another way. That each number was fetched
   * once is what the interpreter checks when the launch ends: the counter is zero again.
   */
  @Property(tries = 60)
  void everyTileIsComputedOnce(
      @ForAll("kernels") Supplier<KernelFunction> kernel,
      @ForAll @IntRange(min = 1, max = 12) int blocks,
      @ForAll @IntRange(min = 0, max = 10) int m,
      @ForAll @IntRange(min = 0, max = 10) int n,
      @ForAll @IntRange(min = 0, max = 20) int k,
      @ForAll @IntRange(min = 0, max = 4) int stages,
      @ForAll long seed) {
    Program program =
        new Program(kernel.get(), Map.of("m", 4L * m, "n", 4L * n, "k", 4L * k, "d", 16L), seed);
    Schedule dynamic = Schedule.AUTOMATIC.withDynamic(true).withBlocks(blocks).withRasterGroup(2);
    PassContext context =
        new PassContext(
            TestTargets.FULL,
            stages == 0 ? dynamic : dynamic.withStages(stages),
            new CompileReport());
    KernelFunction staged =
        Pipeline.run(
            program.function(),
            context,
            (name, f) -> {
              Verifier.verifyOrThrow(f);
              Execution.assertSameResults(program, f);
            });
    Verifier.verifyStagedOrThrow(staged);
    StagedForm.check(staged, context.target());
    assertTrue(Traversal.ops(staged).anyMatch(WorkspaceOp.FetchIncrement.class::isInstance));
    assertEquals(staged, Parser.parse(Printer.print(staged)));
  }

  @Test
  void golden() {
    Schedule schedule = Schedule.AUTOMATIC.withDynamic(true).withBlocks(5);
    PassContext context = new PassContext(TestTargets.FULL, schedule, new CompileReport());
    Golden.check("schedulegrid/fetched", f -> new ScheduleGrid().run(f, context));
  }

  // ---------------------------------------------------------------- where it does not apply

  private static List<String> notes(Schedule schedule) {
    CompileReport report = new CompileReport();
    KernelFunction gemm = Gemm.of(DType.F16, DType.F32, DType.F16, 16, 16, 32).build();
    KernelFunction scheduled =
        new ScheduleGrid().run(gemm, new PassContext(TestTargets.FULL, schedule, report));
    assertTrue(Traversal.ops(scheduled).noneMatch(WorkspaceOp.FetchIncrement.class::isInstance));
    return report.notes().stream()
        .map(CompileReport.Note::text)
        .filter(text -> text.startsWith("tiles are not fetched"))
        .toList();
  }

  @Test
  void otherwiseTilesAreCountedAndTheReportSaysWhy() {
    Schedule dynamic = Schedule.AUTOMATIC.withDynamic(true);
    assertEquals(
        List.of(
            "tiles are not fetched from a counter: blocks that are not persistent take one each"),
        notes(dynamic.withPersistent(false)));
    assertEquals(
        List.of("tiles are not fetched from a counter: blocks share them in parts"),
        notes(dynamic.withStreamK()));
    assertEquals(
        List.of(
            "tiles are not fetched from a counter: consumers that take turns take two tiles at a"
                + " time"),
        notes(dynamic.withPingPong(true)));
    assertEquals(List.of(), notes(Schedule.AUTOMATIC.withPersistent(true)));
  }
}
