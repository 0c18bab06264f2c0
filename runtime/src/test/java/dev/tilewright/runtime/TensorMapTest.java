package dev.tilewright.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.SizeExpr.Constant;
import dev.tilewright.runtime.spi.ClusterShape;
import dev.tilewright.runtime.spi.TiledTensorMap;
import dev.tilewright.runtime.spi.TiledTensorMap.ElementType;
import dev.tilewright.runtime.spi.TiledTensorMap.Fill;
import dev.tilewright.runtime.spi.TiledTensorMap.Promotion;
import dev.tilewright.runtime.spi.TiledTensorMap.Swizzle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tensor maps as launches make them from tensors, and clusters. */
final class TensorMapTest {
  private final FakeDevice driver = new FakeDevice();
  private final Device device = new Device(driver);

  @AfterEach
  void closeDevice() {
    device.close();
  }

  private static KernelParameter.TensorMap map(
      ElementType type, Swizzle swizzle, Fill fill, List<Integer> order, List<Integer> box) {
    return new KernelParameter.TensorMap("x", type, order, box, swizzle, Promotion.L2_128B, fill);
  }

  private static KernelParameter.TensorMap matrix(Swizzle swizzle, int columns, int rows) {
    return map(ElementType.FLOAT16, swizzle, Fill.ZEROS, List.of(1, 0), List.of(columns, rows));
  }

  private LoadedImage load(DType dtype, KernelParameter... parameters) {
    int rank =
        parameters[parameters.length - 1] instanceof KernelParameter.TensorMap m
            ? m.order().size()
            : 2;
    return device.load(
        Images.of(
            List.of(parameters),
            List.of(new Constant(4)),
            List.of(
                new TensorRequirement(
                    "x",
                    dtype,
                    IntStream.range(0, rank).mapToObj(i -> Images.dim("d" + i)).toList(),
                    dtype.bits() < 8 ? rank - 1 : -1,
                    1,
                    false))));
  }

  /** The map lies at a multiple of 64; what it says is read off a view with padded dimensions. */
  @Property(tries = 60)
  void geometryFollowsTheView(
      @ForAll @IntRange(min = 1, max = 5) int rank,
      @ForAll @IntRange(min = 1, max = 5) int size,
      @ForAll @IntRange(min = 0, max = 2) int padding,
      @ForAll @IntRange(min = 0, max = 4) int rotation) {
    long[] shape = new long[rank];
    long[] strides = new long[rank];
    Integer[] order = new Integer[rank];
    long stride = 1;
    for (int i = 0; i < rank; i++) {
      int axis = (i + rotation) % rank;
      order[i] = axis;
      shape[axis] = (long) size + i;
      strides[axis] = stride;
      stride = Math.ceilDiv((shape[axis] + padding) * stride, 8) * 8;
    }
    try (Tensor base = Tensor.of(device, DType.F16, stride + 8)) {
      Tensor view = base.asStrided(shape, strides, 8);
      KernelParameter.TensorMap map =
          map(
              ElementType.FLOAT16,
              Swizzle.B32,
              Fill.NANS,
              List.of(order),
              Collections.nCopies(rank, 8));
      LoadedImage kernel =
          load(
              DType.F16,
              new KernelParameter.Dimension("d0"),
              map,
              new KernelParameter.Dimension("d0"),
              map);
      ByteBuffer buffer =
          ByteBuffer.wrap(kernel.bind(Arguments.of("x", view)).parameters())
              .order(ByteOrder.LITTLE_ENDIAN);
      assertEquals(384, buffer.capacity());
      assertEquals(shape[0], buffer.getInt(0));
      assertEquals(shape[0], buffer.getInt(192));
      assertEquals(driver.encodings.size(), buffer.get(64));
      assertEquals(driver.encodings.size(), buffer.get(383));
      TiledTensorMap made = driver.encodings.getLast();
      assertEquals(base.address() + 16, made.address());
      assertEquals(List.of(order).stream().map(a -> shape[a]).toList(), made.sizes());
      for (int i = 1; i < rank; i++) {
        // Along a dimension of size one any legal stride will do.
        if (shape[order[i]] > 1) {
          assertEquals(2 * strides[order[i]], made.strides().get(i - 1));
        }
        assertEquals(0, made.strides().get(i - 1) % 16);
      }
      assertEquals(Collections.nCopies(rank, 1), made.elementStrides());
    }
  }

  @Test
  void oneEncodingServesAllLaunchesOnTheSameMemory() {
    LoadedImage kernel = load(DType.F16, matrix(Swizzle.B128, 64, 64));
    Tensor x = Tensor.of(device, DType.F16, 64, 64);
    Tensor y = Tensor.of(device, DType.F16, 64, 64);
    for (int i = 0; i < 3; i++) {
      kernel.launch(Arguments.of("x", x));
      kernel.launch(Arguments.of("x", y));
    }
    assertEquals(2, driver.encodings.size());
    kernel.launch(Arguments.of("x", x.slice(0, 0, 32)));
    assertEquals(3, driver.encodings.size());
    assertEquals(1, kernel.bind(Arguments.of("x", x)).parameters()[0]);
  }

  @Test
  void packedElementsAreCountedAsBytes() {
    KernelParameter.TensorMap bytes =
        map(ElementType.UINT8, Swizzle.NONE, Fill.ZEROS, List.of(1, 0), List.of(32, 8));
    load(DType.U4, bytes).bind(Arguments.of("x", Tensor.of(device, DType.U4, 10, 96)));
    assertEquals(List.of(48L, 10L), driver.encodings.getLast().sizes());
    assertEquals(List.of(48L), driver.encodings.getLast().strides());
    refuses(
        "95 elements along dimension 1, has 380 bits, which is no whole number of UINT8",
        load(DType.U4, bytes),
        Tensor.of(device, DType.U4, 1, 95));
  }

  @Test
  void whatTheDriverWouldRefuseIsExplained() {
    LoadedImage kernel = load(DType.F16, matrix(Swizzle.B128, 64, 64));
    refuses(
        "TW-R028: kernel 'k': the tensor map of tensor 'x' f16[8, 9] is impossible: the stride of"
            + " dimension 0 of the tensor is 9 elements (144 bits), which is no multiple of 16"
            + " bytes; pad the rows",
        kernel,
        Tensor.of(device, DType.F16, 8, 9));
    refuses(
        "which is no multiple of 16 bytes; pass a tensor, or a slice, that begins at one",
        kernel,
        Tensor.of(device, DType.F16, 8, 16).slice(1, 1, 9));
    refuses(
        "neighbours along dimension 1 of the tensor are 8 elements apart",
        kernel,
        Tensor.of(device, DType.F16, 16, 8).permute(1, 0));
    Tensor x = Tensor.of(device, DType.F16, 8, 64);
    refuses(
        "its box has 257 elements along dimension 0; 1 to 256 are possible",
        load(DType.F16, matrix(Swizzle.NONE, 8, 257)),
        x);
    refuses(
        "its box has 0 elements along dimension 1", load(DType.F16, matrix(Swizzle.NONE, 0, 8)), x);
    refuses(
        "12 elements along dimension 1, has 24 bytes, which is no multiple of 16",
        load(DType.F16, matrix(Swizzle.NONE, 12, 8)),
        x);
    refuses(
        "72 elements along dimension 1, has 144 bytes, but the swizzle spans 128",
        load(DType.F16, matrix(Swizzle.B128, 72, 8)),
        x);
    refuses(
        "it fills with NaN, which UINT16 elements do not have",
        load(
            DType.F16,
            map(ElementType.UINT16, Swizzle.NONE, Fill.NANS, List.of(1, 0), List.of(8, 8))),
        x);
    KernelParameter.TensorMap six =
        map(
            ElementType.FLOAT16,
            Swizzle.NONE,
            Fill.ZEROS,
            List.of(5, 4, 3, 2, 1, 0),
            Collections.nCopies(6, 8));
    refuses(
        "the tensor has 6 dimensions; 1 to 5 are possible",
        load(DType.F16, six),
        Tensor.of(device, DType.F16, 1, 1, 1, 1, 1, 8));
    assertThrows(
        IllegalArgumentException.class,
        () -> map(ElementType.UINT8, Swizzle.NONE, Fill.ZEROS, List.of(0, 0), List.of(16, 1)));
    assertThrows(
        IllegalArgumentException.class,
        () -> map(ElementType.UINT8, Swizzle.NONE, Fill.ZEROS, List.of(1, 0), List.of(16)));
  }

  private static void refuses(String problem, LoadedImage kernel, Tensor x) {
    var e = assertThrows(LaunchException.class, () -> kernel.bind(Arguments.of("x", x)));
    assertEquals(LaunchError.TENSOR_MAP, e.error());
    assertTrue(String.valueOf(e.getMessage()).contains(problem), e::getMessage);
  }

  @Test
  void gridsAreWholeClusters() {
    Tensor x = Tensor.of(device, DType.F32, 128 * 6);
    Tensor y = Tensor.of(device, DType.F32, 128 * 6);
    Arguments arguments = Arguments.of("x", x).with("y", y);
    KernelImage image = Images.copy();
    assertEquals(6, device.load(image).bind(arguments).shape().x());
    for (ClusterShape fits : List.of(new ClusterShape(2, 1, 1), new ClusterShape(6, 1, 1))) {
      assertEquals(6, device.load(image.withCluster(fits)).bind(arguments).shape().x());
    }
    for (ClusterShape other : List.of(new ClusterShape(4, 1, 1), new ClusterShape(1, 2, 1))) {
      LoadedImage kernel = device.load(image.withCluster(other));
      var e = assertThrows(LaunchException.class, () -> kernel.bind(arguments));
      assertEquals(LaunchError.CLUSTER, e.error());
    }
    ClusterShape large = new ClusterShape(17, 1, 1);
    var e = assertThrows(LaunchException.class, () -> device.load(image.withCluster(large)));
    assertEquals(
        "TW-R027: kernel 'k': a cluster of 17x1x1 has 17 blocks; at most 16 are possible, and 8 on"
            + " every device",
        e.getMessage());
    assertTrue(!image.equals(image.withCluster(new ClusterShape(2, 1, 1))));
    assertEquals(image, image.withCluster(ClusterShape.SINGLE));
  }
}
