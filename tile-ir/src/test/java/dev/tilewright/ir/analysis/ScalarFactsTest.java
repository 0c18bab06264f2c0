package dev.tilewright.ir.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.SizeExpr;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What the analyses say of scalars holds for every value that the scalars take. */
final class ScalarFactsTest {
  private static final SizeExpr M = new SizeExpr.Dimension("m");
  private static final SizeExpr N = new SizeExpr.Dimension("n");

  /** A function of two dimensions, its scalars, and what they are at one launch in one block. */
  private static final class Scalars {
    private final OpBuilder b = new OpBuilder(0);
    private final List<Parameter> parameters = new ArrayList<>();
    private final Map<Value, Long> values = new HashMap<>();
    private final List<Value> scalars = new ArrayList<>();
    private final SizeExpr grid;
    private KernelFunction function;

    Scalars(int divisorOfM, long m, long n, int tile) {
      grid = new SizeExpr.CeilDiv(M, new SizeExpr.Constant(tile));
      dimension("m", divisorOfM, m);
      dimension("n", 1, n);
      function = built();
    }

    private void dimension(String name, int divisor, long size) {
      Value value = b.fresh(new Type.Scalar(DType.I32));
      parameters.add(new Parameter.Dimension(name, value, divisor, Location.UNKNOWN));
      is(value, size);
    }

    private Value is(Value value, long number) {
      values.put(value, number);
      scalars.add(value);
      return value;
    }

    long of(Value value) {
      Long number = values.get(value);
      if (number == null) {
        throw new IllegalArgumentException(value + " is not known");
      }
      return number;
    }

    Value constant(long number) {
      return is(b.i32(number), number);
    }

    Value programId(long number) {
      return is(b.programId(0), number);
    }

    Value binary(BinaryKind kind, Value x, Value y) {
      long a = of(x);
      long c = of(y);
      long result =
          switch (kind) {
            case ADD -> a + c;
            case SUB -> a - c;
            case MUL -> a * c;
            case DIV -> a / c;
            case REM -> a % c;
            case MIN -> Math.min(a, c);
            case MAX -> Math.max(a, c);
            case AND -> a & c;
            case OR -> a | c;
            case XOR -> a ^ c;
            case SHL -> a << c;
            case SHR -> a >> c;
          };
      return is(b.binary(kind, x, y), result);
    }

    private KernelFunction built() {
      Block body = b.block(List.of());
      return new KernelFunction("f", parameters, List.of(grid), Optional.empty(), body);
    }

    void finish() {
      function = built();
    }
  }

  private static Scalars random(Random random, long m, long n, int divisor, int tile) {
    Scalars s = new Scalars(divisor, m, n, tile);
    s.programId(random.nextInt((int) Math.max(1, Math.ceilDiv(m, tile))));
    for (long c : new long[] {tile, tile - 1, 1, 0, 2}) {
      s.constant(c);
    }
    List<BinaryKind> kinds = List.of(BinaryKind.values());
    for (int i = 0; i < 14; i++) {
      BinaryKind kind = kinds.get(random.nextInt(kinds.size()));
      Value x = s.scalars.get(random.nextInt(s.scalars.size()));
      Value y = s.scalars.get(random.nextInt(s.scalars.size()));
      boolean divides = kind == BinaryKind.DIV || kind == BinaryKind.REM;
      boolean shifts = kind == BinaryKind.SHL || kind == BinaryKind.SHR;
      boolean defined = divides ? s.of(y) != 0 : !shifts || (s.of(y) >= 0 && s.of(y) < 8);
      if (defined) {
        Value z = s.binary(kind, x, y);
        if (Math.abs(s.of(z)) > 1 << 24) {
          s.scalars.remove(z);
        }
      }
    }
    s.finish();
    return s;
  }

  @Property(tries = 1000)
  void divisorsDivideAndProvedTilesAreInside(@ForAll long seed) {
    Random random = new Random(seed);
    int tile = 1 << random.nextInt(5);
    int divisor = 1 << random.nextInt(6);
    long m = (long) divisor * (1 + random.nextInt(20));
    long n = 1L + random.nextInt(200);
    Scalars s = random(random, m, n, divisor, tile);
    Divisibility divisibility = Divisibility.of(s.function);
    Ranges ranges = Ranges.of(s.function);
    for (Value value : s.scalars) {
      long known = divisibility.of(value);
      long actual = s.of(value);
      assertTrue(
          known == 0 ? actual == 0 : actual % known == 0, () -> known + " divides " + actual);
      for (long extent : new long[] {0, 1, tile, divisor}) {
        if (ranges.inside(value, extent, M)) {
          assertTrue(actual >= 0 && actual + extent <= m, () -> actual + " + " + extent + " in m");
        }
        if (ranges.inside(value, extent, N)) {
          assertTrue(actual >= 0 && actual + extent <= n, () -> actual + " + " + extent + " in n");
        }
      }
    }
  }

  @Test
  void wholeTilesOfADivisibleDimensionAreInside() {
    Scalars s = new Scalars(64, 640, 7, 32);
    Value row = s.binary(BinaryKind.MUL, s.programId(3), s.constant(32));
    s.finish();
    Ranges ranges = Ranges.of(s.function);
    assertTrue(ranges.inside(row, 32, M));
    assertFalse(ranges.inside(row, 33, M));
    assertFalse(ranges.inside(row, 32, N));
    assertEquals(32, Divisibility.of(s.function).of(row));
  }

  /** {@code for (i = 0; i < ceil(m / 32); i++)} reads rows {@code 32 i} and on. */
  @Test
  void loopsOverWholeTilesStayInside() {
    assertTrue(loopIsInside(32));
    assertTrue(loopIsInside(96));
    assertFalse(loopIsInside(16));
  }

  private static boolean loopIsInside(int divisor) {
    Scalars s = new Scalars(divisor, 4L * divisor, 1, 32);
    OpBuilder b = s.b;
    List<Value> offsets = new ArrayList<>();
    Value count = b.ceilDiv(s.parameters.getFirst().value(), 32);
    b.forLoop(
        b.i32(0),
        count,
        b.i32(1),
        List.of(),
        arguments -> {
          offsets.add(b.mul(arguments.getFirst(), b.i32(32)));
          return List.of();
        });
    s.finish();
    return Ranges.of(s.function).inside(offsets.getFirst(), 32, M);
  }

  /** A carried offset that is bumped by 24 from 16 on is a multiple of 8. */
  @Test
  void carriedValuesMeetAtTheirCommonDivisor() {
    OpBuilder b = new OpBuilder(0);
    Value start = b.constant(new Type.Scalar(DType.I32), Literal.of(16));
    List<Value> results =
        b.forLoop(
            b.i32(0),
            b.i32(10),
            b.i32(1),
            List.of(start),
            arguments -> List.of(b.add(arguments.get(1), b.i32(24))));
    KernelFunction function =
        new KernelFunction(
            "f",
            List.of(),
            List.of(new SizeExpr.Constant(1)),
            Optional.empty(),
            b.block(List.of()));
    Op.For loop = (Op.For) function.body().ops().getLast();
    Divisibility facts = Divisibility.of(function);
    assertEquals(8, facts.of(loop.carried().getFirst()));
    assertEquals(8, facts.of(results.getFirst()));
    assertEquals(1, facts.of(loop.induction()));
  }
}
