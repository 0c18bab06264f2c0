package dev.tilewright.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.Packing;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class TensorTest {
  private static final List<DType> TYPES =
      List.of(
          DType.I1,
          DType.U2,
          DType.I3,
          DType.I4,
          DType.U5,
          DType.I6,
          DType.U7,
          DType.I8,
          DType.F4E2M1,
          DType.F6E3M2,
          DType.F8E4M3,
          DType.F8E8M0,
          DType.F16,
          DType.BF16,
          DType.TF32,
          DType.F32,
          DType.F64,
          DType.I16,
          DType.I32);

  @Provide
  Arbitrary<DType> types() {
    return Arbitraries.of(TYPES);
  }

  /** Values that the type can hold, so that they come back unchanged. */
  private static double[] values(DType type, int count, long seed) {
    var random = new Random(seed);
    double[] values = new double[count];
    for (int i = 0; i < count; ) {
      double value = type.decode(random.nextLong());
      if (Double.isFinite(value)) {
        values[i++] = value;
      }
    }
    return values;
  }

  @Property
  void valuesComeBack(
      @ForAll("types") DType type,
      @ForAll @IntRange(min = 1, max = 9) int rows,
      @ForAll @IntRange(min = 1, max = 9) int columns,
      @ForAll long seed) {
    var driver = new FakeDevice();
    try (var device = new Device(driver);
        Tensor tensor = Tensor.of(device, type, rows, columns);
        Tensor byColumns = Tensor.columnMajor(device, type, rows, columns)) {
      double[] values = values(type, rows * columns, seed);
      tensor.upload(values);
      byColumns.upload(values);
      assertArrayEquals(values, tensor.toDoubles());
      assertArrayEquals(values, byColumns.toDoubles());
      byte[] bytes = driver.memory.get(tensor.address());
      long[] codes =
          IntStream.range(0, values.length).mapToLong(i -> type.encode(values[i])).toArray();
      assertArrayEquals(Packing.pack(type.bits(), codes), bytes);
      assertArrayEquals(tensor.transpose().toDoubles(), byColumns.transpose().toDoubles());
    }
  }

  /** Writing a slice of a permuted tensor changes its elements and leaves every other bit alone. */
  @Property
  void viewsWriteTheirElementsOnly(
      @ForAll("types") DType type,
      @ForAll @IntRange(min = 1, max = 6) int rows,
      @ForAll @IntRange(min = 1, max = 6) int columns,
      @ForAll long seed) {
    try (var device = new Device(new FakeDevice());
        Tensor tensor = Tensor.of(device, type, rows, columns)) {
      double[] before = values(type, rows * columns, seed);
      tensor.upload(before);
      var random = new Random(seed);
      int r0 = random.nextInt(rows);
      int r1 = r0 + 1 + random.nextInt(rows - r0);
      int c0 = random.nextInt(columns);
      int c1 = c0 + 1 + random.nextInt(columns - c0);
      Tensor view = tensor.slice(0, r0, r1).transpose().slice(0, c0, c1);
      double[] fresh = values(type, (r1 - r0) * (c1 - c0), ~seed);
      view.upload(fresh);
      double[] expected = before.clone();
      int next = 0;
      for (int c = c0; c < c1; c++) {
        for (int r = r0; r < r1; r++) {
          expected[r * columns + c] = fresh[next++];
        }
      }
      assertArrayEquals(expected, tensor.toDoubles());
      assertArrayEquals(fresh, view.toDoubles());
    }
  }

  @Test
  void largeTensorsAreConvertedInChunks() {
    try (var device = new Device(new FakeDevice());
        Tensor tensor = Tensor.of(device, DType.I3, 3, 9001)) {
      double[] values = values(DType.I3, 3 * 9001, 7);
      tensor.upload(values);
      assertArrayEquals(values, tensor.toDoubles());
    }
  }

  @Test
  void floatsRoundToTheElementType() {
    try (var device = new Device(new FakeDevice());
        Tensor tensor = Tensor.of(device, DType.BF16, 3)) {
      tensor.upload(new float[] {1.00390625f, -0.0f, Float.NaN});
      assertArrayEquals(new float[] {1.0f, -0.0f, Float.NaN}, tensor.toFloats());
    }
  }

  @Test
  void zerosAndBytes() {
    try (var device = new Device(new FakeDevice());
        Tensor tensor = Tensor.zeros(device, DType.U4, 5)) {
      assertArrayEquals(new double[5], tensor.toDoubles());
      assertEquals(3, tensor.bytes());
      byte[] bytes = {0x21, 0x43, 0x05};
      tensor.upload(MemorySegment.ofArray(bytes));
      assertArrayEquals(new double[] {1, 2, 3, 4, 5}, tensor.toDoubles());
      byte[] back = new byte[3];
      tensor.download(MemorySegment.ofArray(back));
      assertArrayEquals(bytes, back);
      assertRefused("TW-R005", () -> tensor.download(MemorySegment.ofArray(new byte[4])));
      // The third byte also holds an element that the view does not have.
      MemorySegment two = MemorySegment.ofArray(new byte[2]);
      assertRefused("TW-R005", () -> tensor.slice(0, 0, 3).upload(two));
      tensor.slice(0, 2, 4).upload(MemorySegment.ofArray(new byte[] {(byte) 0xff}));
      assertArrayEquals(new double[] {1, 2, 15, 15, 5}, tensor.toDoubles());
    }
  }

  @Test
  void viewsDescribeThemselves() {
    try (var device = new Device(new FakeDevice());
        Tensor tensor = Tensor.of(device, DType.F16, 6, 4)) {
      assertArrayEquals(new long[] {4, 1}, tensor.strides());
      assertEquals("f16[6, 4]", tensor.toString());
      assertEquals("f16[4, 6]:[1, 4]", tensor.transpose().toString());
      assertEquals("f16[2, 12]", tensor.reshape(2, 12).toString());
      assertEquals(tensor.address() + 18, tensor.slice(0, 2, 3).slice(1, 1, 2).address());
      Tensor diagonal = tensor.asStrided(new long[] {4}, new long[] {5}, 0);
      diagonal.upload(new double[] {1, 2, 3, 4});
      assertEquals(3, tensor.slice(0, 2, 3).toDoubles()[2]);
      Tensor repeated = diagonal.asStrided(new long[] {3, 4}, new long[] {0, 5}, 0);
      assertEquals(4, repeated.toDoubles()[11]);
    }
  }

  @Test
  void refusals() {
    try (var device = new Device(new FakeDevice());
        Tensor tensor = Tensor.of(device, DType.I3, 4, 4)) {
      assertRefused("TW-R004", () -> Tensor.of(device, DType.F32, 4, 0));
      assertRefused("TW-R004", () -> Tensor.of(device, DType.F32, -1));
      assertRefused("TW-R004", () -> Tensor.of(device, DType.F32, 1L << 40, 1L << 40));
      assertRefused("TW-R004", () -> Tensor.of(device, DType.F64, 1L << 60));
      assertRefused("TW-R004", () -> tensor.slice(0, 2, 2));
      assertRefused("TW-R004", () -> tensor.slice(2, 0, 1));
      assertRefused("TW-R004", () -> tensor.slice(1, 0, 5));
      assertRefused("TW-R004", () -> tensor.permute(0));
      assertRefused("TW-R004", () -> tensor.permute(1, 1));
      assertRefused("TW-R004", () -> tensor.reshape(5, 3));
      assertRefused("TW-R004", () -> tensor.transpose().reshape(16));
      assertRefused("TW-R004", () -> tensor.asStrided(new long[] {2}, new long[] {21}, 0));
      assertRefused("TW-R004", () -> tensor.asStrided(new long[] {2}, new long[] {-1}, 3));
      assertRefused("TW-R004", () -> tensor.asStrided(new long[] {2}, new long[] {1, 1}, 0));
      assertRefused("TW-R005", () -> tensor.upload(new double[15]));
      assertRefused("TW-R005", () -> tensor.slice(1, 1, 2).address());
      assertEquals(tensor.address() + 3, tensor.slice(0, 2, 3).address());
      assertThrows(DeviceException.class, () -> Tensor.of(device, DType.F32, 1L << 30));
    }
  }

  private static void assertRefused(String code, Runnable action) {
    var e = assertThrows(IllegalArgumentException.class, action::run);
    assertTrue(String.valueOf(e.getMessage()).startsWith(code + ": "), e::toString);
  }
}
