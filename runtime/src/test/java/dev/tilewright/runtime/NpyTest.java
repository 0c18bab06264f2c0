package dev.tilewright.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.runtime.NpyException.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NpyTest {
  private static final String F4 = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";

  /**
   * A file put together by hand, so that reader and writer are not tested against each other only.
   */
  private static Path file(Path folder, int version, String header, byte[] data)
      throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    var bytes = new ByteArrayOutputStream();
    bytes.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    ByteBuffer length = ByteBuffer.allocate(version == 1 ? 2 : 4).order(ByteOrder.LITTLE_ENDIAN);
    if (version == 1) {
      length.putShort((short) text.length);
    } else {
      length.putInt(text.length);
    }
    bytes.write(length.array());
    bytes.write(text);
    bytes.write(data);
    return Files.write(Files.createTempFile(folder, "case", ".npy"), bytes.toByteArray());
  }

  private static byte[] floats(ByteOrder order, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(order);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  private static NpyException refused(Problem problem, Path file) {
    var e = assertThrows(NpyException.class, () -> Npy.read(file));
    assertEquals(problem, e.problem(), e.getMessage());
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith(problem.code() + ": " + file + ": "), message);
    assertEquals(1, message.lines().count(), message);
    return e;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void everyVersionOfTheFormat(int version, @TempDir Path folder) throws IOException {
    byte[] data = floats(ByteOrder.LITTLE_ENDIAN, 1, 2, 3, 4, 5, 6);
    NpyArray array = Npy.read(file(folder, version, F4 + "   \n", data));
    assertEquals("f32[2, 3]", array.toString());
    assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6}, array.toDoubles());
  }

  @Test
  void fortranOrderAndBigEndian(@TempDir Path folder) throws IOException {
    String header = "{\"shape\":(2,3),\"fortran_order\":True,\"descr\":\">f4\"}";
    byte[] data = floats(ByteOrder.BIG_ENDIAN, 1, 4, 2, 5, 3, 6);
    NpyArray array = Npy.read(file(folder, 1, header, data));
    assertTrue(array.fortranOrder());
    assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6}, array.toDoubles());
    // A copy keeps order and content.
    Path copy = folder.resolve("copy.npy");
    Npy.write(copy, array);
    assertTrue(Npy.read(copy).fortranOrder());
    assertArrayEquals(array.toDoubles(), Npy.read(copy).toDoubles());
  }

  @ParameterizedTest
  @CsvSource({
    "<f2, f16, 2", ">f2, f16, 2", "<f4, f32, 4", "<f8, f64, 8", "|i1, i8, 1", "i1, i8, 1",
    "<i1, i8, 1", "<i2, i16, 2", "<i4, i32, 4", "<i8, i64, 8", "|u1, u8, 1", "<u2, u16, 2",
    "<u4, u32, 4", "<u8, u64, 8", "|b1, u8, 1"
  })
  void elementTypes(String descr, String dtype, int bytes, @TempDir Path folder)
      throws IOException {
    String header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (3,), }";
    NpyArray array = Npy.read(file(folder, 1, header, new byte[3 * bytes]));
    assertEquals(DType.parse(dtype), array.dtype());
    assertArrayEquals(new double[3], array.toDoubles());
  }

  @ParameterizedTest
  @ValueSource(strings = {"|O", "O", "<c8", "<U5", "|S4", "<m8[ns]", "<f16", "f4", "|f4", "", "<"})
  void otherElementTypesAreRefused(String descr, @TempDir Path folder) throws IOException {
    String header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (3,), }";
    refused(Problem.DTYPE, file(folder, 1, header, new byte[24]));
  }

  @Test
  void recordsAreRefused(@TempDir Path folder) throws IOException {
    String header =
        "{'descr': [('x', '<f4'), ('y', '<i4')], 'fortran_order': False, 'shape': (3,), }";
    refused(Problem.DTYPE, file(folder, 1, header, new byte[24]));
  }

  @Test
  void booleansAreZeroAndOne(@TempDir Path folder) throws IOException {
    String header = "{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }";
    NpyArray array = Npy.read(file(folder, 1, header, new byte[] {0, 1, 5}));
    assertArrayEquals(new double[] {0, 1, 1}, array.toDoubles());
  }

  @Test
  void everyPrefixIsTruncated(@TempDir Path folder) throws IOException {
    byte[] whole = Files.readAllBytes(file(folder, 1, F4 + "\n", new byte[24]));
    for (int length = 0; length < whole.length; length++) {
      Path cut = Files.write(folder.resolve("cut.npy"), Arrays.copyOf(whole, length));
      refused(Problem.TRUNCATED, cut);
    }
    Path longer = Files.write(folder.resolve("long.npy"), Arrays.copyOf(whole, whole.length + 1));
    refused(Problem.TRAILING, longer);
  }

  /** Whatever byte is damaged, the file is read or refused with one clear message. */
  @Test
  void damagedHeadersNeverCrash(@TempDir Path folder) throws IOException {
    byte[] whole = Files.readAllBytes(file(folder, 2, F4 + "\n", new byte[24]));
    var random = new Random(5);
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(whole.length - 24)] = (byte) random.nextInt(256);
      Path file = Files.write(folder.resolve("damaged.npy"), damaged);
      try {
        Npy.read(file);
      } catch (NpyException e) {
        refused++;
        assertEquals(1, String.valueOf(e.getMessage()).lines().count(), e.getMessage());
      }
    }
    assertTrue(refused > 1000, () -> "damage goes unnoticed");
  }

  @Test
  void foreignFiles(@TempDir Path folder) throws IOException {
    refused(Problem.MAGIC, Files.writeString(folder.resolve("a.npy"), "PK\3\4 and so on"));
    refused(Problem.VERSION, file(folder, 4, F4, new byte[24]));
    refused(Problem.VERSION, file(folder, 0, F4, new byte[24]));
    refused(Problem.UNREADABLE, folder);
    var e = refused(Problem.UNREADABLE, folder.resolve("missing.npy"));
    assertTrue(String.valueOf(e.getMessage()).endsWith("there is no such file or folder"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3 4)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1.5,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': false, 'shape': (3,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': [3]}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)} x",
        "{'descr': '<f4 , 'fortran_order': False, 'shape': (3,)}",
        "{'descr': 7, 'fortran_order': False, 'shape': (3,)}",
        "('descr', '<f4')"
      })
  void headersMustBeTheDictionary(String header, @TempDir Path folder) throws IOException {
    refused(Problem.HEADER, file(folder, 1, header, new byte[12]));
  }

  @Test
  void hugeClaimsCostNothing(@TempDir Path folder) throws IOException {
    String shape = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }";
    refused(Problem.SIZE, file(folder, 1, shape.formatted("4611686018427387904, 8"), new byte[4]));
    refused(Problem.TRUNCATED, file(folder, 1, shape.formatted("1000000000000,"), new byte[4]));
    byte[] claim = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, -1, -1, -1, 127};
    refused(Problem.HEADER, Files.write(folder.resolve("claim.npy"), claim));
  }

  @Test
  void scalarsAndEmptyArrays(@TempDir Path folder) throws IOException {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }";
    NpyArray scalar =
        Npy.read(file(folder, 1, header.formatted("()"), floats(ByteOrder.LITTLE_ENDIAN, 7)));
    assertArrayEquals(new double[] {7}, scalar.toDoubles());
    NpyArray empty = Npy.read(file(folder, 1, header.formatted("(0, 3)"), new byte[0]));
    assertEquals(0, empty.toDoubles().length);
    for (NpyArray array : List.of(scalar, empty)) {
      Path copy = folder.resolve("copy.npy");
      Npy.write(copy, array);
      assertArrayEquals(array.shape(), Npy.read(copy).shape());
    }
  }

  @Provide
  Arbitrary<DType> types() {
    return Arbitraries.of(
        DType.F16,
        DType.F32,
        DType.F64,
        DType.BF16,
        DType.TF32,
        DType.F8E4M3,
        DType.F8E8M0,
        DType.F6E3M2,
        DType.F4E2M1,
        DType.I1,
        DType.I4,
        DType.U7,
        DType.I8,
        DType.U8,
        DType.I16,
        DType.U32,
        DType.I64,
        DType.U64);
  }

  /** Codes of any type survive tensor, file and tensor; bf16 and small floats travel as f32. */
  @Property
  void codesComeBackFromAFile(@ForAll("types") DType type, @ForAll long seed) throws IOException {
    var random = new Random(seed);
    int rank = 1 + random.nextInt(3);
    long[] shape = random.longs(rank, 1, 6).toArray();
    int size = (int) LongStream.of(shape).reduce(1, (a, b) -> a * b);
    long[] codes =
        LongStream.generate(random::nextLong)
            .map(code -> type.decode(code) == 0 ? 0 : code & (-1L >>> (64 - type.bits())))
            .filter(code -> type.equals(DType.TF32) ? (code & 0x1fff) == 0 : true)
            .filter(code -> !Double.isNaN(type.decode(code)))
            .limit(size)
            .toArray();
    Path file = Files.createTempFile("tilewright", ".npy");
    try (var device = new Device(new FakeDevice());
        Tensor tensor = Tensor.columnMajor(device, type, shape)) {
      tensor.uploadCodes(codes);
      Npy.write(file, NpyArray.of(tensor));
      NpyArray read = Npy.read(file);
      assertEquals(NpyArray.storedType(type), read.dtype());
      assertArrayEquals(shape, read.shape());
      try (Tensor back = read.toTensor(device, type)) {
        assertArrayEquals(codes, back.toCodes());
      }
    } finally {
      Files.delete(file);
    }
  }

  /** The header is numpy's own text, padded so that the data begins at a multiple of 64. */
  @Test
  void bytesAsNumpyWritesThem(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("golden.npy");
    Npy.write(file, NpyArray.of(DType.F16, new double[] {1, -2, 0.5}, 3));
    byte[] bytes = Files.readAllBytes(file);
    byte[] expected = new byte[134];
    Arrays.fill(expected, 10, 127, (byte) ' ');
    byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0};
    System.arraycopy(start, 0, expected, 0, start.length);
    byte[] text =
        "{'descr': '<f2', 'fortran_order': False, 'shape': (3,), }"
            .getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, expected, 10, text.length);
    expected[127] = '\n';
    System.arraycopy(new byte[] {0, 0x3c, 0, (byte) 0xc0, 0, 0x38}, 0, expected, 128, 6);
    assertArrayEquals(expected, bytes);
  }

  @Test
  void unwritableTargetsLeaveNothingBehind(@TempDir Path folder) throws IOException {
    NpyArray array = NpyArray.of(DType.F32, new double[] {1}, 1);
    for (Path target :
        List.of(folder.resolve("no/such/folder.npy"), folder, Path.of("/dev/null"))) {
      var e = assertThrows(NpyException.class, () -> Npy.write(target, array));
      assertEquals(Problem.UNWRITABLE, e.problem());
      assertEquals(1, String.valueOf(e.getMessage()).lines().count());
    }
    try (var files = Files.list(folder)) {
      assertEquals(0, files.count());
    }
    assertFalse(Files.isRegularFile(Path.of("/dev/null")));
  }

  @Test
  void overwritingReplacesTheWholeFile(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("x.npy");
    double[] many = IntStream.range(0, 1000).asDoubleStream().toArray();
    Npy.write(file, NpyArray.of(DType.F64, many, 1000));
    Npy.write(file, NpyArray.of(DType.I8, new double[] {-1}, 1));
    assertArrayEquals(new double[] {-1}, Npy.read(file).toDoubles());
    try (var files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  /** Both ways through numpy itself, where python3 has it. */
  @Test
  void numpyReadsOursAndWeReadNumpys(@TempDir Path folder) throws Exception {
    Path ours = folder.resolve("ours.npy");
    Npy.write(ours, NpyArray.of(DType.F16, new double[] {1, 2, 3, 4, 5, 6}, 2, 3));
    String script =
        "import numpy as n, sys; a = n.load('ours.npy', allow_pickle=False); "
            + "assert a.dtype == n.float16 and a.tolist() == [[1, 2, 3], [4, 5, 6]]; "
            + "n.save('theirs.npy', n.asfortranarray(a.astype('>i4') * -1000))";
    assumeTrue(python(folder, "import numpy"), "python3 with numpy is not here");
    assertTrue(python(folder, script), "numpy reads another array");
    NpyArray theirs = Npy.read(folder.resolve("theirs.npy"));
    assertEquals("i32[2, 3] in Fortran order", theirs.toString());
    assertArrayEquals(new double[] {-1000, -2000, -3000, -4000, -5000, -6000}, theirs.toDoubles());
  }

  private static boolean python(Path folder, String script) throws InterruptedException {
    try {
      return new ProcessBuilder("python3", "-c", script)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void zeroSizesMakeNoTensor(@TempDir Path folder) throws IOException {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }";
    NpyArray empty = Npy.read(file(folder, 1, header, new byte[0]));
    try (var device = new Device(new FakeDevice())) {
      assertThrows(IllegalArgumentException.class, () -> empty.toTensor(device, DType.F32));
    }
  }
}
