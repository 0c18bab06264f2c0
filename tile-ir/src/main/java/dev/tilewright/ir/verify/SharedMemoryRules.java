package dev.tilewright.ir.verify;

import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The plan of shared memory: layouts that tell elements apart, offsets, no overlap of the living.
 */
final class SharedMemoryRules {

  /**
   * A planned allocation.
   *
   * @param start first byte
   * @param end byte after the last
   * @param born position of the allocation in program order
   * @param died position of the last use
   */
  private record Lifetime(Op.SharedAlloc alloc, long start, long end, int born, int died) {}

  private SharedMemoryRules() {}

  static void check(KernelFunction function, KernelFunction.Launch launch, Problems problems) {
    List<Lifetime> earlier = new ArrayList<>();
    Map<Value, Integer> lastUses = new LastUses().of(function.body());
    int position = 0;
    for (Op op : Traversal.ops(function).toList()) {
      if (op instanceof Op.SharedAlloc alloc) {
        Type.Shared type = alloc.result().shared();
        if (alloc.offset().isEmpty()) {
          problems.add("TW-V13", op, "the buffer has no offset; PlanMemory must place it");
        } else {
          long start = alloc.offset().getAsInt();
          long end = start + bytes(type);
          Lifetime lifetime =
              new Lifetime(
                  alloc, start, end, position, lastUses.getOrDefault(alloc.result(), position));
          placed(lifetime, launch, problems);
          earlier.stream()
              .filter(other -> overlap(other, lifetime))
              .forEach(other -> reportOverlap(other, lifetime, problems));
          earlier.add(lifetime);
        }
      }
      position++;
    }
  }

  /** How many bytes the buffer takes: up to its largest offset. */
  static long bytes(Type.Shared type) {
    long elements = type.layout().map(layout -> layout.codomain().size()).orElseGet(type::elements);
    return Math.ceilDiv(elements * type.dtype().bits(), 8L);
  }

  private static void placed(Lifetime lifetime, KernelFunction.Launch launch, Problems problems) {
    int alignment = Math.max(1, lifetime.alloc().result().type().dtype().bits() / 8);
    if (lifetime.start() < 0 || lifetime.start() % alignment != 0) {
      problems.add(
          "TW-V13",
          lifetime.alloc(),
          "the offset "
              + lifetime.start()
              + " is not a multiple of "
              + alignment
              + ", the element's size in bytes");
    }
    if (lifetime.end() > launch.sharedBytes()) {
      problems.add(
          "TW-V13",
          lifetime.alloc(),
          "the buffer ends at byte "
              + lifetime.end()
              + "; the launch has "
              + launch.sharedBytes()
              + " bytes of shared memory");
    }
  }

  private static boolean overlap(Lifetime x, Lifetime y) {
    return x.start() < y.end()
        && y.start() < x.end()
        && x.born() <= y.died()
        && y.born() <= x.died();
  }

  private static void reportOverlap(Lifetime x, Lifetime y, Problems problems) {
    problems.add(
        "TW-V13",
        y.alloc(),
        "the buffer takes bytes "
            + y.start()
            + " to "
            + y.end()
            + " while "
            + x.alloc().result()
            + (x.alloc().location().known() ? " from " + x.alloc().location() : "")
            + " lives in bytes "
            + x.start()
            + " to "
            + x.end()
            + "; place them apart");
  }

  /** The layout must go from the shape to offsets and give every element its own. */
  static void layout(Op op, Value value, Type.Shared type, Layout layout, Problems problems) {
    Space tile = Space.tile(type.shape().stream().mapToLong(Integer::longValue).toArray());
    if (!layout.domain().equals(tile) || !layout.codomain().axes().equals(List.of(Axis.OFFSET))) {
      problems.add(
          "TW-V12",
          op,
          "the layout of "
              + value
              + " goes from "
              + layout.domain()
              + " to "
              + layout.codomain()
              + "; expected "
              + tile
              + " to (offset)");
      return;
    }
    BitSet taken = new BitSet();
    for (long i = 0; i < tile.size(); i++) {
      int offset = Math.toIntExact(layout.apply(tile.unflatten(i))[0]);
      if (taken.get(offset)) {
        problems.add(
            "TW-V12",
            op,
            "the layout of " + value + " puts two elements at offset " + offset + ": " + layout);
        return;
      }
      taken.set(offset);
    }
  }

  /**
   * Every stage looks like the slice; or else the buffer says only where its stages begin: at equal
   * distances, none reaching into the next.
   */
  static void slice(Op.SharedSlice slice, Problems problems) {
    Layout whole = slice.shared().shared().layout().orElseThrow();
    Layout part = slice.result().shared().layout().orElseThrow();
    if (everyStageLooksLike(part, whole, slice.shared().shared().shape().getFirst())) {
      return;
    }
    int stages = slice.shared().shared().shape().getFirst();
    long[] element = new long[part.domain().rank() + 1];
    long last = 0;
    for (long i = 0; i < part.domain().size(); i++) {
      last = Math.max(last, part.apply(part.domain().unflatten(i))[0]);
    }
    for (int stage = 1; stage < stages; stage++) {
      element[0] = 1;
      long distance = whole.apply(element)[0];
      element[0] = stage;
      long start = whole.apply(element)[0];
      if (start != stage * distance || distance <= last) {
        problems.add(
            "TW-V12",
            slice,
            "stage "
                + stage
                + " of the buffer, laid out by "
                + whole
                + ", begins at "
                + start
                + "; stages of offsets 0 to "
                + last
                + " need equal distances of more than that");
        return;
      }
    }
  }

  /** Whether the offsets of every stage, counted from its first, are those of the slice. */
  private static boolean everyStageLooksLike(Layout part, Layout whole, int stages) {
    Space tile = part.domain();
    long[] element = new long[tile.rank() + 1];
    for (int stage = 0; stage < stages; stage++) {
      long first = 0;
      for (long i = 0; i < tile.size(); i++) {
        long[] within = tile.unflatten(i);
        System.arraycopy(within, 0, element, 1, within.length);
        element[0] = stage;
        long offset = whole.apply(element)[0] - part.apply(within)[0];
        first = i == 0 ? offset : first;
        if (offset != first) {
          return false;
        }
      }
    }
    return true;
  }

  /** The position of each buffer's last use, that of its slices included. */
  private static final class LastUses {
    private final Map<Value, Value> buffers = new HashMap<>();
    private final Map<Value, Integer> last = new HashMap<>();
    private int position;

    Map<Value, Integer> of(Block body) {
      visit(body);
      return last;
    }

    private void visit(Block block) {
      for (Op op : block.ops()) {
        int here = position++;
        op.operands().forEach(operand -> use(operand, here));
        if (op instanceof Op.SharedSlice slice) {
          buffers.put(slice.result(), buffers.getOrDefault(slice.shared(), slice.shared()));
        }
        op.regions().forEach(this::visit);
        if (op instanceof Op.For || op instanceof Op.While) {
          // What a loop uses from outside, its next iteration uses again.
          Traversal.freeValues(op).forEach(value -> use(value, position - 1));
        }
      }
    }

    private void use(Value value, int at) {
      if (value.type() instanceof Type.Shared) {
        last.merge(buffers.getOrDefault(value, value), at, Math::max);
      }
    }
  }
}
