package dev.tilewright.ir.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.analysis.Divisibility;
import dev.tilewright.ir.analysis.GlobalAccess;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.text.Printer;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The staged form, sentence by sentence as the package comment of the passes has it, checked by
 * enumeration of threads and registers: nothing here knows how the passes choose.
 */
final class StagedForm {
  private final KernelFunction function;
  private final Target target;
  private final int warps;

  private StagedForm(KernelFunction function, Target target) {
    this.function = function;
    this.target = target;
    this.warps = function.launch().orElseThrow().warps();
  }

  static void check(KernelFunction function, Target target) {
    StagedForm form = new StagedForm(function, target);
    int shared = function.launch().orElseThrow().sharedBytes();
    assertTrue(shared <= target.sharedBytesPerBlock(), "shared bytes " + shared);
    try {
      form.check(function.body());
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(e.getMessage() + "\n" + Printer.print(function), e);
    }
  }

  private void check(Block block) {
    block.arguments().forEach(this::checkType);
    for (Op op : block.ops()) {
      op.results().forEach(this::checkType);
      checkOp(op);
      if (!(op instanceof Op.Reduce)) {
        op.regions().forEach(this::check);
      }
    }
  }

  private void checkType(Value value) {
    switch (value.type()) {
      case Type.Tile tile -> {
        Layout layout = tile.layout().orElseThrow(() -> new AssertionError(value + " has none"));
        assertEquals(List.of(Axis.REGISTER, Axis.LANE, Axis.WARP), layout.domain().axes());
        assertEquals(target.lanes(), layout.domain().extent(Axis.LANE));
        assertEquals(warps, layout.domain().extent(Axis.WARP));
        assertEquals(space(tile.shape()), layout.codomain());
        assertEquals(tile.elements(), reached(layout).size(), value + " covers its tile");
      }
      case Type.Shared shared -> {
        Layout layout = shared.layout().orElseThrow(() -> new AssertionError(value + " has none"));
        assertEquals(space(shared.shape()), layout.domain());
        Set<Long> offsets = new HashSet<>();
        for (long i = 0; i < layout.domain().size(); i++) {
          assertTrue(
              offsets.add(layout.apply(layout.domain().unflatten(i))[0]),
              value + " has two elements in one place");
        }
      }
      default -> {}
    }
  }

  private static Space space(List<Integer> shape) {
    return Space.tile(shape.stream().mapToLong(Integer::longValue).toArray());
  }

  private static Layout layout(Value value) {
    return value.tile().layout().orElseThrow();
  }

  private void checkOp(Op op) {
    switch (op) {
      case Op.Unary _, Op.Binary _, Op.Fma _, Op.Compare _, Op.Select _, Op.Cast _ -> {
        for (Value operand : op.operands()) {
          if (operand.isTile()) {
            assertEquals(layout(op.results().getFirst()), layout(operand), op.toString());
          }
        }
      }
      case Op.Broadcast b -> sameThread(b.x(), b.result(), point -> projected(point, b.x()));
      case Op.Transpose t ->
          sameThread(
              t.x(),
              t.result(),
              point -> {
                long[] source = new long[point.length];
                for (int i = 0; i < point.length; i++) {
                  source[t.permutation().get(i)] = point[i];
                }
                return source;
              });
      case Op.Reshape r -> sameThread(r.x(), r.result(), point -> reshaped(point, r));
      case Op.ConvertLayout c -> sameWarp(c.x(), c.result());
      case Op.Reduce r -> checkReduce(r);
      case Op.Mma m -> checkMma(m);
      case Op.For loop -> {
        for (int i = 0; i < loop.carried().size(); i++) {
          assertEquals(loop.carried().get(i).type(), loop.inits().get(i).type());
          assertEquals(loop.carried().get(i).type(), loop.body().yielded().get(i).type());
          assertEquals(loop.carried().get(i).type(), loop.results().get(i).type());
        }
      }
      case Op.While loop -> {
        for (int i = 0; i < loop.inits().size(); i++) {
          Type type = loop.inits().get(i).type();
          assertEquals(type, loop.condition().arguments().get(i).type());
          assertEquals(type, loop.body().arguments().get(i).type());
          assertEquals(type, loop.body().yielded().get(i).type());
          assertEquals(type, loop.results().get(i).type());
        }
      }
      case Op.If branch -> {
        for (int i = 0; i < branch.results().size(); i++) {
          Type type = branch.results().get(i).type();
          assertEquals(type, branch.thenBlock().yielded().get(i).type());
          assertEquals(type, branch.elseBlock().yielded().get(i).type());
        }
      }
      case Op.SharedAlloc alloc -> {
        int offset = alloc.offset().orElseThrow();
        assertEquals(0, offset % 128);
        Layout layout = alloc.result().shared().layout().orElseThrow();
        long bits = layout.codomain().size() * alloc.result().type().dtype().bits();
        assertTrue(
            offset + bits / 8 <= function.launch().orElseThrow().sharedBytes(),
            alloc + " ends beyond the block's shared memory");
      }
      case Op.SharedSlice slice -> {
        Layout parent = slice.shared().shared().layout().orElseThrow();
        Layout stage = slice.result().shared().layout().orElseThrow();
        long first = parent.apply(new long[parent.domain().rank()])[0];
        assertEquals(0, first);
        for (long s = 0; s < parent.domain().extent(Axis.dim(0)); s++) {
          long[] start = new long[parent.domain().rank()];
          start[0] = s;
          long offset = parent.apply(start)[0];
          for (long i = 0; i < stage.domain().size(); i += 7) {
            long[] point = stage.domain().unflatten(i);
            System.arraycopy(point, 0, start, 1, point.length);
            assertEquals(offset + stage.apply(point)[0], parent.apply(start)[0], "stage " + s);
          }
        }
      }
      case Op.CopyAsync copy -> checkCopy(copy);
      default -> {}
    }
  }

  private interface SourcePoint {
    long[] of(long[] resultPoint);
  }

  /** Each register of the result is a register of the operand, the same one in every thread. */
  private void sameThread(Value x, Value result, SourcePoint source) {
    Layout from = layout(x);
    Layout to = layout(result);
    for (long r = 0; r < to.domain().extent(Axis.REGISTER); r++) {
      Set<Long> candidates = new TreeSet<>();
      for (long s = 0; s < from.domain().extent(Axis.REGISTER); s++) {
        candidates.add(s);
      }
      for (long warp = 0; warp < warps; warp++) {
        for (long lane = 0; lane < target.lanes(); lane++) {
          long[] needed = source.of(to.apply(r, lane, warp));
          long w = warp;
          long l = lane;
          candidates.removeIf(s -> !Arrays.equals(from.apply(s, l, w), needed));
        }
      }
      assertFalse(candidates.isEmpty(), "register " + r + " of " + result + " is none of " + x);
    }
  }

  /** Every warp of the result finds in the operand, in some lane, what it shall hold. */
  private void sameWarp(Value x, Value result) {
    for (long warp = 0; warp < warps; warp++) {
      Set<List<Long>> held = ofWarp(layout(x), warp);
      assertTrue(held.containsAll(ofWarp(layout(result), warp)), "warp " + warp + " of " + result);
    }
  }

  private Set<List<Long>> ofWarp(Layout layout, long warp) {
    Set<List<Long>> held = new HashSet<>();
    for (long lane = 0; lane < target.lanes(); lane++) {
      for (long r = 0; r < layout.domain().extent(Axis.REGISTER); r++) {
        held.add(List.of(boxed(layout.apply(r, lane, warp))));
      }
    }
    return held;
  }

  private static long[] projected(long[] point, Value x) {
    long[] source = point.clone();
    for (int d = 0; d < source.length; d++) {
      source[d] = x.tile().shape().get(d) == 1 ? 0 : source[d];
    }
    return source;
  }

  private static long[] reshaped(long[] point, Op.Reshape r) {
    long number = 0;
    List<Integer> to = r.result().tile().shape();
    for (int d = 0; d < to.size(); d++) {
      number = number * to.get(d) + point[d];
    }
    List<Integer> from = r.x().tile().shape();
    long[] source = new long[from.size()];
    for (int d = from.size() - 1; d >= 0; d--) {
      source[d] = number % from.get(d);
      number /= from.get(d);
    }
    return source;
  }

  private void checkReduce(Op.Reduce r) {
    Layout from = layout(r.x());
    for (Digit digit : from.digits()) {
      assertFalse(
          digit.axis().equals(Axis.WARP) && digit.stride(Axis.dim(r.axis())) != 0,
          "the reduced dimension crosses warps");
    }
    // A lane's result is combined from the lanes that differ in the digits along the dimension.
    Layout to = layout(r.result());
    for (long warp = 0; warp < warps; warp++) {
      for (long lane = 0; lane < target.lanes(); lane++) {
        Set<List<Long>> held = new HashSet<>();
        for (long i = 0; i < from.domain().extent(Axis.REGISTER); i++) {
          held.add(without(from.apply(i, lane, warp), r.axis()));
        }
        Set<List<Long>> made = new HashSet<>();
        for (long i = 0; i < to.domain().extent(Axis.REGISTER); i++) {
          List<Long> point = new ArrayList<>();
          for (long c : to.apply(i, lane, warp)) {
            point.add(c);
          }
          assertTrue(made.add(point), "no register of the result repeats another");
        }
        assertEquals(held, made);
      }
    }
  }

  private static List<Long> without(long[] point, int axis) {
    List<Long> rest = new ArrayList<>();
    for (int d = 0; d < point.length; d++) {
      if (d != axis) {
        rest.add(point[d]);
      }
    }
    return rest;
  }

  private void checkMma(Op.Mma mma) {
    MmaInstruction i = target.mma(mma.instruction().orElseThrow()).orElseThrow();
    assertEquals(layout(mma.acc()), layout(mma.result()));
    List<Set<List<Long>>> a = fragments(layout(mma.a()), i.aLayout());
    List<Set<List<Long>>> b = fragments(layout(mma.b()), i.bLayout());
    List<Set<List<Long>>> c = fragments(layout(mma.result()), i.cLayout());
    long k = mma.a().tile().shape().get(1);
    for (int warp = 0; warp < warps; warp++) {
      for (List<Long> origin : c.get(warp)) {
        for (long at = 0; at < k; at += i.k()) {
          assertTrue(a.get(warp).contains(List.of(origin.get(0), at)), "a of " + origin);
          assertTrue(b.get(warp).contains(List.of(at, origin.get(1))), "b of " + origin);
        }
      }
    }
  }

  /** For each warp the places where its registers hold a whole fragment, in fragment order. */
  private List<Set<List<Long>>> fragments(Layout layout, Layout fragment) {
    List<Set<List<Long>>> places = new ArrayList<>();
    long size = fragment.domain().extent(Axis.REGISTER);
    for (long warp = 0; warp < warps; warp++) {
      Set<List<Long>> own = new HashSet<>();
      for (long r = 0; r < layout.domain().extent(Axis.REGISTER); r += size) {
        long[] origin = layout.apply(r, 0, warp);
        for (long lane = 0; lane < target.lanes(); lane++) {
          for (long i = 0; i < size; i++) {
            long[] point = layout.apply(r + i, lane, warp);
            long[] within = fragment.apply(i, lane);
            assertEquals(origin[0] + within[0], point[0]);
            assertEquals(origin[1] + within[1], point[1]);
          }
        }
        own.add(List.of(origin[0], origin[1]));
      }
      places.add(own);
    }
    return places;
  }

  private void checkCopy(Op.CopyAsync copy) {
    Layout layout = copy.layout().orElseThrow();
    int bits = copy.shared().type().dtype().bits();
    int unit = Math.max(0, function.tensorOf(copy.tensor()).unitDimension());
    Layout memory = copy.shared().shared().layout().orElseThrow();
    GlobalAccess access = GlobalAccess.of(function, copy).orElseThrow();
    Divisibility divisibility = Divisibility.of(function);
    int elements = 0;
    for (int bytes : target.asyncCopyBytes()) {
      int aligned = access.alignedElements(divisibility, bytes);
      elements = aligned * bits == bytes * 8 ? aligned : elements;
    }
    assertTrue(elements > 0, "no transfer is aligned: " + copy);
    for (long r = 0; r < layout.domain().extent(Axis.REGISTER); r++) {
      for (long lane = 0; lane < target.lanes(); lane++) {
        long[] first = layout.apply(r / elements * elements, lane, 0);
        long[] point = layout.apply(r, lane, 0);
        assertEquals(r % elements, memory.apply(point)[0] - memory.apply(first)[0]);
        assertEquals(0, memory.apply(first)[0] % elements);
        first[unit] += r % elements;
        assertEquals(List.of(boxed(first)), List.of(boxed(point)));
      }
    }
  }

  private static Long[] boxed(long[] point) {
    return Arrays.stream(point).boxed().toArray(Long[]::new);
  }

  private static Set<List<Long>> reached(Layout layout) {
    Set<List<Long>> reached = new HashSet<>();
    for (long i = 0; i < layout.domain().size(); i++) {
      List<Long> point = new ArrayList<>();
      for (long c : layout.apply(layout.domain().unflatten(i))) {
        point.add(c);
      }
      reached.add(point);
    }
    return reached;
  }
}
