package dev.tilewright.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.SizeExpr.CeilDiv;
import dev.tilewright.layout.SizeExpr.Constant;
import dev.tilewright.layout.SizeExpr.Product;
import dev.tilewright.runtime.spi.Finding;
import dev.tilewright.runtime.spi.LaunchShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class LaunchTest {
  private final FakeDevice driver = new FakeDevice();
  private final Device device = new Device(driver);

  @AfterEach
  void closeDevice() {
    device.close();
  }

  private Arguments gemm(int m, int n, int k) {
    return Arguments.of("a", Tensor.of(device, DType.F16, m, k))
        .with("b", Tensor.of(device, DType.F16, n, k))
        .with("c", Tensor.of(device, DType.F32, m, n))
        .with("alpha", 0.5)
        .with("flag", -1L);
  }

  /** Each entry is aligned to its own size, as a C struct of the same members would be. */
  @Property
  void parametersLieWhereTheKernelReadsThem(
      @ForAll @IntRange(min = 1, max = 300) int m,
      @ForAll @IntRange(min = 1, max = 300) int n,
      @ForAll @IntRange(min = 1, max = 20) int eighths) {
    int k = 8 * eighths;
    Tensor a = Tensor.of(device, DType.F16, m, k);
    Tensor b = Tensor.of(device, DType.F16, n, k);
    Tensor c = Tensor.of(device, DType.F32, n, m + 1).slice(1, 0, m);
    Tensor swapped = Tensor.of(device, DType.F32, m, n + 3).slice(1, 3, n + 3);
    try (LoadedImage kernel = device.load(Images.gemm())) {
      Launch launch =
          kernel.bind(
              Arguments.of("a", a)
                  .with("b", b)
                  .with("c", swapped)
                  .with("alpha", 0.5)
                  .with("flag", -1L)
                  .with("m", (long) m));
      assertEquals(Map.of("m", (long) m, "n", (long) n, "k", (long) k), launch.dimensions());
      launch.run(device.stream());
      FakeDevice.Launched seen = driver.launches.getLast();
      assertEquals(new LaunchShape(Math.ceilDiv(m, 64), Math.ceilDiv(n, 32), 1), seen.shape());
      assertArrayEquals(launch.parameters(), seen.parameters());
      ByteBuffer buffer = ByteBuffer.wrap(seen.parameters()).order(ByteOrder.LITTLE_ENDIAN);
      assertEquals(72, buffer.capacity());
      assertEquals(a.address(), buffer.getLong(0));
      assertEquals(m, buffer.getInt(8));
      assertEquals(b.address(), buffer.getLong(16));
      assertEquals(n, buffer.getInt(24));
      assertEquals(k, buffer.getInt(28));
      assertEquals(Float.floatToFloat16(0.5f), buffer.getShort(32));
      assertEquals(k, buffer.getLong(40));
      assertEquals(1, buffer.get(48));
      assertEquals(swapped.address(), buffer.getLong(56));
      assertEquals(n + 3, buffer.getLong(64));
      if (m != n) {
        assertError(
            LaunchError.DIMENSION_CONFLICT,
            kernel,
            Arguments.of("a", a).with("b", b).with("c", c).with("alpha", 1.0).with("flag", 0L));
      }
    }
    a.close();
    b.close();
  }

  @Test
  void conflictsNameBothTensorsAndSizes() {
    var arguments =
        Arguments.of("a", Tensor.of(device, DType.F16, 8, 16))
            .with("b", Tensor.of(device, DType.F16, 4, 24))
            .with("c", Tensor.of(device, DType.F32, 8, 4))
            .with("alpha", 1L)
            .with("flag", 0L);
    var e = assertError(LaunchError.DIMENSION_CONFLICT, device.load(Images.gemm()), arguments);
    assertEquals(
        "TW-R018: kernel 'k': k is 16 by dimension 1 of 'a' f16[8, 16], but 24 by dimension 1 of"
            + " 'b' f16[4, 24]",
        e.getMessage());
  }

  @Test
  void argumentsMustBeThoseOfTheKernel() {
    LoadedImage kernel = device.load(Images.gemm());
    Tensor a = Tensor.of(device, DType.F16, 8, 16);
    assertError(LaunchError.MISSING_ARGUMENT, kernel, Arguments.of("a", a));
    assertError(LaunchError.UNKNOWN_ARGUMENT, kernel, gemm(8, 8, 8).with("d", a));
    assertError(LaunchError.UNKNOWN_ARGUMENT, kernel, gemm(8, 8, 8).with("beta", 1.0));
    assertError(LaunchError.KIND, kernel, Arguments.none().with("a", 1.0));
    assertError(LaunchError.KIND, kernel, gemm(8, 8, 8).with("m", 8.0));
    assertError(LaunchError.KIND, kernel, gemm(8, 8, 8).with("m", a));
    assertError(LaunchError.DIMENSION_CONFLICT, kernel, gemm(8, 8, 8).with("m", 9L));
    assertError(LaunchError.SIZE, kernel, gemm(8, 8, 8).with("m", 0L));
    assertError(LaunchError.SIZE, kernel, gemm(8, 8, 8).with("m", -8L));
    assertThrows(IllegalArgumentException.class, () -> Arguments.of("a", a).with("a", a));
    try (var other = new Device(new FakeDevice())) {
      assertError(
          LaunchError.DEVICE, kernel, Arguments.of("a", Tensor.of(other, DType.F16, 8, 16)));
    }
    Tensor closed = Tensor.of(device, DType.F16, 8, 16);
    closed.close();
    assertThrows(IllegalStateException.class, () -> kernel.bind(Arguments.of("a", closed)));
  }

  @Test
  void tensorsMustBeAsCompiledFor() {
    LoadedImage kernel = device.load(Images.copy());
    Tensor y = Tensor.of(device, DType.F32, 12);
    assertError(
        LaunchError.DTYPE,
        kernel,
        Arguments.of("x", Tensor.of(device, DType.I32, 12)).with("y", y));
    assertError(
        LaunchError.RANK,
        kernel,
        Arguments.of("x", Tensor.of(device, DType.F32, 3, 4)).with("y", y));
    Tensor wide = Tensor.of(device, DType.F32, 12, 2);
    assertError(
        LaunchError.UNIT_STRIDE,
        kernel,
        Arguments.of("x", wide.slice(1, 0, 1).asStrided(new long[] {12}, new long[] {2}, 0))
            .with("y", y));
    Tensor longer = Tensor.of(device, DType.F32, 13);
    assertError(
        LaunchError.ALIGNMENT, kernel, Arguments.of("x", longer.slice(0, 1, 13)).with("y", y));
    assertError(LaunchError.OVERLAP, kernel, Arguments.of("x", y).with("y", y));
    Tensor both = Tensor.of(device, DType.F32, 20);
    assertError(
        LaunchError.OVERLAP,
        kernel,
        Arguments.of("x", both.slice(0, 0, 12)).with("y", both.slice(0, 8, 20)));
    kernel.bind(Arguments.of("x", both.slice(0, 0, 8)).with("y", both.slice(0, 8, 16)));
    Tensor onto = both.asStrided(new long[] {12}, new long[] {0}, 0);
    assertError(LaunchError.UNIT_STRIDE, kernel, Arguments.of("x", y).with("y", onto));
  }

  @Test
  void dimensionsMustBeMultiplesOfWhatTheCodeAssumes() {
    KernelImage any = Images.copy();
    var divisors = new LinkedHashMap<String, Integer>();
    divisors.put("n", 16);
    LoadedImage kernel =
        device.load(
            new KernelImage(
                any.entry(),
                any.target(),
                any.format(),
                any.code(),
                any.parameters(),
                any.grid(),
                any.threads(),
                any.sharedBytes(),
                any.requirements(),
                divisors,
                any.fingerprint()));
    kernel.bind(vectors(48));
    assertError(LaunchError.DIVISOR, kernel, vectors(40));
  }

  private Arguments vectors(int n) {
    return Arguments.of("x", Tensor.of(device, DType.F32, n))
        .with("y", Tensor.of(device, DType.F32, n));
  }

  @Test
  void stridesMustBeAligned() {
    LoadedImage kernel = device.load(Images.gemm());
    assertError(LaunchError.ALIGNMENT, kernel, gemm(8, 8, 9));
    // A single row has no next row whose place could matter.
    Tensor row = Tensor.of(device, DType.F16, 2, 9).slice(0, 0, 1);
    kernel.bind(
        Arguments.of("a", row)
            .with("b", Tensor.of(device, DType.F16, 1, 9))
            .with("c", Tensor.of(device, DType.F32, 1, 1))
            .with("alpha", 1.0)
            .with("flag", 0L));
  }

  @Test
  void aWrittenTensorMayNotWriteOneElementTwice() {
    KernelImage image =
        Images.of(
            List.of(new KernelParameter.Pointer("y")),
            List.of(Images.dim("n")),
            List.of(
                new TensorRequirement(
                    "y", DType.F32, List.of(Images.dim("n"), new Constant(2)), -1, 4, true)));
    Tensor base = Tensor.of(device, DType.F32, 16);
    Tensor repeated = base.asStrided(new long[] {4, 2}, new long[] {1, 1}, 0);
    assertError(LaunchError.OVERLAP, device.load(image), Arguments.of("y", repeated));
    var e =
        assertError(LaunchError.SHAPE, device.load(image), Arguments.of("y", base.reshape(4, 4)));
    assertTrue(String.valueOf(e.getMessage()).endsWith("size 1 of tensor 'y' is 4, but must be 2"));
  }

  @Test
  void derivedSizesAreCheckedAndMustBeKnown() {
    KernelImage packed =
        Images.of(
            List.of(new KernelParameter.Pointer("x"), new KernelParameter.Dimension("n")),
            List.of(new Constant(1)),
            List.of(
                new TensorRequirement(
                    "x",
                    DType.U8,
                    List.of(new CeilDiv(Images.dim("n"), new Constant(8))),
                    0,
                    1,
                    false)));
    LoadedImage kernel = device.load(packed);
    Tensor x = Tensor.of(device, DType.U8, 3);
    assertError(LaunchError.MISSING_ARGUMENT, kernel, Arguments.of("x", x));
    assertError(LaunchError.SHAPE, kernel, Arguments.of("x", x).with("n", 25L));
    assertEquals(17, kernel.bind(Arguments.of("x", x).with("n", 17L)).parameters()[8]);
  }

  @Test
  void gridsHaveLimits() {
    Tensor x = Tensor.of(device, DType.U8, 70000);
    KernelImage tall =
        Images.of(
            List.of(),
            List.of(new Constant(1), Images.dim("n")),
            List.of(new TensorRequirement("x", DType.U8, List.of(Images.dim("n")), 0, 1, false)));
    assertError(LaunchError.GRID, device.load(tall), Arguments.of("x", x));
    KernelImage empty = Images.of(List.of(), List.of(new Constant(0)), List.of());
    assertError(LaunchError.GRID, device.load(empty), Arguments.none());
    KernelImage huge =
        Images.of(
            List.of(),
            List.of(new Product(Images.dim("n"), new Constant(Long.MAX_VALUE))),
            List.of());
    assertError(LaunchError.SIZE, device.load(huge), Arguments.none().with("n", 2L));
    KernelImage wide =
        Images.of(List.of(new KernelParameter.Dimension("n")), List.of(new Constant(1)), List.of());
    assertError(LaunchError.SIZE, device.load(wide), Arguments.none().with("n", 1L << 31));
  }

  @Test
  void scalarsMustBeValuesOfTheirType() {
    Tensor[] t = {
      Tensor.of(device, DType.F16, 8, 8),
      Tensor.of(device, DType.F16, 8, 8),
      Tensor.of(device, DType.F32, 8, 8)
    };
    Arguments tensors = Arguments.of("a", t[0]).with("b", t[1]).with("c", t[2]);
    LoadedImage kernel = device.load(Images.gemm());
    assertError(LaunchError.SCALAR, kernel, tensors.with("alpha", 1.0).with("flag", 1L));
    assertError(LaunchError.SCALAR, kernel, tensors.with("alpha", 1.0).with("flag", 0.5));
    assertError(LaunchError.SCALAR, kernel, tensors.with("alpha", 1e6).with("flag", 0L));
    assertError(LaunchError.KIND, kernel, tensors.with("alpha", t[0]).with("flag", 0L));
    kernel.bind(tensors.with("alpha", Double.NaN).with("flag", -1.0));
    kernel.bind(tensors.with("alpha", Double.NEGATIVE_INFINITY).with("flag", 0.0));
  }

  @Test
  void imagesMustSuitTheDevice() {
    KernelImage good = Images.copy();
    assertEquals(
        "TW-R010: kernel 'k': compiled for sm_90a, but fake:0 runs sm_86, sm_80; compile it for"
            + " one of these",
        assertThrows(LaunchException.class, () -> device.load(with(good, "sm_90a", 128, 0)))
            .getMessage());
    for (KernelImage bad :
        List.of(
            with(good, "sm_80", 1025, 0),
            with(good, "sm_80", 0, 0),
            with(good, "sm_80", 32, -1),
            with(good, "sm_80", 32, 100_001))) {
      var e = assertThrows(LaunchException.class, () -> device.load(bad));
      assertEquals(LaunchError.BLOCK, e.error());
    }
  }

  private static KernelImage with(KernelImage i, String target, int threads, int sharedBytes) {
    return new KernelImage(
        i.entry(),
        target,
        i.format(),
        i.code(),
        i.parameters(),
        i.grid(),
        threads,
        sharedBytes,
        i.requirements(),
        i.fingerprint());
  }

  @Test
  void findingsThrowUnlessAskedFor() {
    var finding =
        new Finding("EMU-RACE", "two writers", 7, Optional.of("Copy.java:12"), "0,0,0", 3);
    driver.findings = List.of(finding);
    LoadedImage kernel = device.load(Images.copy());
    Tensor x = Tensor.of(device, DType.F32, 4);
    Tensor y = Tensor.of(device, DType.F32, 4);
    Launch launch = kernel.bind(Arguments.of("x", x).with("y", y));
    var e = assertThrows(KernelFaultException.class, () -> launch.run(device.stream()));
    assertEquals(
        "TW-R030: kernel 'k': 1 finding\n"
            + "  EMU-RACE at line 7 (Copy.java:12), block 0,0,0, thread 3: two writers",
        e.getMessage());
    assertEquals(List.of(finding), e.report().findings());
    assertEquals(List.of(finding), launch.observe(device.stream()).findings());
    driver.findings = List.of();
    assertEquals(Map.of("launches", 1L), launch.run(device.stream()).counters());
    y.close();
    assertThrows(IllegalStateException.class, () -> launch.run(device.stream()));
  }

  @Test
  void manyFindingsAreSummarised() {
    var finding = new Finding("EMU-RACE", "two writers", 7, Optional.empty(), "0,0,0", 3);
    driver.findings = java.util.Collections.nCopies(25, finding);
    Tensor x = Tensor.of(device, DType.F32, 4);
    Tensor y = Tensor.of(device, DType.F32, 4);
    var e =
        assertThrows(
            KernelFaultException.class,
            () -> device.load(Images.copy()).launch(Arguments.of("x", x).with("y", y)));
    assertEquals(12, String.valueOf(e.getMessage()).lines().count());
    assertTrue(String.valueOf(e.getMessage()).endsWith("and 15 more"));
  }

  private static LaunchException assertError(
      LaunchError expected, LoadedImage kernel, Arguments arguments) {
    var e = assertThrows(LaunchException.class, () -> kernel.bind(arguments));
    assertEquals(expected, e.error(), e.getMessage());
    assertTrue(String.valueOf(e.getMessage()).startsWith(expected.code() + ": kernel 'k': "));
    return e;
  }
}
