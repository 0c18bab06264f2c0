package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.List;

/**
 * Floats of up to 8 bits to anything: every one of them is a {@code bf16} exactly, which is
 * converted, and rounded, as the cast says.
 */
final class ThroughBfloats {
  private final ThreadBuilder ops;
  private final DType to;
  private final Rounding rounding;
  private final boolean saturate;

  ThroughBfloats(ThreadBuilder ops, DType to, Rounding rounding, boolean saturate) {
    this.ops = ops;
    this.to = to;
    this.rounding = rounding;
    this.saturate = saturate;
  }

  void convert(BitStream stream, int count, Element[] results) {
    Element[] exact = new Element[count];
    new FloatsToHalves(ops, HalfFormat.BF16, (FloatType) stream.dtype())
        .convert(stream, count, exact);
    for (int i = 0; i < count; i++) {
      if (results[i] == null) {
        convert(i, exact, results);
      }
    }
  }

  /** Element {@code i} and what shares its word. */
  private void convert(int i, Element[] exact, Element[] results) {
    List<Integer> shared = new ArrayList<>();
    for (int j = i; j < exact.length; j++) {
      if (exact[j].vector().equals(exact[i].vector())) {
        shared.add(j);
      }
    }
    if (HalfFormat.of(to).isPresent() && !saturate) {
      ThreadValue wide = ops.convert(exact[i].vector(), DType.F32, rounding, false);
      ThreadValue pair = ops.convert(wide, to, rounding, false);
      shared.forEach(j -> results[j] = new Element(pair, exact[j].lane()));
      return;
    }
    for (int j : shared) {
      ThreadValue one = ops.extract(exact[j].vector(), exact[j].lane());
      results[j] = new Element(scalar(one), 0);
    }
  }

  private ThreadValue scalar(ThreadValue x) {
    return x.type().equals(ThreadType.scalar(to)) && !saturate
        ? x
        : ops.convert(x, to, rounding, saturate);
  }
}
