package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.Compiler;
import dev.tilewright.dtype.DType;
import dev.tilewright.ptx.Ptxas;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.gemm.TileShape;
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
    Ptxas.Assembly assembly = ptxas.orElseThrow().assemble(ptx, target);
    assertAll(
        () -> assertEquals(List.of(), assembly.warnings()),
        () -> assertEquals(0, assembly.spillStoreBytes()),
        () -> assertEquals(0, assembly.spillLoadBytes()),
        () -> assertEquals(0, assembly.stackBytes()));
  }
}
