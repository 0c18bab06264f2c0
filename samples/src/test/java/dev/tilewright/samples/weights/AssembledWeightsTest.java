package dev.tilewright.samples.weights;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.Compiler;
import dev.tilewright.Specialization;
import dev.tilewright.Specialization.TensorFacts;
import dev.tilewright.dtype.DType;
import dev.tilewright.layout.weights.WeightFormat;
import dev.tilewright.ptx.Ptxas;
import dev.tilewright.samples.kernels.WeightGemm;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From decoding to prefill, products with weights of four bits keep everything in registers. */
class AssembledWeightsTest {
  @ParameterizedTest
  @CsvSource({"sm_80, 16", "sm_80, 64", "sm_80, 128", "sm_90a, 16", "sm_90a, 64", "sm_90a, 128"})
  void assembleWithoutWarningOrSpill(String target, int bm) {
    Optional<Ptxas> ptxas = Ptxas.find();
    Assumptions.assumeTrue(ptxas.isPresent(), "ptxas is not on this machine");
    WeightFormat format = WeightFormat.of(DType.U4).withScales(DType.F16, 128).withZeros(DType.U8);
    WeightGemm kernel = new WeightGemm(format, DType.F16, DType.F16, false, bm, 128, 64);
    Specialization facts =
        Specialization.NONE
            .withTensor("w", new TensorFacts(3, 16))
            .withTensor("w_scales", new TensorFacts(1, 16))
            .withTensor("w_zeros", new TensorFacts(1, 16))
            .withTensor("x", new TensorFacts(1, 16))
            .withTensor("y", new TensorFacts(1, 16));
    String ptx = Compiler.forTarget(target).compile(kernel, facts).code().text();
    Ptxas.Assembly assembly = ptxas.orElseThrow().assemble(ptx, target);
    assertAll(
        () -> assertEquals(List.of(), assembly.warnings()),
        () -> assertEquals(0, assembly.spillStoreBytes()),
        () -> assertEquals(0, assembly.spillLoadBytes()),
        () -> assertEquals(0, assembly.stackBytes()));
  }
}
