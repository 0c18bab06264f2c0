package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.SizeExpr;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.KernelParameter;
import dev.tilewright.runtime.LoadedImage;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.runtime.TensorRequirement;
import dev.tilewright.runtime.spi.TiledTensorMap.ElementType;
import dev.tilewright.runtime.spi.TiledTensorMap.Fill;
import dev.tilewright.runtime.spi.TiledTensorMap.Promotion;
import dev.tilewright.runtime.spi.TiledTensorMap.Swizzle;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.DoubleStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Tensor maps from a tensor's shape and strides to the emulated accelerator: a copy by boxes. */
class TensorMapLaunchTest {
  /** Block (x, y) copies the box of 64 by 16 at column 64x and row 16y. */
  private static final String COPY =
      """
      .version 8.0
      .target sm_90
      .address_size 64
      .visible .entry copy(.param .align 64 .b8 from[128], .param .align 64 .b8 to[128])
      {
        .reg .pred %p;
        .reg .b32 %r<3>;
        .reg .b64 %d<2>;
        .shared .align 1024 .b8 tile[2048];
        .shared .align 8 .b8 bar[8];
        mov.b64 %d0, from;
        cvta.param.u64 %d0, %d0;
        mov.b64 %d1, to;
        cvta.param.u64 %d1, %d1;
        mov.u32 %r0, %ctaid.x;
        shl.b32 %r0, %r0, 6;
        mov.u32 %r1, %ctaid.y;
        shl.b32 %r1, %r1, 4;
        mbarrier.init.shared::cta.b64 [bar], 1;
        fence.mbarrier_init.release.cluster;
        mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], 2048;
        cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes
          [tile], [%d0, {%r0, %r1}], [bar];
      WAIT:
        mbarrier.try_wait.parity.shared::cta.b64 %p, [bar], 0;
        @!%p bra WAIT;
        cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%d1, {%r0, %r1}], [tile];
        cp.async.bulk.commit_group;
        cp.async.bulk.wait_group.read 0;
        ret;
      }
      """;

  private static KernelParameter map(String tensor) {
    return new KernelParameter.TensorMap(
        tensor,
        ElementType.FLOAT16,
        List.of(1, 0),
        List.of(64, 16),
        Swizzle.B128,
        Promotion.L2_128B,
        Fill.ZEROS);
  }

  private static KernelImage image() {
    SizeExpr m = new SizeExpr.Dimension("m");
    SizeExpr n = new SizeExpr.Dimension("n");
    return new KernelImage(
        "copy",
        "sm_90",
        KernelImage.Format.PTX,
        COPY.getBytes(StandardCharsets.UTF_8),
        List.of(map("x"), map("y")),
        List.of(
            new SizeExpr.CeilDiv(n, new SizeExpr.Constant(64)),
            new SizeExpr.CeilDiv(m, new SizeExpr.Constant(16))),
        1,
        0,
        List.of(
            new TensorRequirement("x", DType.F16, List.of(m, n), 1, 16, false),
            new TensorRequirement("y", DType.F16, List.of(m, n), 1, 16, true)),
        "copy");
  }

  @Property(tries = 40)
  void boxesCopyRaggedViews(
      @ForAll @IntRange(min = 1, max = 70) int m,
      @ForAll @IntRange(min = 1, max = 200) int n,
      @ForAll @IntRange(min = 0, max = 2) int padding,
      @ForAll boolean own) {
    int pitch = Math.ceilDiv(n, 8) * 8 + 8 * padding;
    try (Device device = Device.open(own ? "emulator:sm_90a" : "emulator:sm_90");
        LoadedImage kernel = device.load(image());
        Tensor x = Tensor.of(device, DType.F16, m + 1, pitch);
        Tensor y = Tensor.zeros(device, DType.F16, m + 1, pitch)) {
      double[] values = DoubleStream.iterate(1, v -> v % 2000 + 1).limit((m + 1) * pitch).toArray();
      x.upload(values);
      var report =
          kernel.launch(
              Arguments.of("x", x.slice(0, 1, m + 1).slice(1, 0, n))
                  .with("y", y.slice(0, 1, m + 1).slice(1, 0, n)));
      double[] expected = new double[values.length];
      for (int row = 1; row <= m; row++) {
        System.arraycopy(values, row * pitch, expected, row * pitch, n);
      }
      assertArrayEquals(expected, y.toDoubles());
      assertEquals(2L * m * n, report.counters().get("bytes.bulk.load"));
    }
  }
}
