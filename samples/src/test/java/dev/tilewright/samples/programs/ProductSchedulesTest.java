package dev.tilewright.samples.programs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.Compilation;
import dev.tilewright.Compiler;
import dev.tilewright.ReferenceRun;
import dev.tilewright.Specialization;
import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.interpret.HostTensor;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.samples.programs.RandomProgramsTest.Elements;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Iterations of loops with products overlap, and compute what they did one by one. */
class ProductSchedulesTest {

  /** A program, its schedule and its arguments. */
  private record Case(
      SeveralProducts program,
      Schedule schedule,
      SequencedMap<String, Elements> tensors,
      String what) {

    static Case of(long seed, List<SeveralProducts.Shape> shapes) {
      SplittableRandom random = new SplittableRandom(seed);
      SeveralProducts program =
          new SeveralProducts(
              shapes.get(random.nextInt(shapes.size())),
              random.nextBoolean() ? DType.F16 : DType.BF16,
              64 * random.nextInt(1, 3),
              32 * random.nextInt(1, 3),
              64);
      Schedule schedule = RandomProgramsTest.schedule(random, true);
      int m = random.nextInt(1, 2 * program.bm() + 1);
      // Rows of s must be aligned.
      int n = 8 * random.nextInt(1, 5 * program.bn() / 8 + 1);
      SequencedMap<String, Elements> tensors = new LinkedHashMap<>();
      tensors.put("q", Elements.random(program.in(), random, m, program.d()));
      for (String name : List.of("k", "v", "w")) {
        tensors.put(name, Elements.random(program.in(), random, n, program.d()));
      }
      tensors.put("s", Elements.random(program.in(), random, m, n));
      tensors.put("o", Elements.zeros(DType.F32, m, program.d()));
      String what = "seed %d: %s %s m %d n %d".formatted(seed, program, schedule, m, n);
      return new Case(program, schedule, tensors, what);
    }

    /** What a stage of the program computes. */
    double[] interpret(KernelFunction stage) {
      ReferenceRun run = ReferenceRun.of(stage);
      Map<String, HostTensor> given = new LinkedHashMap<>();
      tensors.forEach(
          (name, x) -> given.put(name, HostTensor.of(x.dtype(), x.values(), x.extents())));
      for (Map.Entry<String, HostTensor> each : given.entrySet()) {
        run = run.with(each.getKey(), each.getValue());
      }
      run.run();
      HostTensor o = Objects.requireNonNull(given.get("o"));
      double[] values = new double[(int) o.elements()];
      Arrays.setAll(values, o::number);
      return values;
    }
  }

  private static Compilation compile(SeveralProducts program, Schedule schedule) {
    return Compiler.forTarget("sm_90a")
        .withSchedule(schedule)
        .withVerification(true)
        .compile(program, Specialization.NONE.withDivisor("n", 8));
  }

  private static KernelFunction stage(Compilation compilation, String pass) {
    return compilation.stages().stream()
        .filter(stage -> stage.pass().equals(pass))
        .findFirst()
        .orElseThrow()
        .function();
  }

  /** Bit for bit, for the operations of an iteration stay in their order. */
  @Property(tries = 15, edgeCases = EdgeCasesMode.NONE)
  void theInterpreterSeesNoDifference(@ForAll long seed) {
    Case each = Case.of(seed, List.of(SeveralProducts.Shape.values()));
    Compilation compilation = compile(each.program(), each.schedule());
    double[] before = each.interpret(stage(compilation, "LowerConversions"));
    for (String pass : List.of("ScheduleProducts", "LowerAsync")) {
      assertArrayEquals(before, each.interpret(stage(compilation, pass)), each.what() + pass);
    }
  }

  /** Sums of small integers are exact in any order. */
  @Property(tries = 15, edgeCases = EdgeCasesMode.NONE)
  void theEmulatorSeesNoDifference(@ForAll long seed) {
    Case each =
        Case.of(
            seed,
            List.of(
                SeveralProducts.Shape.CHAIN,
                SeveralProducts.Shape.FORK,
                SeveralProducts.Shape.HALVES,
                SeveralProducts.Shape.TWO_SUMS));
    RandomProgramsTest.compare(
        each.program(), each.schedule(), each.tensors(), "emulator:sm_90a", each.what());
  }

  @ParameterizedTest
  @EnumSource
  void theReportSaysHowIterationsOverlap(SeveralProducts.Shape shape) {
    SeveralProducts program = new SeveralProducts(shape, DType.F16, 64, 64, 64);
    List<String> notes = notes(compile(program, Schedule.AUTOMATIC));
    switch (shape) {
      case CHAIN, FORK, HALVES, STATE, ATTENTION ->
          assertTrue(
              notes.getFirst().startsWith("a modulo schedule of 2 stages"), notes.getFirst());
      // Both sums go on from one iteration to the next: nothing is left to overlap.
      case TWO_SUMS ->
          assertEquals(
              "iterations of the loop do not overlap, and take 256 cycles each: no other order"
                  + " takes fewer",
              notes.getFirst());
    }
  }

  @ParameterizedTest
  @EnumSource(names = "TWO_SUMS", mode = EnumSource.Mode.EXCLUDE)
  void oneProductUnderWayIsRespected(SeveralProducts.Shape shape) {
    SeveralProducts program = new SeveralProducts(shape, DType.F16, 64, 64, 64);
    Compilation compilation = compile(program, Schedule.AUTOMATIC.withMmaDepth(1));
    assertEquals(
        List.of("iterations of the loop do not overlap: the schedule wants one product under way"),
        notes(compilation));
    assertEquals(stage(compilation, "LowerConversions"), stage(compilation, "ScheduleProducts"));
  }

  private static List<String> notes(Compilation compilation) {
    return compilation.report().notes().stream()
        .filter(note -> note.pass().equals("ScheduleProducts"))
        .map(note -> note.text())
        .toList();
  }
}
