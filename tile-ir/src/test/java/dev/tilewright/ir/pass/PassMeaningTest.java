package dev.tilewright.ir.pass;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.pass.Kernels.Gemm;
import dev.tilewright.ir.random.Execution;
import dev.tilewright.ir.random.RandomPrograms;
import dev.tilewright.ir.random.RandomPrograms.Program;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.verify.Verifier;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * No pass changes what a program computes: the interpreter gives the same bits after each. It also
 * objects to shared memory that is read before it is written, waited for and published.
 */
final class PassMeaningTest {

  /** What the target refuses to do, by design. */
  private static final Set<String> REFUSALS = Set.of("TW-C010", "TW-C011", "TW-C013");

  @Provide
  Arbitrary<Program> registerPrograms() {
    return RandomPrograms.arbitrary(RandomPrograms.REGISTERS);
  }

  @Provide
  Arbitrary<PassContext> contexts() {
    return Combinators.combine(
            Arbitraries.of(TestTargets.FULL, TestTargets.SYNCHRONOUS),
            Arbitraries.of(0, 1, 2, 4),
            Arbitraries.of(0, 1, 2, 3))
        .as(PassMeaningTest::context);
  }

  static PassContext context(Target target, int warps, int stages) {
    Schedule schedule = Schedule.AUTOMATIC;
    schedule = warps == 0 ? schedule : schedule.withWarps(warps);
    schedule = stages == 0 ? schedule : schedule.withStages(stages);
    return new PassContext(target, schedule, new CompileReport());
  }

  @Property(tries = 60)
  void randomProgramsKeepTheirMeaning(
      @ForAll("registerPrograms") Program program, @ForAll("contexts") PassContext context) {
    checkEveryPass(program, context);
  }

  static void checkEveryPass(Program program, PassContext context) {
    try {
      KernelFunction staged =
          Pipeline.run(
              program.function(),
              context,
              (name, f) -> {
                Verifier.verifyOrThrow(f);
                Execution.assertSameResults(program, f);
              });
      StagedForm.check(staged, context.target());
      Verifier.verifyStagedOrThrow(staged);
    } catch (CompileException e) {
      assertTrue(REFUSALS.contains(e.code()), e.code() + " " + e.getMessage());
    }
  }

  /** Types of less than a byte, which change their layout in a wider one. */
  @Provide
  Arbitrary<Program> narrowPrograms() {
    List<DType> types =
        List.of(DType.U1, DType.I4, DType.F4E2M1, DType.F6E3M2, DType.I32, DType.F32);
    return RandomPrograms.arbitrary(
        new RandomPrograms.Profile(types, List.of(1, 2, 3, 8, 32), false));
  }

  @Property(tries = 30)
  void narrowTypesKeepTheirMeaning(
      @ForAll("narrowPrograms") Program program, @ForAll("contexts") PassContext context) {
    checkEveryPass(program, context);
  }

  private static final List<Supplier<KernelFunction>> KERNELS =
      List.of(
          () -> Gemm.of(DType.F16, DType.F32, DType.F16, 32, 16, 16).build(),
          () -> Gemm.of(DType.F16, DType.F32, DType.F32, 16, 8, 32).facts(4, 2).build(),
          () -> Gemm.of(DType.I8, DType.I32, DType.I32, 32, 32, 32).withPlainB().build(),
          () ->
              Gemm.of(DType.F32, DType.F32, DType.F32, 16, 16, 8)
                  .withFactor(DType.TF32)
                  .facts(1, 4)
                  .build(),
          // Sums of f16 are exact in f64, and those of powers far finer than f16: in any order.
          () -> Kernels.softmax(DType.F16, DType.F64, 4, 64),
          () -> Kernels.transpose(DType.F16, 16, 24),
          () -> Kernels.columnSums(DType.F16, DType.F64, 16, 32),
          () -> Kernels.attention(16, 16, 16));

  @Provide
  Arbitrary<Program> kernels() {
    return Combinators.combine(Arbitraries.of(KERNELS), Arbitraries.longs().withoutEdgeCases())
        .as((kernel, seed) -> program(kernel.get(), new Random(seed), seed));
  }

  static Program program(KernelFunction kernel, Random random, long seed) {
    return new Program(
        kernel,
        Map.of(
            "m", 4L * (1 + random.nextInt(10)),
            "n", 4L * (1 + random.nextInt(10)),
            "k", 4L * (1 + random.nextInt(20)),
            "d", 16L),
        seed);
  }

  @Property(tries = 40)
  void kernelsKeepTheirMeaning(
      @ForAll("kernels") Program program, @ForAll("contexts") PassContext context) {
    checkEveryPass(program, context);
  }
}
