package dev.tilewright.runtime.cuda;

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
import dev.tilewright.runtime.spi.ClusterShape;
import dev.tilewright.runtime.spi.DeviceDriver;
import dev.tilewright.runtime.spi.TiledTensorMap;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** What {@link FakeDriverTest} runs in a JVM whose library path holds the fake driver. */
final class FakeDriverSession {
  private FakeDriverSession() {}

  static void main(String[] arguments) {
    if (arguments.length > 0) {
      Device.discover().stream()
          .filter(family -> family.name().equals("cuda"))
          .forEach(System.out::println);
      return;
    }
    try (Device device = Device.open("cuda:0")) {
      System.out.println(device.description());
      copies(device);
      failures(device);
      tensorMaps(device);
      // These are left to the device to release.
      var unused = device.load(image("copy", "copy.ptx", KernelImage.Format.PTX));
      var kept = Tensor.zeros(device, DType.U4, 5);
      System.out.println(Arrays.toString(kept.toDoubles()) + " " + unused.image().entry());
    }
    try (Device device = Device.open("cuda");
        LoadedImage fault = device.load(image("fault", "fault.ptx", KernelImage.Format.PTX));
        Tensor x = Tensor.of(device, DType.F32, 4);
        Tensor y = Tensor.of(device, DType.F32, 4)) {
      fault.launch(Arguments.of("x", x).with("y", y));
      fails(device::synchronize);
    }
  }

  private static void copies(Device device) {
    try (LoadedImage copy = device.load(image("copy", "copy.ptx", KernelImage.Format.PTX));
        Stream stream = device.openStream();
        Event start = device.openEvent();
        Event end = device.openEvent();
        Tensor x = Tensor.of(device, DType.F32, new double[] {1, 2, 3, 4, 5}, 5);
        Tensor y = Tensor.zeros(device, DType.F32, 5)) {
      stream.record(start);
      copy.bind(Arguments.of("x", x).with("y", y)).run(stream);
      stream.record(end);
      device.stream().await(end);
      end.synchronize();
      System.out.println(Arrays.toString(y.toDoubles()) + " " + end.nanosSince(start));
      var heap = java.lang.foreign.MemorySegment.ofArray(new float[] {9, 8, 7, 6, 5});
      y.upload(heap);
      x.download(heap);
      System.out.println(
          y.toDoubles()[0] + " " + heap.get(java.lang.foreign.ValueLayout.JAVA_FLOAT, 0));
      // Another thread has no current context of its own.
      var elsewhere = new Thread(() -> System.out.println(Arrays.toString(x.toFloats())));
      elsewhere.start();
      elsewhere.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void failures(Device device) {
    fails(() -> Tensor.of(device, DType.F32, 1L << 30));
    fails(() -> device.load(image("copy", "syntax error", KernelImage.Format.PTX)));
    fails(() -> device.load(image("other", "copy.ptx", KernelImage.Format.PTX)));
    fails(() -> device.load(image("copy", "\u007fELF", KernelImage.Format.CUBIN)));
    fails(() -> Device.open("cuda:1"));
    fails(() -> Device.open("cuda:first"));
  }

  private static void tensorMaps(Device device) {
    try (LoadedImage small = device.load(mapped(new ClusterShape(2, 1, 1), 64));
        LoadedImage large = device.load(mapped(new ClusterShape(16, 1, 1), 32));
        Tensor x = Tensor.of(device, DType.F16, 32, 200)) {
      small.launch(Arguments.of("x", x));
      large.launch(Arguments.of("x", x));
    }
    try (DeviceDriver driver = new CudaProvider().open("0")) {
      TiledTensorMap wide =
          new TiledTensorMap(
              1024,
              TiledTensorMap.ElementType.UINT8,
              List.of(256L),
              List.of(),
              List.of(144),
              List.of(1),
              TiledTensorMap.Swizzle.B128,
              TiledTensorMap.Promotion.NONE,
              TiledTensorMap.Fill.ZEROS);
      fails(() -> driver.encode(wide));
    }
  }

  private static KernelImage mapped(ClusterShape cluster, int box) {
    KernelParameter map =
        new KernelParameter.TensorMap(
            "x",
            TiledTensorMap.ElementType.FLOAT16,
            List.of(1, 0),
            List.of(box, 8),
            TiledTensorMap.Swizzle.B128,
            TiledTensorMap.Promotion.L2_256B,
            TiledTensorMap.Fill.NANS);
    SizeExpr m = new SizeExpr.Dimension("m");
    return new KernelImage(
            "map",
            "sm_90a",
            KernelImage.Format.PTX,
            "map.ptx".getBytes(StandardCharsets.UTF_8),
            List.of(new KernelParameter.Dimension("m"), map),
            List.of(m),
            128,
            200_000,
            List.of(
                new TensorRequirement(
                    "x", DType.F16, List.of(m, new SizeExpr.Dimension("k")), 1, 16, false)),
            "fingerprint")
        .withCluster(cluster);
  }

  private static void fails(Runnable action) {
    try {
      action.run();
      System.out.println("no failure");
    } catch (DeviceException e) {
      System.out.println(e.getMessage());
    }
  }

  private static KernelImage image(String entry, String code, KernelImage.Format format) {
    SizeExpr n = new SizeExpr.Dimension("n");
    return new KernelImage(
        entry,
        "sm_80",
        format,
        code.getBytes(StandardCharsets.UTF_8),
        List.of(
            new KernelParameter.Pointer("x"),
            new KernelParameter.Pointer("y"),
            new KernelParameter.Dimension("n")),
        List.of(new SizeExpr.CeilDiv(n, new SizeExpr.Constant(2))),
        128,
        100_000,
        List.of(
            new TensorRequirement("x", DType.F32, List.of(n), 0, 16, false),
            new TensorRequirement("y", DType.F32, List.of(n), 0, 16, true)),
        "fingerprint");
  }
}
