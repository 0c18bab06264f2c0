package dev.tilewright.samples;

import dev.tilewright.dtype.DType;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.gemm.TileShape;
import dev.tilewright.samples.kernels.Matmul;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that choose a GEMM kernel. */
final class GemmChoices {
  private static final List<DType> INPUTS =
      List.of(DType.F16, DType.BF16, DType.TF32, DType.F8E4M3, DType.F8E5M2, DType.I8);
  private static final List<DType> OUTPUTS = List.of(DType.F16, DType.BF16, DType.F32, DType.I32);

  @Option(
      names = "--in",
      paramLabel = "TYPE",
      defaultValue = "f16",
      description =
          "element type of A and B: f16, bf16, tf32, s8, or from sm_89 on e4m3 or e5m2 (default:"
              + " ${DEFAULT-VALUE})")
  private String in = "f16";

  @Option(
      names = "--out",
      paramLabel = "TYPE",
      description =
          "element type of C: f16, bf16 or f32, for s8 also i32 (default: that of A and B; f32 for"
              + " tf32, i32 for s8, bf16 for e4m3 and e5m2)")
  private Optional<String> out = Optional.empty();

  @Option(
      names = "--tile",
      paramLabel = "BMxBNxBK",
      description = "what a block computes (default: 128x128 and 64 bytes of k)")
  private Optional<String> tile = Optional.empty();

  DType in() {
    return ElementTypes.oneOf("--in", in, INPUTS);
  }

  DType out() {
    return out.map(text -> ElementTypes.oneOf("--out", text, OUTPUTS))
        .orElseGet(() -> GemmProblem.defaultOut(in()));
  }

  TileShape tile() {
    return tile.map(TileShape::parse).orElseGet(() -> TileShape.defaultFor(in()));
  }

  Matmul kernel() {
    TileShape shape = tile();
    return new Matmul(in(), out(), shape.bm(), shape.bn(), shape.bk());
  }
}
