package dev.tilewright;

import static dev.tilewright.dtype.DType.F16;
import static dev.tilewright.dtype.DType.F32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.ir.pass.Pipeline;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.ir.text.Parser;
import dev.tilewright.ir.text.ThreadParser;
import dev.tilewright.kernels.Matmul;
import dev.tilewright.kernels.VectorAdd;
import dev.tilewright.runtime.KernelImage;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** From a kernel to an image. */
class CompilerTest {
  private static final Compiler SM_80 = Compiler.forTarget("sm_80");
  private static final Matmul MATMUL = new Matmul(F16, F16, 64, 64, 32);

  @Test
  void anImageSaysWhatTheLaunchNeeds() {
    KernelImage image = SM_80.compile(MATMUL, Specialization.NONE.withDivisor("k", 16)).image();
    assertEquals("Matmul", image.entry());
    assertEquals("sm_80", image.target());
    assertEquals(KernelImage.Format.PTX, image.format());
    assertEquals("[ceildiv(m, 64), ceildiv(n, 64)]", image.grid().toString());
    assertEquals(
        List.of("a false", "b false", "c true"),
        image.requirements().stream().map(r -> r.tensor() + " " + r.written()).toList());
    assertEquals("{k=16}", image.divisors().toString());
    assertTrue(image.threads() % 32 == 0 && image.threads() <= 1024);
  }

  @Test
  void equalChoicesGiveEqualBytes() {
    assertEquals(
        Compiler.forTarget("sm_80").compile(MATMUL).image(),
        Compiler.forTarget("sm_80").compile(new Matmul(F16, F16, 64, 64, 32)).image());
  }

  @Test
  void whateverDecidesAboutTheCodeIsInTheFingerprint() {
    Set<String> fingerprints =
        Stream.of(
                SM_80.compile(MATMUL),
                SM_80.compile(new Matmul(F16, F32, 64, 64, 32)),
                SM_80.compile(MATMUL, Specialization.NONE.withDivisor("k", 16)),
                SM_80.withSchedule(Schedule.AUTOMATIC.withStages(1)).compile(MATMUL),
                Compiler.forTarget("sm_90").compile(MATMUL))
            .map(compilation -> compilation.image().fingerprint())
            .collect(Collectors.toSet());
    assertEquals(5, fingerprints.size());
    assertEquals(CompilerFingerprint.of(Compiler.class), CompilerFingerprint.of(Compiler.class));
    assertNotEquals(CompilerFingerprint.of(Compiler.class), CompilerFingerprint.of(Parser.class));
  }

  @Test
  void everyStageCanBeSeen() {
    Compilation compilation = SM_80.compile(MATMUL);
    assertEquals(
        Pipeline.passes().stream().map(pass -> pass.name()).toList(),
        compilation.stages().stream().map(Compilation.Stage::pass).toList());
    assertEquals(compilation.traced(), Parser.parse(compilation.text(Emit.TILE_IR)));
    assertEquals(compilation.staged(), Parser.parse(compilation.text(Emit.STAGED_IR)));
    assertEquals(compilation.threads(), ThreadParser.parse(compilation.text(Emit.THREAD_IR)));
    assertTrue(compilation.text(Emit.CODE).contains(".target sm_80"));
    assertTrue(compilation.text(Emit.LAYOUTS).contains("Mma (Matmul.java:23)"));
    List<String> steps =
        compilation.timings().stream().map(Compilation.Timing::step).distinct().toList();
    assertTrue(steps.containsAll(List.of("Trace", "PlanMemory", "ExpandTiles", "Generate")));
  }

  @Test
  void aFunctionFromTextCompilesLikeTheKernel() {
    Compilation direct = SM_80.compile(new VectorAdd(F32, 256));
    Compilation parsed =
        SM_80.compile(Parser.parse(direct.text(Emit.TILE_IR)), Specialization.NONE);
    assertEquals(direct.image(), parsed.image());
  }

  @Test
  void anUnknownTargetIsRefusedWithTheKnownOnes() {
    Exception error =
        assertThrows(IllegalArgumentException.class, () -> Compiler.forTarget("sm_10"));
    assertTrue(String.valueOf(error.getMessage()).contains("sm_80"), error::getMessage);
  }
}
