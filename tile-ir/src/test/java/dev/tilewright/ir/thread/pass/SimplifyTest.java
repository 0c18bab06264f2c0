package dev.tilewright.ir.thread.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.text.ThreadParser;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.ThreadPrinter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What each pass is there for, on the smallest function that shows it. */
class SimplifyTest {
  private final ThreadBuilder out = new ThreadBuilder(10);
  private final ThreadValue pointer = new ThreadValue(0, ThreadType.I64);
  private final ThreadValue stride = new ThreadValue(1, ThreadType.I64);
  private final ThreadValue size = new ThreadValue(2, ThreadType.I32);
  private final ThreadValue flag = new ThreadValue(3, ThreadType.PREDICATE);

  private ThreadFunction function() {
    return new ThreadFunction(
        "f",
        "any",
        List.of(
            new ThreadParameter.Pointer("a", pointer),
            new ThreadParameter.Stride("a", 0, stride),
            new ThreadParameter.Dimension("n", size),
            new ThreadParameter.Scalar("p", flag)),
        128,
        4096,
        out.block(List.of()));
  }

  private void store(ThreadValue address, int offset, ThreadValue value) {
    out.add(new ThreadOp.GlobalStore(address, offset, value, Optional.empty(), Location.UNKNOWN));
  }

  private ThreadValue load(ThreadType type, ThreadValue address, int offset) {
    ThreadValue result = out.fresh(type);
    out.add(new ThreadOp.GlobalLoad(result, address, offset, Optional.empty(), Location.UNKNOWN));
    return result;
  }

  private ThreadValue add(ThreadValue x, ThreadValue y) {
    return out.binary(BinaryKind.ADD, x, y);
  }

  private ThreadValue wide(ThreadValue x) {
    return out.convert(x, DType.I64, Rounding.NEAREST_EVEN, false);
  }

  /** All operations but constants and terminators, outside in. */
  private static List<ThreadOp> ops(ThreadBlock block) {
    List<ThreadOp> all = new ArrayList<>();
    for (ThreadOp op : block.ops()) {
      if (!(op instanceof ThreadOp.Constant || op instanceof ThreadOp.Yield)) {
        all.add(op);
      }
      op.regions().forEach(region -> all.addAll(ops(region)));
    }
    return all;
  }

  private List<ThreadOp> simplified() {
    return ops(Simplify.run(function()).body());
  }

  private static <T extends ThreadOp> T only(Class<T> type, List<ThreadOp> ops) {
    List<T> found = ops.stream().filter(type::isInstance).map(type::cast).toList();
    assertEquals(1, found.size(), () -> type.getSimpleName() + " in " + ops);
    return found.getFirst();
  }

  @Test
  void constantsFoldAndUnusedOperationsGo() {
    ThreadValue seven = add(out.i32(3), out.i32(4));
    ThreadValue x = out.binary(BinaryKind.MUL, seven, out.i32(6));
    out.unary(UnaryKind.NEG, size);
    store(pointer, 0, x);
    List<ThreadOp> ops = simplified();
    assertEquals(1, ops.size(), ops::toString);
  }

  @Test
  void equalOperationsAreComputedOnceWhereOneDominates() {
    ThreadValue x = add(size, out.i32(1));
    store(pointer, 0, x);
    out.ifElse(
        flag,
        _ -> {
          store(pointer, 4, add(size, out.i32(1)));
          store(pointer, 8, add(size, out.i32(2)));
          return List.of();
        },
        _ -> {
          store(pointer, 8, add(size, out.i32(2)));
          return List.of();
        });
    long sums = simplified().stream().filter(ThreadOp.Binary.class::isInstance).count();
    assertEquals(3, sums, "one before the branch and one in each arm");
  }

  @Test
  void knownBranchesAndSingleIterationsDissolve() {
    ThreadValue no = out.compare(ComparePredicate.LT, out.i32(5), out.i32(4));
    List<ThreadValue> chosen = out.ifElse(no, _ -> List.of(size), _ -> List.of(out.i32(9)));
    List<ThreadValue> once =
        out.forLoop(
            out.i32(0),
            out.i32(1),
            out.i32(1),
            chosen,
            a -> List.of(add(a.get(1), add(a.get(0), size))));
    List<ThreadValue> never =
        out.forLoop(out.i32(2), out.i32(2), out.i32(1), once, a -> List.of(out.i32(0)));
    store(pointer, 0, never.getFirst());
    List<ThreadOp> ops = simplified();
    assertEquals(2, ops.size(), ops::toString);
    assertEquals(9, literal(only(ThreadOp.Binary.class, ops).y()));
  }

  private long literal(ThreadValue value) {
    for (ThreadOp op : Simplify.run(function()).body().ops()) {
      if (op instanceof ThreadOp.Constant c
          && c.result().equals(value)
          && c.value() instanceof Literal.Int(long n)) {
        return n;
      }
    }
    throw new AssertionError(value + " is no constant");
  }

  @Test
  void divisionsOfIndicesByPowersOfTwoAreShiftsAndMasks() {
    ThreadValue thread = out.special(SpecialRegister.THREAD);
    store(pointer, 0, out.binary(BinaryKind.DIV, thread, out.i32(32)));
    store(pointer, 4, out.binary(BinaryKind.REM, thread, out.i32(32)));
    store(pointer, 8, out.binary(BinaryKind.DIV, thread, out.i32(128)));
    store(pointer, 12, out.binary(BinaryKind.REM, thread, out.i32(128)));
    List<BinaryKind> kinds =
        simplified().stream()
            .filter(ThreadOp.Binary.class::isInstance)
            .map(op -> ((ThreadOp.Binary) op).kind())
            .toList();
    assertEquals(List.of(BinaryKind.SHR, BinaryKind.AND), kinds);
  }

  @Test
  void vectorsTakenApartAndPutTogetherAreThemselves() {
    ThreadValue x = load(ThreadType.vector(DType.F16, 4), pointer, 0);
    List<ThreadValue> elements = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      elements.add(out.extract(x, i));
    }
    store(pointer, 8, out.build(elements));
    store(pointer, 16, out.build(elements.subList(2, 4)));
    ThreadValue words = out.bitcast(out.bitcast(x, ThreadType.I64), ThreadType.scalar(DType.F64));
    store(pointer, 24, words);
    List<ThreadOp> ops = simplified();
    assertTrue(ops.stream().noneMatch(ThreadOp.Build.class::isInstance));
    ThreadOp.Extract half = only(ThreadOp.Extract.class, ops);
    assertEquals(2, half.index());
    assertEquals(x, only(ThreadOp.Bitcast.class, ops).x());
  }

  @Test
  void invariantsLeaveTheLoopAndNumbersBecomeImmediates() {
    out.forLoop(
        out.i32(0),
        size,
        out.i32(1),
        List.of(),
        a -> {
          ThreadValue row = out.binary(BinaryKind.MUL, wide(size), stride);
          ThreadValue varying = out.binary(BinaryKind.AND, wide(a.get(0)), out.i64(6));
          ThreadValue address = add(add(add(pointer, varying), out.i64(24)), row);
          store(address, 8, a.get(0));
          return List.of();
        });
    ThreadFunction simplified = Simplify.run(function());
    ThreadOp.For loop = only(ThreadOp.For.class, ops(simplified.body()));
    ThreadOp.GlobalStore store = only(ThreadOp.GlobalStore.class, ops(simplified.body()));
    assertEquals(32, store.offset());
    List<ThreadOp> inside = ops(loop.body());
    // convert, and, add; the product and its sum with the pointer are outside.
    assertEquals(4, inside.size(), inside::toString);
  }

  @Test
  void addressesThatGrowEvenlyAreBumped() {
    out.forLoop(
        out.i32(0),
        size,
        out.i32(2),
        List.of(),
        a -> {
          ThreadValue column = out.binary(BinaryKind.MUL, a.get(0), out.i32(32));
          ThreadValue offset = out.binary(BinaryKind.MUL, wide(column), stride);
          ThreadValue x = load(ThreadType.F32, add(pointer, offset), 64);
          ThreadValue shared = add(out.binary(BinaryKind.SHL, a.get(0), out.i32(6)), size);
          out.add(new ThreadOp.SharedStore(shared, 0, x, Optional.empty(), Location.UNKNOWN));
          return List.of();
        });
    ThreadFunction simplified = Simplify.run(function());
    ThreadOp.For loop = only(ThreadOp.For.class, ops(simplified.body()));
    assertEquals(2, loop.carried().size());
    List<ThreadOp> inside = ops(loop.body());
    assertEquals(4, inside.size(), "load, store and two bumps: " + inside);
    ThreadOp.GlobalLoad load = only(ThreadOp.GlobalLoad.class, inside);
    assertEquals(loop.carried().get(0), load.address());
    assertEquals(64, load.offset());
    assertEquals(loop.carried().get(1), only(ThreadOp.SharedStore.class, inside).address());
  }

  @Test
  void valuesCarriedInVainAreNotCarried() {
    List<ThreadValue> results =
        out.forLoop(
            out.i32(0),
            size,
            out.i32(1),
            List.of(out.i32(5), out.i32(6)),
            a -> List.of(add(a.get(1), a.get(0)), add(a.get(2), a.get(1))));
    store(pointer, 0, results.get(0));
    ThreadOp.For loop = only(ThreadOp.For.class, simplified());
    assertEquals(1, loop.results().size());
  }

  @Test
  void predicatesStayInTheLoop() {
    out.forLoop(
        out.i32(0),
        size,
        out.i32(1),
        List.of(),
        a -> {
          ThreadValue small = out.compare(ComparePredicate.LT, size, out.i32(100));
          out.add(
              new ThreadOp.GlobalStore(pointer, 0, a.get(0), Optional.of(small), Location.UNKNOWN));
          return List.of();
        });
    ThreadOp.For loop = only(ThreadOp.For.class, simplified());
    only(ThreadOp.Compare.class, ops(loop.body()));
  }

  @Test
  void signedZerosSurvive() {
    ThreadValue x = load(ThreadType.F32, pointer, 0);
    ThreadValue zero = out.constant(ThreadType.F32, Literal.of(0.0));
    ThreadValue minusZero = out.constant(ThreadType.F32, Literal.of(-0.0));
    store(pointer, 4, add(x, zero));
    store(pointer, 8, add(x, minusZero));
    ThreadOp.Binary kept = only(ThreadOp.Binary.class, simplified());
    assertEquals(BinaryKind.ADD, kept.kind());
  }

  private static String simplified(String body) {
    String header = "thread @f() launch(target \"any\", threads 160, shared 4096) {\n";
    ThreadFunction function = Simplify.run(ThreadParser.parse(header + body + "}\n"));
    String text = ThreadPrinter.print(function);
    return text.substring(header.length(), text.lastIndexOf('}'));
  }

  @Test
  void rolesKnowTheirWarps() {
    assertEquals(
        """
          %0 = special thread : i32
          %2 = constant 0 : i32
          roles warps 1 {
            shared_store %2 to [%2]
            yield
          } warps 4 {
            %6 = constant -32 : i32
            %4 = add %0, %6 : i32
            %7 = constant 5 : i32
            %5 = shr %4, %7 : i32
            shared_store %5 to [%2]
            yield
          }
        """,
        simplified(
            """
              %0 = special thread : i32
              %1 = constant 32 : i32
              %2 = constant 0 : i32
              roles warps 1 {
                %3 = special warp : i32
                shared_store %3 to [%2]
                yield
              } warps 4 {
                %4 = sub %0, %1 : i32
                %5 = div %4, %1 : i32
                shared_store %5 to [%2]
                yield
              }
            """),
        "a thread of the second role is not among the first 32");
  }

  @Test
  void whatOneThreadComputesInALoopIsComputedBeforeIt() {
    assertEquals(
        """
          %0 = constant 0 : i32
          %1 = constant 1 : i32
          %2 = constant 9 : i32
          %4 = special block_x : i32
          for %3 = %0 to %2 step %1 {
            single {
              mbarrier_wait [%4 + 8] parity %0
              mbarrier_expect [%4] bytes 64
              yield
            }
            warp_leader {
              mbarrier_arrive [%4 + 16]
              yield
            }
            yield
          }
        """,
        simplified(
            """
              %0 = constant 0 : i32
              %1 = constant 1 : i32
              %2 = constant 9 : i32
              for %3 = %0 to %2 step %1 {
                single {
                  %4 = special block_x : i32
                  %5 = constant 8 : i32
                  %6 = add %4, %5 : i32
                  mbarrier_wait [%6] parity %0
                  mbarrier_expect [%4] bytes 64
                  yield
                }
                warp_leader {
                  %7 = special block_x : i32
                  mbarrier_arrive [%7 + 16]
                  yield
                }
                yield
              }
            """));
  }

  @Test
  void emptyPartsGo() {
    assertEquals(
        "",
        simplified(
            """
              single {
                %0 = constant 1 : i32
                yield
              }
              warp_leader {
                yield
              }
            """));
  }
}
