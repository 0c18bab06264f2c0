package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.dtype.Packing;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.expand.ExpandTiles;
import dev.tilewright.ir.interpret.HostTensor;
import dev.tilewright.ir.interpret.Interpreter;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.pass.Simplify;
import dev.tilewright.ir.verify.Verifier;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.SizeExpr;
import dev.tilewright.layout.Space;
import dev.tilewright.ptx.PtxBackend;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.LoadedImage;
import dev.tilewright.runtime.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * A cast of elements that every thread has packed in words: thread {@code t} reads row {@code t} as
 * bytes, sees them as {@code elements} elements, converts and stores these. There are 256 threads,
 * and element {@code i} of row {@code t} has the code {@code t + 37 i}: every code stands at every
 * place.
 */
record PackedCast(
    DType from, DType to, Rounding rounding, boolean saturate, int elements, String target) {
  private static final PtxBackend BACKEND = new PtxBackend();
  private static final int WARPS = 8;
  private static final int ROWS = 256;

  /** The least number of elements that fill bytes. */
  static int run(DType from) {
    return Math.max(1, Byte.SIZE / Integer.lowestOneBit(from.bits()));
  }

  private Target compiled() {
    return BACKEND.targets().stream()
        .filter(t -> t.name().equals(target))
        .findFirst()
        .orElseThrow();
  }

  private static Layout rows(int columns) {
    return Layout.into(Space.tile(ROWS, columns))
        .digit(Axis.REGISTER, columns, Axis.dim(1), 1)
        .digit(Axis.LANE, 32, Axis.dim(0), 1)
        .digit(Axis.WARP, WARPS, Axis.dim(0), 32)
        .build();
  }

  KernelFunction function() {
    OpBuilder b = new OpBuilder(0);
    int bytes = Math.toIntExact(Packing.bytes(from.bits(), elements));
    Parameter.Tensor x = tensor(b, "x", DType.U8, bytes, Parameter.Access.IN);
    Parameter.Tensor y = tensor(b, "y", to, elements, Parameter.Access.OUT);
    Value zero = b.i32(0);
    List<Boolean> inside = List.of(false, false);
    Value read =
        b.add(
                new Op.Load(
                    b.fresh(tile(DType.U8, bytes)),
                    x.value(),
                    List.of(zero, zero),
                    inside,
                    Literal.of(0),
                    Location.UNKNOWN))
            .result();
    Value seen = b.add(new Op.View(b.fresh(tile(from, elements)), read, Location.UNKNOWN)).result();
    Value cast =
        b.add(new Op.Cast(b.fresh(tile(to, elements)), seen, rounding, saturate, Location.UNKNOWN))
            .result();
    b.store(y.value(), List.of(zero, zero), cast, inside);
    return new KernelFunction(
        "cast",
        List.of(x, y),
        List.of(new SizeExpr.Constant(1)),
        Optional.of(new KernelFunction.Launch(target, WARPS, 0)),
        b.block(List.of()));
  }

  private static Type.Tile tile(DType dtype, int columns) {
    return new Type.Tile(List.of(ROWS, columns), dtype, Optional.of(rows(columns)));
  }

  private static Parameter.Tensor tensor(
      OpBuilder b, String name, DType dtype, int columns, Parameter.Access access) {
    return new Parameter.Tensor(
        name,
        b.fresh(new Type.Tensor(dtype, 2)),
        List.of(new SizeExpr.Constant(ROWS), new SizeExpr.Constant(columns)),
        access,
        1,
        Math.min(16, Integer.lowestOneBit(columns * dtype.bits() / Byte.SIZE)),
        Location.UNKNOWN);
  }

  ThreadFunction threads() {
    KernelFunction function = function();
    Verifier.verifyStagedOrThrow(function);
    return Simplify.run(ExpandTiles.expand(function, compiled()));
  }

  String ptx() {
    return BACKEND.generate(threads(), compiled()).text();
  }

  private static long code(DType from, int row, int column) {
    return row + 37L * column & (1L << from.bits()) - 1;
  }

  void check() {
    check(this::emulated);
  }

  /** The same of the interpreter. */
  void checkInterpreted() {
    check(this::interpreted);
  }

  /** Codes of the result by row, from the bytes of the rows. */
  private interface Execution {
    long[] run(long[] packed, int bytes);
  }

  private void check(Execution execution) {
    int bytes = Math.toIntExact(Packing.bytes(from.bits(), elements));
    long[] packed = new long[ROWS * bytes];
    for (int row = 0; row < ROWS; row++) {
      byte[] line = new byte[bytes];
      for (int i = 0; i < elements; i++) {
        Packing.set(MemorySegment.ofArray(line), from.bits(), i, code(from, row, i));
      }
      for (int i = 0; i < bytes; i++) {
        packed[row * bytes + i] = Byte.toUnsignedLong(line[i]);
      }
    }
    long[] result = execution.run(packed, bytes);
    Overflow overflow =
        saturate || (to instanceof IntType && !(from instanceof IntType))
            ? Overflow.SATURATE
            : Overflow.NATURAL;
    for (int row = 0; row < ROWS; row++) {
      for (int i = 0; i < elements; i++) {
        long code = code(from, row, i);
        int place = i;
        double expected = to.decode(to.encode(from.decode(code), rounding.direction(), overflow));
        double found = to.decode(result[row * elements + i]);
        assertEquals(expected, found, () -> this + ": code " + code + " at element " + place);
      }
    }
  }

  private long[] interpreted(long[] packed, int bytes) {
    HostTensor x = HostTensor.zeros(DType.U8, ROWS, bytes);
    HostTensor y = HostTensor.zeros(to, ROWS, elements);
    for (int i = 0; i < packed.length; i++) {
      x.setCode(i, packed[i]);
    }
    Interpreter.run(
        function(),
        new dev.tilewright.ir.interpret.Arguments(Map.of(), Map.of("x", x, "y", y), Map.of()));
    return LongStream.range(0, (long) ROWS * elements).map(y::code).toArray();
  }

  private long[] emulated(long[] packed, int bytes) {
    ThreadFunction threads = threads();
    try (Device device = Device.open("emulator:" + target);
        Tensor x = Tensor.of(device, DType.U8, ROWS, bytes);
        Tensor y = Tensor.zeros(device, to, ROWS, elements);
        LoadedImage image = device.load(StagedImage.of(function(), threads, BACKEND, compiled()))) {
      x.uploadCodes(packed);
      image.launch(Arguments.of("x", x).with("y", y));
      device.synchronize();
      return y.toCodes();
    }
  }
}
