package dev.tilewright.ir.expand;

import static dev.tilewright.layout.Axis.dim;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.machine.TensorData;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Operations between registers, under random layouts. */
class RegisterOpsTest {
  private static final List<Integer> EXTENTS = List.of(1, 2, 3, 4, 6, 8, 16);

  private static <T> T pick(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private static List<Integer> shape(Random random, int rank) {
    List<Integer> shape = new ArrayList<>();
    for (int d = 0; d < rank; d++) {
      shape.add(pick(random, EXTENTS));
    }
    return shape;
  }

  private static TensorData data(DType dtype, List<Integer> shape, Random random) {
    return TensorData.dense(dtype, longs(shape), shape.size() - 1, 16, 1)
        .fill(_ -> random.nextInt(0, 100));
  }

  private static long[] longs(List<Integer> shape) {
    return shape.stream().mapToLong(Integer::longValue).toArray();
  }

  private static Type.Tile tile(List<Integer> shape, DType dtype, Layout layout) {
    return new Type.Tile(shape, dtype, Optional.of(layout));
  }

  /** The same elements in the same threads, in other registers. */
  private static Layout shuffledRegisters(Layout layout, Random random) {
    List<Digit> digits = new ArrayList<>(layout.bits());
    List<Digit> registers = new ArrayList<>();
    digits.removeIf(d -> d.axis().equals(Axis.REGISTER) && registers.add(d));
    Collections.shuffle(registers, random);
    LayoutBuilder builder = Layout.into(layout.codomain());
    builder.digit(Axis.REGISTER, 1).digit(Axis.LANE, 1).digit(Axis.WARP, 1);
    registers.forEach(builder::digit);
    digits.forEach(builder::digit);
    return builder.build();
  }

  // ---------------------------------------------------------------- renaming

  @Property
  void transposeAndConvertLayoutRenameRegisters(@ForAll long seed) {
    Random random = new Random(seed);
    int warps = pick(random, List.of(1, 2, 3, 4));
    RandomLayouts layouts = new RandomLayouts(random, warps);
    Staged staged = new Staged(warps);
    DType dtype = pick(random, List.of(DType.I8, DType.F16, DType.F32, DType.I64));
    List<Integer> shape = shape(random, 1 + random.nextInt(3));
    TensorData data = data(dtype, shape, random);
    Layout layout = layouts.registers(shape);
    Value x = staged.input("x", data, layout);
    List<Integer> permutation = new ArrayList<>();
    for (int d = 0; d < shape.size(); d++) {
      permutation.add(d);
    }
    Collections.shuffle(permutation, random);
    List<Integer> turned = permutation.stream().map(shape::get).toList();
    Layout turnedLayout =
        shuffledRegisters(
            layout.transpose(permutation.stream().mapToInt(i -> i).toArray()), random);
    Value y =
        staged
            .b
            .add(
                new Op.Transpose(
                    staged.b.fresh(tile(turned, dtype, turnedLayout)),
                    x,
                    permutation,
                    staged.b.location()))
            .result();
    Value z = staged.b.convertLayout(y, shuffledRegisters(turnedLayout, random));
    TensorData result = staged.result("z", z);
    staged.run();
    result.forEach(
        index -> {
          long[] from = new long[index.length];
          for (int d = 0; d < from.length; d++) {
            from[permutation.get(d)] = index[d];
          }
          assertEquals(data.get(from), result.get(index));
        });
  }

  @Property
  void broadcastRepeatsAlongUnitDimensions(@ForAll long seed) {
    Random random = new Random(seed);
    int warps = pick(random, List.of(1, 2, 3, 4));
    RandomLayouts layouts = new RandomLayouts(random, warps);
    Staged staged = new Staged(warps);
    List<Integer> shape = shape(random, 1 + random.nextInt(3));
    List<Integer> small = new ArrayList<>(shape);
    Layout layout = layouts.registers(shape);
    Layout smallLayout = layout;
    for (int d = 0; d < shape.size(); d++) {
      if (random.nextBoolean()) {
        small.set(d, 1);
        smallLayout = smallLayout.reduceKeeping(dim(d));
      }
    }
    TensorData data = data(DType.I32, small, random);
    Value x = staged.input("x", data, smallLayout.withoutReplication(Axis.REGISTER));
    Value y =
        staged
            .b
            .add(
                new Op.Broadcast(
                    staged.b.fresh(tile(shape, DType.I32, layout)), x, staged.b.location()))
            .result();
    TensorData result = staged.result("y", y);
    staged.run();
    result.forEach(
        index -> {
          long[] from = index.clone();
          for (int d = 0; d < from.length; d++) {
            from[d] = small.get(d) == 1 ? 0 : from[d];
          }
          assertEquals(data.get(from), result.get(index));
        });
  }

  @Property
  void reshapeKeepsRowMajorOrder(@ForAll long seed) {
    Random random = new Random(seed);
    int warps = pick(random, List.of(1, 2, 4));
    RandomLayouts layouts = new RandomLayouts(random, warps);
    Staged staged = new Staged(warps);
    // The finer shape's digits are those of the coarser one.
    List<Integer> fine = shape(random, 3);
    Layout fineLayout = layouts.registers(fine);
    List<Integer> coarse = List.of(fine.get(0), fine.get(1) * fine.get(2));
    Layout merge =
        Layout.into(Space.tile(longs(coarse)))
            .digit(dim(0), fine.get(0), dim(0), 1)
            .digit(dim(1), fine.get(1), dim(1), fine.get(2))
            .digit(dim(2), fine.get(2), dim(1), 1)
            .build();
    Layout coarseLayout = merge.compose(fineLayout).orThrow();
    boolean split = random.nextBoolean();
    List<Integer> from = split ? coarse : fine;
    List<Integer> to = split ? fine : coarse;
    TensorData data = data(DType.F16, from, random);
    Value x = staged.input("x", data, split ? coarseLayout : fineLayout);
    Layout target = shuffledRegisters(split ? fineLayout : coarseLayout, random);
    Value y =
        staged
            .b
            .add(
                new Op.Reshape(staged.b.fresh(tile(to, DType.F16, target)), x, staged.b.location()))
            .result();
    TensorData result = staged.result("y", y);
    staged.run();
    List<Double> before = new ArrayList<>();
    data.forEach(index -> before.add(data.get(index)));
    List<Double> after = new ArrayList<>();
    result.forEach(index -> after.add(result.get(index)));
    assertEquals(before, after);
  }

  // ---------------------------------------------------------------- reductions

  @Property
  void reductionsCombineEveryElementOnce(@ForAll long seed) {
    Random random = new Random(seed);
    int warps = pick(random, List.of(1, 2, 3, 4));
    RandomLayouts layouts = new RandomLayouts(random, warps);
    Staged staged = new Staged(warps);
    DType dtype =
        pick(random, List.of(DType.I32, DType.F32, DType.F64, DType.I64, DType.F16, DType.I8));
    List<Integer> shape = shape(random, 1 + random.nextInt(3));
    int axis = random.nextInt(shape.size());
    Layout layout = layouts.registers(shape, axis, List.of());
    TensorData data = data(dtype, shape, random).fill(_ -> random.nextInt(-3, 4));
    Value x = staged.input("x", data, layout);
    BinaryKind kind = pick(random, List.of(BinaryKind.ADD, BinaryKind.MAX));
    Op.Reduce plain = reduce(x, axis, kind);
    List<Integer> rest = plain.result().tile().shape();
    Layout reduced = shuffledRegisters(reducedLayout(layout, axis, shape.size()), random);
    Value y =
        staged
            .b
            .add(
                new Op.Reduce(
                    staged.b.fresh(tile(rest, dtype, reduced)),
                    x,
                    axis,
                    plain.combiner(),
                    staged.b.location()))
            .result();
    // A tensor has a dimension at least.
    List<Integer> shown = rest.isEmpty() ? List.of(1) : rest;
    Layout shownLayout =
        rest.isEmpty()
            ? Layout.into(Space.tile(1))
                .digit(Axis.REGISTER, reduced.domain().extent(Axis.REGISTER))
                .digit(Axis.LANE, 32)
                .digit(Axis.WARP, warps)
                .build()
            : reduced;
    Value z =
        staged
            .b
            .add(
                new Op.Reshape(
                    staged.b.fresh(tile(shown, dtype, shownLayout)), y, staged.b.location()))
            .result();
    TensorData result = staged.result("z", z);
    staged.run();
    Map<List<Long>, Double> expected = new HashMap<>();
    data.forEach(
        index -> {
          List<Long> key = new ArrayList<>(Arrays.stream(index).boxed().toList());
          key.remove(axis);
          if (key.isEmpty()) {
            key.add(0L);
          }
          expected.merge(key, data.get(index), kind == BinaryKind.ADD ? Double::sum : Math::max);
        });
    result.forEach(
        index ->
            assertEquals(expected.get(Arrays.stream(index).boxed().toList()), result.get(index)));
  }

  private static Op.Reduce reduce(Value x, int axis, BinaryKind kind) {
    OpBuilder apart = new OpBuilder(5000);
    apart.reduce(x, axis, pair -> apart.binary(kind, pair.get(0), pair.get(1)));
    return (Op.Reduce) apart.block(List.of()).ops().getFirst();
  }

  private static Layout reducedLayout(Layout layout, int axis, int rank) {
    Map<Axis, Axis> names = new HashMap<>();
    for (int d = axis + 1; d < rank; d++) {
      names.put(dim(d), dim(d - 1));
    }
    return layout.reduce(dim(axis)).rename(names);
  }

  // ---------------------------------------------------------------- elementwise

  @Property
  void elementwiseOperationsActOnEveryElement(@ForAll long seed) {
    Random random = new Random(seed);
    int warps = pick(random, List.of(1, 2));
    RandomLayouts layouts = new RandomLayouts(random, warps);
    Staged staged = new Staged(warps);
    DType dtype =
        pick(
            random,
            List.of(
                DType.I8,
                DType.U8,
                DType.I16,
                DType.I32,
                DType.F16,
                DType.BF16,
                DType.F32,
                DType.F64));
    boolean integer = dtype instanceof IntType;
    List<Integer> shape = shape(random, 2);
    Layout layout =
        layouts.registers(shape, -1, RandomLayouts.vector(1, Integer.lowestOneBit(shape.get(1))));
    TensorData a = data(dtype, shape, random).fill(_ -> random.nextInt(0, 11));
    TensorData c = data(dtype, shape, random).fill(_ -> random.nextInt(1, 11));
    Value x = staged.input("a", a, layout);
    Value y = staged.input("c", c, layout);
    Literal three = integer ? Literal.of(3) : Literal.of(3.0);
    Value constant = staged.b.constant(x.type(), three);
    Value splat =
        staged
            .b
            .add(
                new Op.Splat(
                    staged.b.fresh(x.type()),
                    staged.scalar("s", dtype, dtype.encode(5)),
                    staged.b.location()))
            .result();
    // Every intermediate result is a small integer, exact in all types.
    Value sum = staged.b.add(x, y);
    Value product = staged.b.mul(sum, constant);
    Value less = staged.b.compare(ComparePredicate.LT, product, staged.b.mul(splat, constant));
    Value either =
        staged.b.binary(
            BinaryKind.OR,
            less,
            staged.b.unary(UnaryKind.NOT, staged.b.compare(ComparePredicate.GE, y, splat)));
    Value chosen =
        staged.b.select(
            either, staged.b.binary(BinaryKind.MAX, x, y), staged.b.sub(product, splat));
    Value wide = staged.b.cast(chosen, DType.F32, Rounding.NEAREST_EVEN, false);
    Value combined = staged.b.fma(wide, wide, wide);
    Value half = staged.b.cast(combined, DType.F16, Rounding.NEAREST_EVEN, false);
    TensorData result = staged.result("result", chosen);
    TensorData halves = staged.result("halves", half);
    staged.run();
    result.forEach(
        index -> {
          double p = a.get(index);
          double q = c.get(index);
          double expected = (p + q) * 3 < 15 || q < 5 ? Math.max(p, q) : (p + q) * 3 - 5;
          assertEquals(expected, result.get(index));
          double rounded = DType.F16.decode(DType.F16.encode(expected * expected + expected));
          assertEquals(rounded, halves.get(index));
        });
  }

  @Property
  void iotaCounts(@ForAll long seed) {
    Random random = new Random(seed);
    int warps = pick(random, List.of(1, 2, 3, 4));
    Staged staged = new Staged(warps);
    int extent = pick(random, List.of(1, 3, 8, 24, 128));
    Layout layout = new RandomLayouts(random, warps).registers(List.of(extent));
    Value x =
        staged
            .b
            .add(
                new Op.Iota(
                    staged.b.fresh(tile(List.of(extent), DType.I32, layout)), staged.b.location()))
            .result();
    TensorData result = staged.result("x", x);
    staged.run();
    result.forEach(index -> assertEquals(index[0], result.get(index)));
  }

  // ---------------------------------------------------------------- control flow

  @Test
  void loopsAndBranchesCarryTilesAndScalars() {
    Staged staged = new Staged(2);
    Layout layout = new RandomLayouts(new Random(1), 2).registers(List.of(8, 12));
    for (DType dtype : List.of(DType.F16, DType.I8, DType.F32, DType.I64)) {
      TensorData data = data(dtype, List.of(8, 12), new Random(2)).fill(at -> at[0] + at[1] % 3);
      Value x = staged.input("x" + dtype, data, layout);
      Value three = staged.scalar("n" + dtype, DType.I32, 3);
      List<Value> results =
          staged.b.forLoop(
              staged.b.i32(0),
              three,
              staged.b.i32(1),
              List.of(x, staged.b.i32(10)),
              values -> {
                Value odd =
                    staged.b.compare(
                        ComparePredicate.EQ,
                        staged.b.binary(BinaryKind.AND, values.get(0), staged.b.i32(1)),
                        staged.b.i32(1));
                Value next =
                    staged
                        .b
                        .ifElse(
                            odd,
                            _ -> List.of(staged.b.add(values.get(1), x)),
                            _ -> List.of(values.get(1)))
                        .getFirst();
                return List.of(next, staged.b.add(values.get(2), values.get(0)));
              });
      Value splat =
          staged
              .b
              .add(
                  new Op.Splat(
                      staged.b.fresh(tile(List.of(8, 12), DType.I32, layout)),
                      results.get(1),
                      staged.b.location()))
              .result();
      TensorData tiles = staged.result("tiles" + dtype, results.get(0));
      TensorData numbers = staged.result("numbers" + dtype, splat);
      staged.run();
      tiles.forEach(index -> assertEquals(2 * data.get(index), tiles.get(index)));
      numbers.forEach(index -> assertEquals(13, numbers.get(index)));
    }
  }
}
