package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.FindingCode;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Calls and returns of one warp. A thread's frames are stacked in its local memory; parameters and
 * results are copied between the frames, or between registers.
 */
final class Calls {
  private final Warp warp;
  private final Program program;
  private final int frame;

  Calls(Warp warp, Program program) {
    this.warp = warp;
    this.program = program;
    this.frame = program.registers().frame() * 32;
  }

  /** All lanes of the split enter {@code callee}. */
  void enter(Split split, Action.Call call, FunctionBody callee) {
    int depth = split.depth() + 1;
    int callerBytes =
        split.frame == null
            ? program.functions().get(program.entry()).frameBytes()
            : split.frame.function().frameBytes();
    int lane = Integer.numberOfTrailingZeros(split.mask);
    long top = warp.longs[frame + lane] + callerBytes + callee.frameBytes();
    if (top > warp.localBytes) {
      throw warp.fault(
          FindingCode.CALL,
          lane,
          "of "
              + callee.name()
              + " at depth "
              + depth
              + " needs "
              + top
              + " bytes of stack; there are "
              + warp.localBytes);
    }
    if (call.arguments().size() != callee.parameters().size()
        || call.results().size() != callee.results().size()) {
      throw warp.fault(
          FindingCode.CALL, lane, "of " + callee.name() + " with the wrong number of parameters");
    }
    Frame.SavedRegisters saved = callee.recursive() ? save(callee) : null;
    for (int k = 0; k < call.arguments().size(); k++) {
      copy(split.mask, call.arguments().get(k), 0, callee.parameters().get(k), callerBytes);
    }
    moveFrame(split.mask, callerBytes);
    split.frame = new Frame(split.frame, depth, callerBytes, callee, call, split.pc + 1, saved);
    split.pc = callee.start();
  }

  private void moveFrame(int mask, int bytes) {
    for (int m = mask; m != 0; m &= m - 1) {
      warp.longs[frame + Integer.numberOfTrailingZeros(m)] += bytes;
    }
  }

  /** All lanes of the split return. */
  void leave(Split split) {
    Frame top = Objects.requireNonNull(split.frame);
    int mask = split.mask;
    int bytes = top.callerFrameBytes();
    moveFrame(mask, -bytes);
    List<Place> from = top.function().results();
    List<Place> to = top.call().results();
    if (top.saved() == null) {
      for (int k = 0; k < from.size(); k++) {
        copy(mask, from.get(k), bytes, to.get(k), 0);
      }
    } else {
      // Read before the registers that hold them are restored.
      List<long[]> values = from.stream().map(p -> read(p, mask)).toList();
      restore(top, mask);
      for (int k = 0; k < from.size(); k++) {
        if (from.get(k) instanceof Place.FrameBytes) {
          copy(mask, from.get(k), bytes, to.get(k), 0);
        } else {
          write(to.get(k), mask, values.get(k));
        }
      }
    }
    split.frame = top.caller();
    split.pc = top.returnPc();
  }

  private void copy(int mask, Place from, int fromFrame, Place to, int toFrame) {
    if (from instanceof Place.FrameBytes a && to instanceof Place.FrameBytes b) {
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        int base = lane * warp.localBytes + (int) warp.longs[frame + lane];
        int bytes = Math.min(a.bytes(), b.bytes());
        int source = base + fromFrame + a.offset();
        int target = base + toFrame + b.offset();
        System.arraycopy(warp.local, source, warp.local, target, bytes);
        if (warp.localWritten.length != 0) {
          System.arraycopy(warp.localWritten, source, warp.localWritten, target, bytes);
        }
      }
    } else if (from instanceof Place.FrameBytes || to instanceof Place.FrameBytes) {
      throw warp.fault(
          FindingCode.CALL,
          Integer.numberOfTrailingZeros(mask),
          "passes a register where a .param variable is declared, or the other way round");
    } else {
      write(to, mask, read(from, mask));
    }
  }

  private long[] read(Place place, int mask) {
    long[] values = new long[32];
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      switch (place) {
        case Place.FrameBytes f -> {}
        case Place.WordRegister r -> values[lane] = warp.words[r.slot() * 32 + lane];
        case Place.LongRegister r -> values[lane] = warp.longs[r.slot() * 32 + lane];
        case Place.PredicateRegister r ->
            values[lane] = (long) warp.predicates[r.slot()] >>> lane & 1;
      }
    }
    return values;
  }

  private void write(Place place, int mask, long[] values) {
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      switch (place) {
        case Place.FrameBytes f -> throw new AssertionError(f);
        case Place.WordRegister r -> warp.words[r.slot() * 32 + lane] = (int) values[lane];
        case Place.LongRegister r -> warp.longs[r.slot() * 32 + lane] = values[lane];
        case Place.PredicateRegister r -> {
          int bit = 1 << lane;
          int old = warp.predicates[r.slot()];
          warp.predicates[r.slot()] = values[lane] != 0 ? old | bit : old & ~bit;
        }
      }
    }
    switch (place) {
      case Place.FrameBytes f -> {}
      case Place.WordRegister r -> warp.define(r.id(), mask);
      case Place.LongRegister r -> warp.define(r.id(), mask);
      case Place.PredicateRegister r -> warp.define(r.id(), mask);
    }
  }

  private Frame.SavedRegisters save(FunctionBody f) {
    return new Frame.SavedRegisters(
        Arrays.copyOfRange(warp.words, f.words().from() * 32, f.words().to() * 32),
        Arrays.copyOfRange(warp.longs, f.longs().from() * 32, f.longs().to() * 32),
        Arrays.copyOfRange(warp.predicates, f.predicates().from(), f.predicates().to()));
  }

  private void restore(Frame top, int mask) {
    FunctionBody f = top.function();
    Frame.SavedRegisters saved = Objects.requireNonNull(top.saved());
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      for (int r = 0; r < f.words().size(); r++) {
        warp.words[(f.words().from() + r) * 32 + lane] = saved.words()[r * 32 + lane];
      }
      for (int r = 0; r < f.longs().size(); r++) {
        warp.longs[(f.longs().from() + r) * 32 + lane] = saved.longs()[r * 32 + lane];
      }
    }
    for (int r = 0; r < f.predicates().size(); r++) {
      int at = f.predicates().from() + r;
      warp.predicates[at] = warp.predicates[at] & ~mask | saved.predicates()[r] & mask;
    }
  }
}
