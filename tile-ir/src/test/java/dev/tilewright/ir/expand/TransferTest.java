package dev.tilewright.ir.expand;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.machine.TensorData;
import dev.tilewright.layout.Layout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Tiles that only move: from a tensor through registers, and through shared memory, to another. */
class TransferTest {
  private static final List<DType> DTYPES =
      List.of(
          DType.I8,
          DType.U8,
          DType.I16,
          DType.I32,
          DType.I64,
          DType.F16,
          DType.BF16,
          DType.TF32,
          DType.F32,
          DType.F64);

  private static final List<Integer> EXTENTS = List.of(1, 2, 3, 4, 6, 8, 8, 16, 16, 32);

  /** What a test chooses at random. */
  private static final class Choice {
    final Random random;
    final int warps;
    final RandomLayouts layouts;
    final DType dtype;
    final List<Integer> shape;

    Choice(long seed) {
      random = new Random(seed);
      warps = pick(List.of(1, 2, 3, 4));
      layouts = new RandomLayouts(random, warps);
      dtype = pick(DTYPES);
      shape = new ArrayList<>();
      int rank = 1 + random.nextInt(3);
      for (int d = 0; d < rank; d++) {
        shape.add(pick(rank == 3 ? List.of(1, 2, 3, 4, 8) : EXTENTS));
      }
    }

    <T> T pick(List<T> list) {
      return list.get(random.nextInt(list.size()));
    }

    int bytes() {
      return dtype.bits() / 8;
    }

    Layout registers(int unit) {
      int extent = unit < 0 ? 1 : Integer.lowestOneBit(shape.get(unit));
      int vector = Math.min(extent, pick(List.of(1, 2, 4, 8, 16)));
      boolean plain = unit < 0 || random.nextInt(3) == 0;
      return layouts.registers(shape, -1, plain ? List.of() : RandomLayouts.vector(unit, vector));
    }

    Type.Tile tile(Layout layout) {
      return new Type.Tile(shape, dtype, Optional.of(layout));
    }
  }

  /** A tensor that a window of the tile's shape lies over, somewhere, partly outside or not. */
  private static final class Window {
    final TensorData data;
    final int unit;
    final int[] offsets;
    final List<Boolean> bounds = new ArrayList<>();
    final List<Integer> divisors = new ArrayList<>();
    final Value tensor;

    Window(Choice choice, Staged staged, String name, Parameter.Access access) {
      Random random = choice.random;
      int rank = choice.shape.size();
      unit = random.nextInt(6) == 0 ? -1 : random.nextInt(3) == 0 ? random.nextInt(rank) : rank - 1;
      int alignment = Math.max(choice.bytes(), choice.pick(List.of(1, 2, 4, 8, 16, 16, 16)));
      int pad = alignment / choice.bytes();
      long[] sizes = new long[rank];
      offsets = new int[rank];
      for (int d = 0; d < rank; d++) {
        int extent = choice.shape.get(d);
        int grain = choice.pick(List.of(1, 1, 2, 4, 8, 16));
        boolean checked = random.nextBoolean();
        // Multiples of the grain, so that its divisibility can be promised.
        int slack = random.nextInt(3);
        long size = checked ? 1 + random.nextInt(2 * extent) : extent + (long) slack * grain;
        sizes[d] = checked ? Math.ceilDiv(size, grain) * grain : size;
        divisors.add(sizes[d] % grain == 0 ? grain : 1);
        offsets[d] =
            checked ? grain * (random.nextInt(extent + 2) - 1) : random.nextInt(slack + 1) * grain;
        bounds.add(checked);
      }
      data =
          unit < 0
              ? TensorData.scattered(choice.dtype, sizes, alignment, pad)
              : dense(choice, sizes, alignment, pad);
      tensor = staged.tensor(name, data, access, unit, divisors);
    }

    private TensorData dense(Choice choice, long[] sizes, int alignment, int pad) {
      return TensorData.dense(choice.dtype, sizes, unit, alignment, pad);
    }

    /** The most elements of one transfer that the facts allow, up to 16 bytes. */
    int transfer(Choice choice) {
      if (unit < 0) {
        return 1;
      }
      int most = Math.min(16, data.alignment()) / choice.bytes();
      most = Math.min(most, Integer.lowestOneBit(choice.shape.get(unit)));
      return offsets[unit] == 0 ? most : Math.min(most, Integer.lowestOneBit(offsets[unit]));
    }

    List<Value> offsetValues(Staged staged) {
      return Arrays.stream(offsets).mapToObj(staged.b::i32).toList();
    }

    /** Where the tile's element lies in the tensor, unless it is outside. */
    Optional<long[]> at(long[] index) {
      long[] at = new long[index.length];
      for (int d = 0; d < at.length; d++) {
        at[d] = offsets[d] + index[d];
        if (at[d] < 0 || at[d] >= data.shape()[d]) {
          return Optional.empty();
        }
      }
      return Optional.of(at);
    }
  }

  private static void fill(TensorData data, Random random) {
    data.fill(_ -> random.nextInt(0, 100));
  }

  @Property(tries = 400)
  void loadsReadWhatIsThereAndFillTheRest(@ForAll long seed) {
    Choice choice = new Choice(seed);
    Staged staged = new Staged(choice.warps);
    Window from = new Window(choice, staged, "from", Parameter.Access.IN);
    fill(from.data, choice.random);
    double fill = choice.pick(List.of(0.0, 7.0));
    Literal literal =
        choice.dtype.name().matches("[iu].*") ? Literal.of((long) fill) : Literal.of(fill);
    Value tile =
        staged
            .b
            .add(
                new Op.Load(
                    staged.b.fresh(choice.tile(choice.registers(from.unit))),
                    from.tensor,
                    from.offsetValues(staged),
                    from.bounds,
                    literal,
                    staged.b.location()))
            .result();
    TensorData result = staged.result("result", tile);
    staged.run();
    result.forEach(
        index ->
            assertEquals(
                from.at(index).map(at -> from.data.get(at)).orElse(fill), result.get(index)));
  }

  @Property(tries = 400)
  void storesWriteWhatIsInsideAndNothingElse(@ForAll long seed) {
    Choice choice = new Choice(seed);
    Staged staged = new Staged(choice.warps);
    Window to = new Window(choice, staged, "to", Parameter.Access.OUT);
    TensorData data =
        TensorData.dense(choice.dtype, longs(choice.shape), choice.shape.size() - 1, 16, 1);
    fill(data, choice.random);
    // Every byte counts, also those between the rows.
    Arrays.fill(to.data.bytes(), (byte) 101);
    TensorData expected = to.data.copy();
    data.forEach(index -> to.at(index).ifPresent(at -> expected.set(at, data.get(index))));
    Value tile = staged.input("data", data, choice.registers(to.unit));
    staged.b.store(to.tensor, to.offsetValues(staged), tile, to.bounds);
    staged.run();
    assertArrayEquals(expected.bytes(), to.data.bytes());
  }

  @Property(tries = 400)
  void sharedMemoryKeepsATile(@ForAll long seed) {
    Choice choice = new Choice(seed);
    Staged staged = new Staged(choice.warps);
    TensorData data =
        TensorData.dense(choice.dtype, longs(choice.shape), choice.shape.size() - 1, 16, 1);
    fill(data, choice.random);
    Value tile = staged.input("data", data, choice.layouts.registers(choice.shape));
    int grain = choice.pick(List.of(1, 2, 4, 8));
    Layout memory = choice.layouts.memory(choice.shape, grain);
    int alignment = Math.max(choice.bytes(), choice.pick(List.of(1, 2, 4, 8, 16)));
    Value buffer = staged.buffer(choice.shape, choice.dtype, memory, alignment);
    staged.b.sharedStore(buffer, tile);
    staged.b.barrier();
    Value back = staged.b.sharedLoad(buffer, choice.tile(choice.layouts.registers(choice.shape)));
    TensorData result = staged.result("result", back);
    staged.run();
    result.forEach(index -> assertEquals(data.get(index), result.get(index)));
  }

  @Property(tries = 400)
  void asynchronousCopiesBringATileAndZerosAroundIt(@ForAll long seed) {
    Choice choice = new Choice(seed);
    Staged staged = new Staged(choice.warps);
    Window from = new Window(choice, staged, "from", Parameter.Access.IN);
    int elements = from.transfer(choice);
    Assume.that(from.unit >= 0 && elements * choice.bytes() >= 4);
    fill(from.data, choice.random);
    Layout memory = choice.layouts.rows(choice.shape, from.unit, elements);
    Value buffer = staged.buffer(choice.shape, choice.dtype, memory, 16);
    Layout layout =
        choice.layouts.registers(choice.shape, -1, RandomLayouts.vector(from.unit, elements));
    staged.b.copyAsync(
        buffer, from.tensor, from.offsetValues(staged), from.bounds, Optional.of(layout));
    staged.b.asyncCommit();
    staged.b.asyncCommit();
    staged.b.asyncWait(1);
    staged.b.barrier();
    Value back = staged.b.sharedLoad(buffer, choice.tile(choice.layouts.registers(choice.shape)));
    TensorData result = staged.result("result", back);
    staged.run();
    result.forEach(
        index ->
            assertEquals(
                from.at(index).map(at -> from.data.get(at)).orElse(0.0), result.get(index)));
  }

  private static long[] longs(List<Integer> shape) {
    return shape.stream().mapToLong(Integer::longValue).toArray();
  }
}
