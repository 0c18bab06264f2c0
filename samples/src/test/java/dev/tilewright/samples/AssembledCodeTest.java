package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.Compilation;
import dev.tilewright.Compiler;
import dev.tilewright.Specialization;
import dev.tilewright.dtype.DType;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.ptx.Ptxas;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.gemm.TileShape;
import dev.tilewright.samples.kernels.Attention;
import dev.tilewright.samples.kernels.Matmul;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernels that are measured keep everything in registers, on every target. */
class AssembledCodeTest {

  static Stream<Arguments> kernels() {
    return Stream.of("sm_80", "sm_86", "sm_89", "sm_90")
        .flatMap(
            target ->
                Stream.of(DType.F16, DType.BF16, DType.TF32, DType.I8)
                    .map(in -> Arguments.of(target, in)));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void assemblesWithoutWarningOrSpill(String target, DType in) {
    Optional<Ptxas> ptxas = Ptxas.find();
    Assumptions.assumeTrue(ptxas.isPresent(), "ptxas is not on this machine");
    TileShape tile = TileShape.defaultFor(in);
    Matmul kernel = new Matmul(in, GemmProblem.defaultOut(in), tile.bm(), tile.bn(), tile.bk());
    String ptx = Compiler.forTarget(target).compile(kernel).code().text();
    check(ptxas.orElseThrow().assemble(ptx, target));
  }

  static Stream<Arguments> roles() {
    Schedule automatic = Schedule.AUTOMATIC;
    return Stream.of(
        Arguments.of(DType.BF16, DType.BF16, 128, 256, 64, automatic),
        Arguments.of(DType.BF16, DType.BF16, 256, 128, 64, automatic.withMmaDepth(2)),
        Arguments.of(DType.BF16, DType.BF16, 128, 256, 64, automatic.withCluster(2)),
        Arguments.of(DType.F16, DType.F16, 128, 128, 64, automatic),
        Arguments.of(DType.F16, DType.F16, 64, 256, 64, automatic.withPingPong(true)),
        Arguments.of(DType.F16, DType.F32, 128, 192, 64, automatic.withPersistent(false)),
        Arguments.of(DType.F8E4M3, DType.BF16, 128, 256, 128, automatic),
        Arguments.of(DType.F8E4M3, DType.F32, 128, 128, 128, automatic.withCluster(2)),
        Arguments.of(DType.TF32, DType.F32, 128, 256, 32, automatic),
        Arguments.of(DType.I8, DType.I32, 128, 256, 128, automatic));
  }

  /** Warps with roles: no advice that products are serialized or registers not traded, either. */
  @ParameterizedTest
  @MethodSource("roles")
  void rolesAssembleWithoutAdvice(DType in, DType out, int bm, int bn, int bk, Schedule schedule) {
    Optional<Ptxas> ptxas = Ptxas.find();
    Assumptions.assumeTrue(ptxas.isPresent(), "ptxas is not on this machine");
    Specialization facts =
        Specialization.NONE.withDivisor("m", 256).withDivisor("n", 256).withDivisor("k", 128);
    String ptx =
        Compiler.forTarget("sm_90a")
            .withSchedule(schedule)
            .compile(new Matmul(in, out, bm, bn, bk), facts)
            .code()
            .text();
    assertTrue(ptx.contains("wgmma.mma_async") && ptx.contains("setmaxnreg"), ptx);
    check(ptxas.orElseThrow().assemble(ptx, "sm_90a"));
  }

  static Stream<Arguments> attention() {
    return Stream.of(64, 128)
        .flatMap(
            d ->
                Stream.of(false, true)
                    .map(causal -> new Attention(DType.BF16, DType.BF16, 128, 64, d, causal)))
        .map(Arguments::of);
  }

  /** Two products under way beside the softmax, and everything in registers. */
  @ParameterizedTest
  @MethodSource("attention")
  void attentionAssemblesWithoutAdvice(Attention kernel) {
    Optional<Ptxas> ptxas = Ptxas.find();
    Assumptions.assumeTrue(ptxas.isPresent(), "ptxas is not on this machine");
    Compilation compilation =
        Compiler.forTarget("sm_90a")
            .compile(kernel, Specialization.NONE.withDivisor("width", kernel.d()));
    assertTrue(
        compilation.report().notes().stream()
            .anyMatch(note -> note.text().startsWith("a modulo schedule of 2 stages")));
    check(ptxas.orElseThrow().assemble(compilation.code().text(), "sm_90a"));
  }

  private static void check(Ptxas.Assembly assembly) {
    assertAll(
        () -> assertEquals(List.of(), assembly.warnings()),
        () -> assertEquals(0, assembly.spillStoreBytes()),
        () -> assertEquals(0, assembly.spillLoadBytes()),
        () -> assertEquals(0, assembly.stackBytes()));
  }
}
