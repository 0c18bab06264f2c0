package dev.tilewright.ir.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.pass.Kernels.Gemm;
import dev.tilewright.ir.target.Target;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the passes refuse, and what they report instead of refusing. */
final class RefusalsTest {

  private static CompileException refused(KernelFunction kernel, Target target, Schedule schedule) {
    PassContext context = new PassContext(target, schedule, new CompileReport());
    return assertThrows(CompileException.class, () -> Pipeline.run(kernel, context, (_, _) -> {}));
  }

  private static void says(CompileException e, String code, int line, String... parts) {
    assertEquals(code, e.code());
    assertEquals(line, e.location().line(), e.getMessage());
    for (String part : parts) {
      assertTrue(String.valueOf(e.getMessage()).contains(part), e.getMessage());
    }
  }

  @Test
  void typesThatNoInstructionMultiplies() {
    KernelFunction kernel = Gemm.of(DType.F32, DType.F32, DType.F32, 64, 64, 16).build();
    says(
        refused(kernel, TestTargets.FULL, Schedule.AUTOMATIC),
        "TW-C010",
        24,
        "m×n×k = 64×64×16 of f32 × f32 + f32",
        "Cast the f32 operands to tf32",
        "i8 × i8 + i32");
  }

  @Test
  void tilesThatAreNoWholeInstructions() {
    KernelFunction kernel = Gemm.of(DType.F16, DType.F32, DType.F32, 24, 20, 16).build();
    says(
        refused(kernel, TestTargets.FULL, Schedule.AUTOMATIC),
        "TW-C011",
        24,
        "Use multiples of m 16, n 8, k 16, such as 32×24×16");
  }

  @Test
  void warpsThatAreNoPowerOfTwo() {
    KernelFunction kernel = Kernels.softmax(DType.F16, 4, 64);
    CompileException e = refused(kernel, TestTargets.FULL, Schedule.AUTOMATIC.withWarps(3));
    assertEquals("TW-C012", e.code());
    assertTrue(
        String.valueOf(e.getMessage()).contains("a power of two of at most 32"), e.getMessage());
  }

  @Test
  void accumulatorsBeyondTheRegisters() {
    KernelFunction kernel = Gemm.of(DType.F16, DType.F32, DType.F32, 128, 128, 16).build();
    says(
        refused(kernel, TestTargets.FULL, Schedule.AUTOMATIC.withWarps(1)),
        "TW-C013",
        24,
        "need 512 registers of each thread",
        "[128, 128] of f32 at Kernel.java:24 takes 512",
        "more warps than 1");
  }

  @Test
  void memoryBeyondTheBlocks() {
    KernelFunction kernel = Gemm.of(DType.F16, DType.F32, DType.F16, 128, 128, 64).build();
    Target small = TestTargets.target("small", 49_152, Set.of(16), true);
    says(
        refused(kernel, small, Schedule.AUTOMATIC.withStages(3)),
        "TW-C015",
        22,
        "needs 98304 bytes of shared memory, a block of small has 49152",
        "49152 bytes for [3, 128, 64] of f16 made at Kernel.java:20",
        "49152 bytes for [3, 128, 64] of f16 made at Kernel.java:22");
  }

  /** Left to itself, the compiler takes as many stages as fit, or leaves the loop alone. */
  @Test
  void stagesAreChosenToFit() {
    KernelFunction kernel = Gemm.of(DType.F16, DType.F32, DType.F16, 128, 128, 64).build();
    assertEquals(4, ringStages(kernel, 262_144));
    assertEquals(3, ringStages(kernel, 131_072));
    assertEquals(2, ringStages(kernel, 65_536));
    assertEquals(0, ringStages(kernel, 49_152));
  }

  private static int ringStages(KernelFunction kernel, int sharedBytes) {
    Target target = TestTargets.target("sized", sharedBytes, Set.of(4, 8, 16), true);
    PassContext context = new PassContext(target, Schedule.AUTOMATIC, new CompileReport());
    KernelFunction staged = Pipeline.run(kernel, context, (_, _) -> {});
    return Traversal.ops(staged)
        .filter(Op.SharedAlloc.class::isInstance)
        .map(op -> op.results().getFirst().shared().shape())
        .filter(shape -> shape.size() == 3)
        .mapToInt(shape -> shape.getFirst())
        .max()
        .orElse(0);
  }

  private static void reports(KernelFunction kernel, Target target, String text) {
    CompileReport report = new CompileReport();
    Pipeline.run(kernel, new PassContext(target, Schedule.AUTOMATIC, report), (_, _) -> {});
    assertTrue(
        report.notes().stream().anyMatch(note -> note.text().contains(text)),
        () -> report.notes().toString());
  }

  @Test
  void whatIsNotPipelinedIsReported() {
    Gemm gemm = Gemm.of(DType.F16, DType.F32, DType.F16, 64, 64, 32);
    reports(
        gemm.facts(1, 2).build(),
        TestTargets.FULL,
        "staged through registers, one iteration ahead: its rows may start at any multiple of 2"
            + " bytes");
    reports(gemm.build(), TestTargets.SYNCHRONOUS, "synchronous has no asynchronous copies");
  }

  @Test
  void whatIsCheckedAtTheEdgeIsReported() {
    reports(
        Kernels.transpose(DType.F16, 32, 32),
        TestTargets.FULL,
        "the store checks dimension 1 of 'y' against its size m");
  }
}
