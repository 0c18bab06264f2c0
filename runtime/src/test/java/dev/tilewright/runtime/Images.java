package dev.tilewright.runtime;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.SizeExpr;
import dev.tilewright.layout.SizeExpr.CeilDiv;
import dev.tilewright.layout.SizeExpr.Constant;
import dev.tilewright.layout.SizeExpr.Dimension;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Images for tests; nothing executes their code. */
final class Images {
  private Images() {}

  static SizeExpr dim(String name) {
    return new Dimension(name);
  }

  static KernelImage of(
      List<KernelParameter> parameters, List<SizeExpr> grid, List<TensorRequirement> requirements) {
    return new KernelImage(
        "k",
        "sm_80",
        KernelImage.Format.PTX,
        "// nothing".getBytes(StandardCharsets.UTF_8),
        parameters,
        grid,
        128,
        1024,
        requirements,
        "f");
  }

  /** Copies {@code x[n]} to {@code y[n]}. */
  static KernelImage copy() {
    return of(
        List.of(
            new KernelParameter.Pointer("x"),
            new KernelParameter.Pointer("y"),
            new KernelParameter.Dimension("n")),
        List.of(new CeilDiv(dim("n"), new Constant(128))),
        List.of(
            new TensorRequirement("x", DType.F32, List.of(dim("n")), 0, 16, false),
            new TensorRequirement("y", DType.F32, List.of(dim("n")), 0, 16, true)));
  }

  /** {@code c[m, n] = alpha · a[m, k] · b[n, k]ᵀ} in tiles of 64 by 32. */
  static KernelImage gemm() {
    return of(
        List.of(
            new KernelParameter.Pointer("a"),
            new KernelParameter.Dimension("m"),
            new KernelParameter.Pointer("b"),
            new KernelParameter.Dimension("n"),
            new KernelParameter.Dimension("k"),
            new KernelParameter.Scalar("alpha", DType.F16),
            new KernelParameter.Stride("a", 0),
            new KernelParameter.Scalar("flag", DType.I1),
            new KernelParameter.Pointer("c"),
            new KernelParameter.Stride("c", 0)),
        List.of(new CeilDiv(dim("m"), new Constant(64)), new CeilDiv(dim("n"), new Constant(32))),
        List.of(
            new TensorRequirement("a", DType.F16, List.of(dim("m"), dim("k")), 1, 16, false),
            new TensorRequirement("b", DType.F16, List.of(dim("n"), dim("k")), 1, 16, false),
            new TensorRequirement("c", DType.F32, List.of(dim("m"), dim("n")), 1, 4, true)));
  }
}
