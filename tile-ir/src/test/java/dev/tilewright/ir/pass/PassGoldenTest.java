package dev.tilewright.ir.pass;

import dev.tilewright.ir.golden.Golden;
import dev.tilewright.ir.target.Target;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What each pass makes of small kernels, to be read. The kernel {@code linear} goes all the way:
 * what one pass makes of it is what the next one takes. So do the roles of {@code attention}, from
 * where their layouts are known.
 */
final class PassGoldenTest {
  private static final List<Pass> PASSES =
      List.of(
          new EraseRoles(),
          new InferMasks(),
          new PartitionWarps(),
          new SelectMma(),
          new AssignLayouts(),
          new ReduceAcrossWarps(),
          new PipelineLoops(),
          new LowerConversions(),
          new ScheduleProducts(),
          new LowerAsync(),
          new PlanMemory());

  static Stream<Arguments> goldens() {
    return PASSES.stream()
        .flatMap(
            pass ->
                Golden.cases(pass.name().toLowerCase(Locale.ROOT)).stream()
                    .map(name -> Arguments.of(pass, name)));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("goldens")
  void golden(Pass pass, String name) {
    Schedule schedule = Schedule.AUTOMATIC.withStages(3);
    Target target =
        pass instanceof PartitionWarps
                || pass instanceof ScheduleProducts
                || pass instanceof LowerAsync
            ? TestTargets.ROLES
            : TestTargets.FULL;
    PassContext context = new PassContext(target, schedule, new CompileReport());
    Golden.check(name, function -> pass.run(function, context));
  }
}
