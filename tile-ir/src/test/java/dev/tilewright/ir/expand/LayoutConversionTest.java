package dev.tilewright.ir.expand;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.Axis.WARP;
import static dev.tilewright.layout.Axis.dim;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.machine.TensorData;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.analysis.Conversion;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Conversions within warps: they put every element where it belongs, in so many shuffles. */
class LayoutConversionTest {
  private static final List<Integer> EXTENTS = List.of(1, 2, 4, 8, 16, 32);

  private static final List<DType> DTYPES =
      List.of(
          DType.I8,
          DType.U8,
          DType.I16,
          DType.F16,
          DType.BF16,
          DType.I32,
          DType.F32,
          DType.I64,
          DType.F64);

  private static <T> T pick(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private static TensorData data(DType dtype, long... shape) {
    int[] next = {0};
    return TensorData.dense(dtype, shape, shape.length - 1, 16, 1).fill(_ -> next[0]++ % 120);
  }

  /** Another layout in the same warps, for which there is a plan of shuffles or less. */
  private static Layout withinWarps(RandomLayouts layouts, Layout from, DType dtype) {
    while (true) {
      Layout to = layouts.sameWarps(from);
      if (Conversion.withinWarps(from, to, dtype.bits()).isOk()) {
        return to;
      }
    }
  }

  @Property
  void everyElementArrives(@ForAll long seed) {
    Random random = new Random(seed);
    int warps = pick(random, List.of(1, 2, 4));
    RandomLayouts layouts = new RandomLayouts(random, warps);
    Staged staged = new Staged(warps);
    List<Integer> shape = List.of(pick(random, EXTENTS), pick(random, EXTENTS));
    Layout from = layouts.registers(shape);
    DType dtype = pick(random, DTYPES);
    TensorData data = data(dtype, shape.get(0), shape.get(1));
    Value x = staged.input("x", data, from);
    Value y = staged.b.convertLayout(x, withinWarps(layouts, from, dtype));
    TensorData result = staged.result("y", y);
    staged.run();
    result.forEach(index -> assertEquals(data.get(index), result.get(index)));
  }

  @Property
  void conditionsArrive(@ForAll long seed) {
    Random random = new Random(seed);
    RandomLayouts layouts = new RandomLayouts(random, 2);
    Staged staged = new Staged(2);
    List<Integer> shape = List.of(pick(random, EXTENTS), pick(random, EXTENTS));
    Layout from = layouts.registers(shape);
    Layout to = withinWarps(layouts, from, DType.I32);
    TensorData data = data(DType.I32, shape.get(0), shape.get(1));
    Value x = staged.input("x", data, from);
    Value limit = staged.b.constant(x.type(), Literal.of(40));
    Value less = staged.b.convertLayout(staged.b.compare(ComparePredicate.LT, x, limit), to);
    Value number = staged.b.constant(x.tile().withLayout(to), Literal.of(7));
    Value zero = staged.b.constant(x.tile().withLayout(to), Literal.of(0));
    TensorData result = staged.result("y", staged.b.select(less, number, zero));
    staged.run();
    result.forEach(index -> assertEquals(data.get(index) < 40 ? 7 : 0, result.get(index)));
  }

  // ---------------------------------------------------------------- how many

  /** The operations of a conversion, beyond what loads and stores need. */
  private static Map<String, Integer> counts(DType dtype, Layout from, Layout to) {
    int warps = (int) from.domain().extent(WARP);
    Staged staged = new Staged(warps);
    Space tile = from.codomain();
    TensorData data = data(dtype, tile.extent(dim(0)), tile.extent(dim(1)));
    Value x = staged.input("x", data, from);
    TensorData result = staged.result("y", staged.b.convertLayout(x, to));
    Map<String, Integer> counts = Counts.of(staged.run());
    result.forEach(index -> assertEquals(data.get(index), result.get(index)));
    counts.keySet().retainAll(List.of("ShuffleXor", "ShuffleIndex", "Select"));
    return counts;
  }

  private static Layout oneWarp(Layout layout) {
    return layout.withDomainAxis(WARP);
  }

  @Test
  void anAccumulatorIsTheNextOperandForNothing() {
    MmaInstruction half = TestTarget.mma(DType.F16, DType.F16);
    Layout accumulators = oneWarp(Layout.local(1, 2).product(half.cLayout()));
    assertEquals(Map.of(), counts(DType.F16, accumulators, oneWarp(half.aLayout())));
  }

  @Test
  void aBitOfTheLaneChangesPlacesWithOneOfTheRegister() {
    Layout from = oneWarp(Layout.spatial(LANE, 16, 2).product(Layout.local(1, 2)));
    Layout to =
        oneWarp(
            Layout.into(from.codomain())
                .digit(REGISTER, 2, dim(1), 2)
                .digit(LANE, 2, dim(1), 1)
                .digit(LANE, 16, dim(0), 1)
                .build());
    // One of the two words stays; each round selects what is offered and where it is put.
    assertEquals(Map.of("ShuffleXor", 1, "Select", 4), counts(DType.F32, from, to));
    assertEquals(Map.of("ShuffleXor", 2, "Select", 4), counts(DType.F64, from, to));
  }

  @Test
  void narrowElementsTravelTogether() {
    Layout from = oneWarp(Layout.spatial(LANE, 32, 1).product(Layout.local(1, 4)));
    Layout to =
        oneWarp(
            Layout.into(from.codomain())
                .digit(REGISTER, 4, dim(1), 1)
                .digit(LANE, 16, dim(0), 2)
                .digit(LANE, 2, dim(0), 1)
                .build());
    assertEquals(Map.of("ShuffleIndex", 1), counts(DType.I8, from, to));
    assertEquals(Map.of("ShuffleIndex", 2), counts(DType.F16, from, to));
    assertEquals(Map.of("ShuffleIndex", 4), counts(DType.F32, from, to));
    assertEquals(Map.of("ShuffleIndex", 8), counts(DType.I64, from, to));
  }

  @Test
  void aWarpThatHoldsItselfWhatItNeedsSelects() {
    Layout from =
        Layout.into(Space.tile(2, 32))
            .digit(REGISTER, 2, dim(0), 1)
            .digit(LANE, 32, dim(1), 1)
            .digit(WARP, 4)
            .build();
    Layout to =
        Layout.into(Space.tile(2, 32))
            .digit(REGISTER, 1)
            .digit(LANE, 32, dim(1), 1)
            .digit(WARP, 2, dim(0), 1)
            .digit(WARP, 2)
            .build();
    assertEquals(Map.of("Select", 1), counts(DType.F32, from, to));
  }
}
