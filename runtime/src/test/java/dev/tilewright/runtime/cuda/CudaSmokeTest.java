package dev.tilewright.runtime.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.SizeExpr;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.Event;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.KernelParameter;
import dev.tilewright.runtime.LoadedImage;
import dev.tilewright.runtime.Stream;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.runtime.TensorRequirement;
import dev.tilewright.runtime.spi.LaunchReport;
import dev.tilewright.runtime.spi.Probe;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The CUDA device on a real GPU; skipped, with the reason, where there is none. */
@Tag("gpu")
final class CudaSmokeTest {
  /** {@code y[i] = alpha · x[i]}, with enough dynamic shared memory to need the opt-in. */
  private static final String SCALE =
      """
      .version 7.0
      .target sm_80
      .address_size 64
      .visible .entry scale(.param .u64 px, .param .u64 py, .param .u32 pn, .param .f32 pa)
      {
        .reg .pred %p;
        .reg .b32 %r<6>;
        .reg .b64 %d<6>;
        .reg .f32 %f<4>;
        ld.param.u64 %d0, [px];
        ld.param.u64 %d1, [py];
        ld.param.u32 %r0, [pn];
        ld.param.f32 %f0, [pa];
        mov.u32 %r1, %ctaid.x;
        mov.u32 %r2, %ntid.x;
        mov.u32 %r3, %tid.x;
        mad.lo.s32 %r4, %r1, %r2, %r3;
        setp.ge.s32 %p, %r4, %r0;
        @%p ret;
        cvta.to.global.u64 %d0, %d0;
        cvta.to.global.u64 %d1, %d1;
        mul.wide.s32 %d2, %r4, 4;
        add.s64 %d3, %d0, %d2;
        add.s64 %d4, %d1, %d2;
        ld.global.f32 %f1, [%d3];
        mul.f32 %f2, %f1, %f0;
        st.global.f32 [%d4], %f2;
        ret;
      }
      """;

  private static Device device;

  @BeforeAll
  static void openDevice() {
    if (new CudaProvider().probe() instanceof Probe.Absent(String reason)) {
      System.out.println("The CUDA device is not tested on a GPU: " + reason);
      abort(reason);
    }
    device = Device.open("cuda:0");
  }

  @AfterAll
  static void closeDevice() {
    if (device != null) {
      device.close();
    }
  }

  private static KernelImage image(String ptx) {
    SizeExpr n = new SizeExpr.Dimension("n");
    return new KernelImage(
        "scale",
        "sm_80",
        KernelImage.Format.PTX,
        ptx.getBytes(StandardCharsets.UTF_8),
        List.of(
            new KernelParameter.Pointer("x"),
            new KernelParameter.Pointer("y"),
            new KernelParameter.Dimension("n"),
            new KernelParameter.Scalar("alpha", DType.F32)),
        List.of(new SizeExpr.CeilDiv(n, new SizeExpr.Constant(256))),
        256,
        64 * 1024,
        List.of(
            new TensorRequirement("x", DType.F32, List.of(n), 0, 16, false),
            new TensorRequirement("y", DType.F32, List.of(n), 0, 16, true)),
        "fingerprint");
  }

  @Test
  void aKernelRuns() {
    int n = 100_003;
    double[] values = IntStream.range(0, n).mapToDouble(i -> i % 4096).toArray();
    try (LoadedImage scale = device.load(image(SCALE));
        Stream stream = device.openStream();
        Event start = device.openEvent();
        Event end = device.openEvent();
        Tensor x = Tensor.of(device, DType.F32, values, n);
        Tensor y = Tensor.zeros(device, DType.F32, n)) {
      stream.record(start);
      LaunchReport report =
          scale.bind(Arguments.of("x", x).with("y", y).with("alpha", 0.5)).run(stream);
      stream.record(end);
      end.synchronize();
      assertEquals(LaunchReport.NONE, report);
      assertTrue(end.nanosSince(start) > 0);
      assertArrayEquals(
          IntStream.range(0, n).mapToDouble(i -> i % 4096 * 0.5).toArray(), y.toDoubles());
    }
  }

  @Test
  void theCompilersLogIsInTheMessage() {
    var e =
        assertThrows(
            DeviceException.class, () -> device.load(image(SCALE.replace("mul.f32", "mul.f33"))));
    assertTrue(String.valueOf(e.getMessage()).contains("ptxas"), e::toString);
  }
}
