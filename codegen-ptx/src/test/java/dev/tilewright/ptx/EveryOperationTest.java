package dev.tilewright.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation on every type that it is defined for, assembled. Each has a line number of its
 * own, so that a complaint of {@code ptxas} names it.
 */
class EveryOperationTest {
  private static final List<DType> TYPES =
      List.of(
          DType.I1,
          DType.U1,
          DType.I8,
          DType.U8,
          DType.I16,
          DType.U16,
          DType.I32,
          DType.U32,
          DType.I64,
          DType.U64,
          DType.F16,
          DType.BF16,
          DType.TF32,
          DType.F32,
          DType.F64);

  /** Those and what can only be moved. */
  private static final List<DType> MOVED =
      Stream.concat(TYPES.stream(), Stream.of(DType.F8E4M3, DType.F8E5M2)).toList();

  /** Writes operations and remembers which line is which. */
  private static final class Catalogue {
    final ThreadBuilder out = new ThreadBuilder(10);
    final ThreadValue global = new ThreadValue(0, ThreadType.I64);
    final ThreadValue shared = new ThreadValue(1, ThreadType.I32);
    final ThreadValue predicate = new ThreadValue(2, ThreadType.PREDICATE);
    final List<String> names = new ArrayList<>();

    void next(String name) {
      names.add(name);
      out.at(new Location("every.Operation", "Operation.java", names.size()));
    }

    ThreadValue load(ThreadType type) {
      ThreadValue result = out.fresh(type);
      out.add(new ThreadOp.GlobalLoad(result, global, 16, Optional.empty(), out.location()));
      return result;
    }

    void store(ThreadValue value) {
      out.add(new ThreadOp.GlobalStore(global, 32, value, Optional.empty(), out.location()));
    }

    ThreadFunction function() {
      List<ThreadParameter> parameters =
          List.of(
              new ThreadParameter.Pointer("x", global),
              new ThreadParameter.Dimension("n", shared),
              new ThreadParameter.Scalar("p", predicate));
      return new ThreadFunction(
          "every operation", "sm_80", parameters, 128, 1024, out.block(List.of()));
    }
  }

  static List<Target> targets() {
    return NvidiaTargets.ALL;
  }

  /** Arithmetic differs between these two only; the text for those in between is that for sm_80. */
  static List<Target> arithmeticTargets() {
    return List.of(NvidiaTargets.SM_80, NvidiaTargets.SM_90);
  }

  private static void assemble(Catalogue catalogue, Target target) {
    assumeTrue(Ptxas.find().isPresent(), "ptxas is not on this machine");
    String text = new PtxBackend().generate(catalogue.function(), target).text();
    Ptxas.Assembly assembly;
    try {
      assembly = Ptxas.require().withOptions("-O0").assemble(text, target.name());
    } catch (PtxasException e) {
      StringBuilder message = new StringBuilder(target.name());
      for (PtxasException.Diagnostic d : e.diagnostics()) {
        String operation = d.location().known() ? catalogue.names.get(d.location().line() - 1) : "";
        String line = d.line() > 0 ? text.lines().toList().get(d.line() - 1).strip() : "";
        message.append("\n").append(operation).append(": ").append(line).append(" -- ").append(d);
      }
      throw new AssertionError(message.toString(), e);
    }
    assertEquals(List.of(), assembly.warnings());
  }

  private static boolean defined(UnaryKind kind, DType type) {
    return switch (kind) {
      case NEG, ABS -> true;
      case NOT -> type instanceof IntType;
      case EXP2, EXP, LOG2, LOG, SQRT, RSQRT, RECIP, SIN, COS, TANH, FLOOR, CEIL, ROUND ->
          type instanceof FloatType;
    };
  }

  private static boolean defined(BinaryKind kind, DType type) {
    return switch (kind) {
      case ADD, SUB, MUL, DIV, MIN, MAX -> true;
      case REM, AND, OR, XOR, SHL, SHR -> type instanceof IntType;
    };
  }

  /** Scalars and the vectors of 32, 64 and 128 bits; of 16 bits too. */
  private static List<ThreadType> shapes(DType element) {
    List<ThreadType> shapes = new ArrayList<>();
    shapes.add(ThreadType.scalar(element));
    for (int bits = 16; bits <= 128 && element.bits() > 1; bits *= 2) {
      if (bits / element.bits() > 1) {
        shapes.add(ThreadType.vector(element, bits / element.bits()));
      }
    }
    return shapes;
  }

  @ParameterizedTest
  @MethodSource("arithmeticTargets")
  void arithmetic(Target target) {
    Catalogue c = new Catalogue();
    for (DType element : TYPES) {
      for (ThreadType type : shapes(element)) {
        c.next("loads of " + type);
        ThreadValue x = c.load(type);
        ThreadValue y = c.load(type);
        ThreadValue number = c.out.constant(type, literal(element));
        for (UnaryKind kind : UnaryKind.values()) {
          if (defined(kind, element)) {
            c.next(kind + " of " + type);
            c.store(c.out.unary(kind, x));
          }
        }
        for (BinaryKind kind : BinaryKind.values()) {
          if (defined(kind, element)) {
            c.next(kind + " of " + type);
            c.store(c.out.binary(kind, x, y));
            c.store(c.out.binary(kind, x, number));
            c.store(c.out.binary(kind, number, y));
          }
        }
        if (element instanceof FloatType) {
          c.next("FMA of " + type);
          c.store(c.out.fma(x, y, number));
          c.store(c.out.fma(number, y, x));
        }
        c.next("SELECT of " + type);
        c.store(c.out.select(c.predicate, x, number));
        if (type.isScalar()) {
          for (ComparePredicate predicate : ComparePredicate.values()) {
            c.next(predicate + " of " + type);
            c.store(c.out.compare(predicate, x, y));
            c.store(c.out.compare(predicate, x, number));
          }
        }
      }
    }
    assemble(c, target);
  }

  private static Literal literal(DType type) {
    return type instanceof IntType t && t.bits() > 1 ? Literal.of(3) : Literal.of(1.0);
  }

  @ParameterizedTest
  @MethodSource("arithmeticTargets")
  void conversions(Target target) {
    Catalogue c = new Catalogue();
    List<DType> types = target.equals(NvidiaTargets.SM_80) ? TYPES : MOVED;
    for (DType from : types) {
      for (ThreadType type : shapes(from)) {
        c.next("loads of " + type);
        ThreadValue x = c.load(type);
        for (DType to : types) {
          if ((long) to.bits() * type.lanes() > 128 || (!type.isScalar() && to.bits() == 1)) {
            continue;
          }
          for (Rounding rounding : Rounding.values()) {
            for (boolean saturate : new boolean[] {false, true}) {
              c.next(type + " to " + to + " " + rounding + (saturate ? " saturated" : ""));
              ThreadValue converted = c.out.convert(x, to, rounding, saturate);
              if (Integer.bitCount(converted.type().bytes()) == 1) {
                c.store(converted);
              }
            }
          }
        }
      }
    }
    assemble(c, target);
  }

  @ParameterizedTest
  @MethodSource("arithmeticTargets")
  void movesOfBits(Target target) {
    Catalogue c = new Catalogue();
    ThreadValue low = c.load(ThreadType.U32);
    ThreadValue high = c.load(ThreadType.U32);
    c.next("bytes of two words");
    c.store(c.out.permute(low, high, 0x6140));
    c.next("bytes of a table");
    c.store(c.out.lookup(low, high, c.load(ThreadType.U32)));
    c.next("bits of two words");
    c.store(c.out.funnelShift(low, high, 7));
    for (int bits = 2; bits < 8; bits++) {
      for (boolean signed : new boolean[] {false, true}) {
        c.next(bits + " bits of a word");
        ThreadValue few =
            c.out.convert(low, new IntType(bits, signed), Rounding.NEAREST_EVEN, false);
        c.store(c.out.convert(few, DType.F32, Rounding.NEAREST_EVEN, false));
      }
    }
    List<ThreadType> all = MOVED.stream().flatMap(t -> shapes(t).stream()).toList();
    for (ThreadType from : all) {
      c.next("loads of " + from);
      ThreadValue x = c.load(from);
      for (ThreadType to : all) {
        if (to.bits() == from.bits()) {
          c.next(from + " as " + to);
          c.store(c.out.bitcast(x, to));
        }
      }
      for (int lanes = 1; lanes <= from.lanes(); lanes *= 2) {
        for (int index = 0; index + lanes <= from.lanes(); index++) {
          c.next(lanes + " elements of " + from + " at " + index);
          ThreadType part = new ThreadType(from.element(), lanes);
          ThreadValue extracted = c.out.fresh(part);
          c.out.add(new ThreadOp.Extract(extracted, x, index, c.out.location()));
          c.store(extracted);
        }
      }
      if (!from.isScalar()) {
        c.next("build of " + from);
        List<ThreadValue> elements = new ArrayList<>();
        for (int i = 0; i < from.lanes(); i++) {
          elements.add(c.load(ThreadType.scalar(from.element())));
        }
        c.store(c.out.build(elements));
      }
      c.next("shuffle of " + from);
      ThreadValue shuffled = c.out.fresh(from);
      c.out.add(new ThreadOp.ShuffleXor(shuffled, x, 4, c.out.location()));
      c.store(shuffled);
      c.next("indexed shuffle of " + from);
      ThreadValue read = c.out.fresh(from);
      ThreadValue lane = c.out.special(SpecialRegister.THREAD);
      c.out.add(new ThreadOp.ShuffleIndex(read, x, lane, c.out.location()));
      c.store(read);
    }
    assemble(c, target);
  }

  @ParameterizedTest
  @MethodSource("targets")
  void memory(Target target) {
    Catalogue c = new Catalogue();
    Optional<ThreadValue> when = Optional.of(c.predicate);
    for (DType element : MOVED) {
      for (ThreadType type : shapes(element)) {
        c.next("guarded accesses of " + type);
        ThreadValue x = c.out.fresh(type);
        c.out.add(new ThreadOp.GlobalLoad(x, c.global, -64, when, c.out.location()));
        c.out.add(new ThreadOp.GlobalStore(c.global, -128, x, when, c.out.location()));
        c.out.add(new ThreadOp.SharedStore(c.shared, 64, x, when, c.out.location()));
        c.out.add(
            new ThreadOp.SharedStore(
                c.shared,
                64,
                c.out.constant(type, literal(element)),
                Optional.empty(),
                c.out.location()));
        ThreadValue y = c.out.fresh(type);
        c.out.add(new ThreadOp.SharedLoad(y, c.shared, 16, c.out.location()));
        c.store(y);
      }
    }
    for (int bytes : new int[] {4, 8, 16}) {
      c.next("asynchronous copy of " + bytes);
      for (Optional<ThreadValue> guard : List.of(when, Optional.<ThreadValue>empty())) {
        for (Optional<ThreadValue> size :
            List.of(
                Optional.of(c.shared), Optional.<ThreadValue>empty(), Optional.of(c.out.i32(0)))) {
          c.out.add(
              new ThreadOp.AsyncCopy(
                  bytes, c.shared, 16, c.global, -32, size, guard, c.out.location()));
        }
      }
    }
    c.next("flags");
    for (Optional<ThreadValue> guard : List.of(when, Optional.<ThreadValue>empty())) {
      c.out.add(new AsyncThreadOp.Signal(c.global, 16, guard, c.out.location()));
      c.out.add(new AsyncThreadOp.Await(c.global, -16, guard, c.out.location()));
      ThreadValue number = c.out.fresh(ThreadType.I32);
      c.out.add(
          new AsyncThreadOp.FetchIncrement(
              number, c.global, 32, c.shared, guard, c.out.location()));
      c.store(number);
    }
    c.next("a loop with a condition");
    c.out
        .whileLoop(
            List.of(c.shared, c.out.i32(7)),
            carried -> c.out.compare(ComparePredicate.LT, carried.get(0), carried.get(1)),
            carried ->
                List.of(c.out.binary(BinaryKind.ADD, carried.get(0), carried.get(1)), c.shared))
        .forEach(c::store);
    c.next("asynchronous groups");
    c.out.add(new ThreadOp.AsyncCommit(c.out.location()));
    c.out.add(new ThreadOp.AsyncWait(2, c.out.location()));
    c.out.add(new ThreadOp.Barrier(c.out.location()));
    for (int count : new int[] {1, 2, 4}) {
      for (boolean transposed : new boolean[] {false, true}) {
        c.next("ldmatrix x" + count);
        List<ThreadValue> results = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          results.add(c.out.fresh(ThreadType.vector(DType.F16, 2)));
        }
        c.out.add(new ThreadOp.LoadMatrix(results, transposed, c.shared, 32, c.out.location()));
        results.forEach(c::store);
      }
    }
    for (SpecialRegister register : SpecialRegister.values()) {
      c.next("special register " + register);
      c.store(c.out.special(register));
    }
    for (MmaInstruction mma : target.mmaInstructions()) {
      c.next(mma.name());
      mma(c, mma);
    }
    assemble(c, target);
  }

  /** Loops that exchange carried values, and branches, for values of every type. */
  @ParameterizedTest
  @MethodSource("arithmeticTargets")
  void controlFlow(Target target) {
    Catalogue c = new Catalogue();
    for (DType element : MOVED) {
      for (ThreadType type : shapes(element)) {
        c.next("loop and branch over " + type);
        ThreadValue number = c.out.constant(type, literal(element));
        List<ThreadValue> swapped =
            c.out.forLoop(
                c.out.i32(0),
                c.shared,
                c.out.i32(1),
                List.of(c.load(type), number),
                a -> List.of(a.get(2), a.get(1)));
        swapped.forEach(c::store);
        List<ThreadValue> chosen =
            c.out.ifElse(
                c.predicate,
                _ -> List.of(c.load(type), swapped.get(0)),
                _ -> List.of(number, swapped.get(1)));
        chosen.forEach(c::store);
      }
    }
    assemble(c, target);
  }

  private static void mma(Catalogue c, MmaInstruction mma) {
    ThreadType ab = new ThreadType(mma.a(), 32 / mma.a().bits());
    ThreadType bType = new ThreadType(mma.b(), 32 / mma.b().bits());
    int accumulators = mma.accumulator().bits() == 32 ? 4 : 2;
    ThreadType acc = new ThreadType(mma.accumulator(), 4 / accumulators);
    ThreadValue zero =
        c.out.constant(acc, mma.accumulator() instanceof IntType ? Literal.of(0) : Literal.of(0.0));
    List<ThreadValue> results = new ArrayList<>();
    for (int i = 0; i < accumulators; i++) {
      results.add(c.out.fresh(acc));
    }
    c.out.add(
        new ThreadOp.Mma(
            mma.name(),
            results,
            List.of(c.load(ab), c.load(ab), c.load(ab), c.load(ab)),
            List.of(c.load(bType), c.load(bType)),
            Collections.nCopies(accumulators, zero),
            c.out.location()));
    results.forEach(c::store);
  }

  @Test
  void typesThatCannotBeGeneratedAreRefused() {
    Catalogue c = new Catalogue();
    c.next("a 4-bit load");
    c.store(c.load(ThreadType.vector(DType.I4, 8)));
    refused(c);
  }

  @Test
  void arithmeticOfByteFloatsIsRefused() {
    Catalogue c = new Catalogue();
    c.next("a sum of bytes");
    ThreadValue x = c.load(ThreadType.vector(DType.F8E4M3, 4));
    c.store(c.out.binary(BinaryKind.ADD, x, x));
    refused(c);
    Catalogue conversion = new Catalogue();
    conversion.next("a conversion before Ada");
    ThreadValue y = conversion.load(ThreadType.vector(DType.F8E4M3, 4));
    conversion.store(conversion.out.convert(y, DType.F16, Rounding.NEAREST_EVEN, false));
    refused(conversion);
  }

  private static void refused(Catalogue c) {
    CompileException e =
        assertThrows(
            CompileException.class,
            () -> new PtxBackend().generate(c.function(), NvidiaTargets.SM_80));
    assertEquals("TW-P001", e.code());
    assertEquals(1, e.location().line());
  }
}
