package dev.tilewright.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The text of two small kernels, as a reader should see it. */
class GoldenPtxTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden");

  private static void check(String name, ThreadFunction function) throws IOException {
    check(name, function, NvidiaTargets.SM_80);
  }

  static void check(String name, ThreadFunction function, Target target) throws IOException {
    String text = new PtxBackend().generate(function, target).text();
    Path golden = FOLDER.resolve(name + ".ptx");
    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(FOLDER);
      Files.writeString(golden, text);
    }
    assertEquals(Files.readString(golden), text);
  }

  private static void assemble(ThreadFunction function) {
    assumeTrue(Ptxas.find().isPresent(), "ptxas is not on this machine");
    String text = new PtxBackend().generate(function, NvidiaTargets.SM_80).text();
    assertEquals(List.of(), Ptxas.require().assemble(text, "sm_80").warnings());
  }

  private static Location line(int number) {
    return new Location("dev.tilewright.samples.VectorAdd", "VectorAdd.java", number);
  }

  /** {@code c = a + b} for vectors of f32, four elements to a thread. */
  static ThreadFunction vectorAdd() {
    ThreadValue a = new ThreadValue(0, ThreadType.I64);
    ThreadValue b = new ThreadValue(1, ThreadType.I64);
    ThreadValue c = new ThreadValue(2, ThreadType.I64);
    ThreadValue n = new ThreadValue(3, ThreadType.I32);
    ThreadBuilder out = new ThreadBuilder(4).at(line(12));
    ThreadType four = ThreadType.vector(DType.F32, 4);
    ThreadValue thread =
        out.binary(
            BinaryKind.ADD,
            out.binary(BinaryKind.MUL, out.special(SpecialRegister.BLOCK_X), out.i32(128)),
            out.special(SpecialRegister.THREAD));
    ThreadValue first = out.binary(BinaryKind.MUL, thread, out.i32(4));
    Optional<ThreadValue> inside = Optional.of(out.compare(ComparePredicate.LT, first, n));
    ThreadValue offset =
        out.binary(
            BinaryKind.MUL,
            out.convert(first, DType.I64, Rounding.NEAREST_EVEN, false),
            out.i64(4));
    ThreadValue x = out.fresh(four);
    ThreadValue y = out.fresh(four);
    out.at(line(13));
    out.add(
        new ThreadOp.GlobalLoad(
            x, out.binary(BinaryKind.ADD, a, offset), 0, inside, out.location()));
    out.add(
        new ThreadOp.GlobalLoad(
            y, out.binary(BinaryKind.ADD, b, offset), 0, inside, out.location()));
    ThreadValue sum = out.at(line(14)).binary(BinaryKind.ADD, x, y);
    out.add(
        new ThreadOp.GlobalStore(
            out.binary(BinaryKind.ADD, c, offset), 0, sum, inside, out.location()));
    return new ThreadFunction(
        "vector_add",
        "sm_80",
        List.of(
            new ThreadParameter.Pointer("a", a),
            new ThreadParameter.Pointer("b", b),
            new ThreadParameter.Pointer("c", c),
            new ThreadParameter.Dimension("n", n)),
        128,
        0,
        out.block(List.of()));
  }

  /** One warp multiplies 16×k by k×8, both in f16, read from shared memory. */
  static ThreadFunction mmaTile() {
    ThreadValue c = new ThreadValue(0, ThreadType.I64);
    ThreadValue steps = new ThreadValue(1, ThreadType.I32);
    ThreadBuilder out = new ThreadBuilder(2);
    ThreadType pair = ThreadType.vector(DType.F16, 2);
    ThreadValue zero = out.constant(ThreadType.F32, Literal.of(0.0));
    ThreadValue lane = out.special(SpecialRegister.LANE);
    ThreadValue row = out.binary(BinaryKind.MUL, lane, out.i32(16));
    List<ThreadValue> sum =
        out.forLoop(
            out.i32(0),
            steps,
            out.i32(1),
            List.of(zero, zero, zero, zero),
            arguments -> {
              ThreadValue step = out.binary(BinaryKind.MUL, arguments.getFirst(), out.i32(768));
              ThreadValue address = out.binary(BinaryKind.ADD, step, row);
              List<ThreadValue> a = fragments(out, 4, pair);
              out.add(new ThreadOp.LoadMatrix(a, false, address, 0, out.location()));
              List<ThreadValue> b = fragments(out, 2, pair);
              out.add(new ThreadOp.LoadMatrix(b, true, address, 512, out.location()));
              List<ThreadValue> d = fragments(out, 4, ThreadType.F32);
              out.add(
                  new ThreadOp.Mma(
                      "mma.m16n8k16.f32.f16.f16.f32",
                      d,
                      a,
                      b,
                      arguments.subList(1, 5),
                      out.location()));
              return d;
            });
    ThreadValue offset =
        out.convert(
            out.binary(BinaryKind.MUL, lane, out.i32(8)), DType.I64, Rounding.NEAREST_EVEN, false);
    ThreadValue address = out.binary(BinaryKind.ADD, c, offset);
    for (int half = 0; half < 2; half++) {
      ThreadValue two = out.build(sum.subList(2 * half, 2 * half + 2));
      ThreadValue rounded = out.convert(two, DType.BF16, Rounding.NEAREST_EVEN, false);
      out.add(
          new ThreadOp.GlobalStore(address, 256 * half, rounded, Optional.empty(), out.location()));
    }
    return new ThreadFunction(
        "mma_tile",
        "sm_80",
        List.of(new ThreadParameter.Pointer("c", c), new ThreadParameter.Dimension("steps", steps)),
        32,
        49152,
        out.block(List.of()));
  }

  private static List<ThreadValue> fragments(ThreadBuilder out, int count, ThreadType type) {
    List<ThreadValue> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(out.fresh(type));
    }
    return values;
  }

  @Test
  void vectorAddition() throws IOException {
    check("vector_add", vectorAdd());
    assemble(vectorAdd());
  }

  @Test
  void oneWarpMatrixProduct() throws IOException {
    check("mma_tile", mmaTile());
    assemble(mmaTile());
  }
}
