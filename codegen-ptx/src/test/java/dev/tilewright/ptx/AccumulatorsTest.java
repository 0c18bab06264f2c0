package dev.tilewright.ptx;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Overwriting an accumulator that somebody still needs would be a wrong result. */
class AccumulatorsTest {
  private final ThreadBuilder out = new ThreadBuilder(0);
  private final ThreadValue operand =
      out.constant(ThreadType.vector(DType.F16, 2), Literal.of(1.0));
  private final ThreadValue zero = out.constant(ThreadType.F32, Literal.of(0.0));

  private List<ThreadValue> mma(List<ThreadValue> c) {
    List<ThreadValue> d = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      d.add(out.fresh(ThreadType.F32));
    }
    List<ThreadValue> a = List.of(operand, operand, operand, operand);
    out.add(
        new ThreadOp.Mma(
            "mma.m16n8k16.f32.f16.f16.f32", d, a, a.subList(0, 2), c, Location.UNKNOWN));
    return d;
  }

  private Accumulators accumulators() {
    return new Accumulators(
        new ThreadFunction("f", "sm_80", List.of(), 32, 0, out.block(List.of())));
  }

  @Test
  void whatNobodyElseReadsIsOverwritten() {
    List<ThreadValue> first = mma(List.of(zero, zero, zero, zero));
    mma(first);
    assertTrue(accumulators().isOverwritten(first.getFirst()));
    assertFalse(accumulators().isOverwritten(zero), "a number is in no register of its own");
  }

  @Test
  void whatIsReadAgainIsNot() {
    List<ThreadValue> first = mma(List.of(zero, zero, zero, zero));
    mma(first);
    out.build(first.subList(0, 2));
    assertFalse(accumulators().isOverwritten(first.get(0)));
    assertTrue(accumulators().isOverwritten(first.get(2)));
  }

  @Test
  void whatALoopReadsInEveryIterationIsNot() {
    List<ThreadValue> outside = mma(List.of(zero, zero, zero, zero));
    List<ThreadValue> carried = new ArrayList<>();
    out.forLoop(
        out.i32(0),
        out.i32(9),
        out.i32(1),
        List.of(zero, zero, zero, zero),
        arguments -> {
          mma(outside);
          carried.addAll(arguments.subList(1, 5));
          return mma(arguments.subList(1, 5));
        });
    assertFalse(accumulators().isOverwritten(outside.getFirst()));
    assertTrue(accumulators().isOverwritten(carried.getFirst()));
  }
}
