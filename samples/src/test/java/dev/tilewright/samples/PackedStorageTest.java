package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.Compiler;
import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.KernelLauncher;
import dev.tilewright.Specialization;
import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Packing;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.Rounding;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.LaunchException;
import dev.tilewright.runtime.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tensors of elements that share bytes, on the device as on the host: kernels that widen and narrow
 * them give what {@link Packing} gives, byte for byte, wherever the tensor ends.
 */
class PackedStorageTest {
  private static final String TARGET = "emulator:sm_80";

  record Line(DType from, DType to, int width) implements Kernel {
    @Override
    public void define(KernelBuilder k) {
      var n = k.dim("n");
      var x = k.in("x", from, n);
      var y = k.out("y", to, n);
      var block = k.grid1d(n.ceilDiv(width));
      y.tile(block, width).set(x.tile(block, width).cast(to, Rounding.NEAREST_EVEN, false));
    }
  }

  record Grid(DType from, DType to, int rows, int columns) implements Kernel {
    @Override
    public void define(KernelBuilder k) {
      var m = k.dim("m");
      var n = k.dim("n");
      var x = k.in("x", from, m, n);
      var y = k.out("y", to, m, n);
      var tile = k.grid2d(m.ceilDiv(rows), n.ceilDiv(columns));
      y.tile(tile.row(), tile.col(), rows, columns)
          .set(
              x.tile(tile.row(), tile.col(), rows, columns).cast(to, Rounding.NEAREST_EVEN, false));
    }
  }

  static Stream<IntType> types() {
    return IntStream.rangeClosed(1, 8)
        .boxed()
        .flatMap(bits -> Stream.of(new IntType(bits, false), new IntType(bits, true)))
        // Masks are not numbers (decision 5): i1 is not cast.
        .filter(type -> !type.equals(DType.I1));
  }

  /** A byte of the same sign. */
  private static IntType wide(IntType type) {
    return type.signed() ? DType.I8 : DType.U8;
  }

  private static void run(Kernel kernel, Tensor x, Tensor y, Device device) {
    try (KernelLauncher launcher = new KernelLauncher(device)) {
      launcher.bind(kernel, Arguments.of("x", x).with("y", y)).run(device.stream());
      device.synchronize();
    }
  }

  private static byte[] bytes(Tensor tensor) {
    byte[] bytes = new byte[Math.toIntExact(tensor.bytes())];
    tensor.download(MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** Codes, unpacked by the device, and packed by it again. */
  private static void thereAndBack(
      Kernel widen, Kernel narrow, IntType type, Random random, long... shape) {
    int count = Math.toIntExact(LongStream.of(shape).reduce(1, (a, b) -> a * b));
    byte[] codes = new byte[count];
    for (int i = 0; i < count; i++) {
      codes[i] = (byte) random.nextInt(1 << type.bits());
    }
    byte[] packed = new byte[Math.toIntExact(Packing.bytes(type.bits(), count))];
    Packing.packBytes(type.bits(), codes, MemorySegment.ofArray(packed), 0);
    byte[] values = new byte[count];
    for (int i = 0; i < count; i++) {
      values[i] = (byte) type.decodeLong(codes[i]);
    }
    try (Device device = Device.open(TARGET);
        Tensor x = Tensor.of(device, type, shape);
        Tensor y = Tensor.of(device, wide(type), shape);
        Tensor z = Tensor.of(device, type, shape)) {
      x.upload(MemorySegment.ofArray(packed));
      run(widen, x, y, device);
      assertArrayEquals(values, bytes(y), () -> "widened " + type);
      run(narrow, y, z, device);
      assertArrayEquals(packed, bytes(z), () -> "narrowed to " + type);
    }
  }

  /** A tensor may end anywhere in a byte. */
  @ParameterizedTest
  @MethodSource("types")
  void linesOfAnyLength(IntType type) {
    Random random = new Random(type.bits());
    for (int n : new int[] {1, 7, 8, 61, 128, 131, 1024}) {
      int width = n < 100 ? 64 : 256;
      thereAndBack(
          new Line(type, wide(type), width), new Line(wide(type), type, width), type, random, n);
    }
  }

  /** Rows of whole bytes, more or fewer than the tile's. */
  @ParameterizedTest
  @MethodSource("types")
  void tilesOverTheEdges(IntType type) {
    Random random = new Random(type.bits());
    for (int[] shape : new int[][] {{5, 8}, {19, 72}, {32, 128}}) {
      thereAndBack(
          new Grid(type, wide(type), 16, 64),
          new Grid(wide(type), type, 16, 64),
          type,
          random,
          shape[0],
          shape[1]);
    }
  }

  /** Rows that end inside a byte, with the rest of the byte and more behind them. */
  @ParameterizedTest
  @MethodSource("types")
  void rowsThatEndInsideAByte(IntType type) {
    Random random = new Random(type.bits());
    int rows = 5;
    int columns = 13;
    int stride = 24;
    byte[] codes = new byte[rows * stride];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) random.nextInt(1 << type.bits());
    }
    byte[] packed = new byte[Math.toIntExact(Packing.bytes(type.bits(), codes.length))];
    Packing.packBytes(type.bits(), codes, MemorySegment.ofArray(packed), 0);
    byte[] ones = new byte[packed.length];
    Arrays.fill(ones, (byte) -1);
    byte[] expected = ones.clone();
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int at = row * stride + column;
        Packing.set(MemorySegment.ofArray(expected), type.bits(), at, codes[at]);
      }
      zeroUpToTheByte(expected, (row * stride + columns) * type.bits());
    }
    try (Device device = Device.open(TARGET);
        Tensor x = Tensor.of(device, type, rows, stride);
        Tensor y = Tensor.of(device, wide(type), rows, columns);
        Tensor z = Tensor.of(device, type, rows, stride)) {
      x.upload(MemorySegment.ofArray(packed));
      z.upload(MemorySegment.ofArray(ones));
      run(new Grid(type, wide(type), 16, 64), x.slice(1, 0, columns), y, device);
      run(new Grid(wide(type), type, 16, 64), y, z.slice(1, 0, columns), device);
      assertArrayEquals(expected, bytes(z));
    }
  }

  private static void zeroUpToTheByte(byte[] bytes, int bit) {
    if (bit % 8 != 0) {
      bytes[bit / 8] &= (byte) ((1 << bit % 8) - 1);
    }
  }

  /** Tiles are carried through loops as the words that they are. */
  record Last(DType from, DType to, int width) implements Kernel {
    @Override
    public void define(KernelBuilder k) {
      var n = k.dim("n");
      var x = k.in("x", from, n);
      var y = k.out("y", to, n);
      var block = k.grid1d(n.ceilDiv(width));
      var tile = x.tile(block, width).load();
      k.range(n.ceilDiv(width), i -> tile.assign(x.tile(i, width).load()));
      y.tile(block, width).set(tile.cast(to, Rounding.NEAREST_EVEN, false));
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void loopsCarryPackedTiles(IntType type) {
    int width = 128;
    double[] values =
        new Random(1)
            .doubles(3 * width)
            .map(d -> type.min() + Math.floor(d * (1 << type.bits())))
            .toArray();
    try (Device device = Device.open(TARGET);
        Tensor x = Tensor.of(device, type, values, values.length);
        Tensor y = Tensor.of(device, wide(type), values.length)) {
      run(new Last(type, wide(type), width), x, y, device);
      double[] last = Arrays.copyOfRange(values, 2 * width, 3 * width);
      for (int block = 0; block < 3; block++) {
        assertArrayEquals(
            last, Arrays.copyOfRange(y.toDoubles(), block * width, (block + 1) * width));
      }
    }
  }

  /** What is known to be aligned is read in words; in 16 bytes at once where the width allows. */
  @ParameterizedTest
  @MethodSource("types")
  void alignedRunsAreReadInTheWidestWords(IntType type) {
    Kernel kernel = new Line(type, wide(type), 4096);
    String code =
        Compiler.forTarget("sm_80")
            .compile(kernel, Specialization.NONE.withDivisor("n", 4096))
            .code()
            .text();
    int odd = type.bits() / Integer.lowestOneBit(type.bits());
    // The widest run of at most 16 bytes is an odd number of these.
    int unit = Integer.highestOneBit(16 / odd);
    String load =
        switch (unit) {
          case 16 -> "ld.global.v4.b32";
          case 4 -> "ld.global.b32";
          default -> "ld.global.u" + 8 * unit;
        };
    assertTrue(code.contains(load), code);
    assertFalse(code.contains("atom."), code);
  }

  @Test
  void aTileThatBeginsInsideAByteIsRefused() {
    CompileException refused =
        assertThrows(
            CompileException.class,
            () -> Compiler.forTarget("sm_80").compile(new Line(DType.U3, DType.U8, 4)));
    assertEquals("TW-C020", refused.code());
  }

  @Test
  void rowsThatBeginInsideAByteAreRefusedAtLaunch() {
    try (Device device = Device.open(TARGET);
        Tensor x = Tensor.zeros(device, DType.U3, 2, 5);
        Tensor y = Tensor.zeros(device, DType.U8, 2, 5)) {
      LaunchException refused =
          assertThrows(
              LaunchException.class, () -> run(new Grid(DType.U3, DType.U8, 16, 64), x, y, device));
      assertTrue(String.valueOf(refused.getMessage()).contains("stride of dimension 0"));
    }
  }
}
