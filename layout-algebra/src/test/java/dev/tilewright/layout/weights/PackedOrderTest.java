package dev.tilewright.layout.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.Packing;
import dev.tilewright.layout.Layout;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class PackedOrderTest {
  private static final int LANES = 32;

  @Provide
  Arbitrary<PackedOrder> orders() {
    return Combinators.combine(
            Arbitraries.integers().between(1, 8),
            Arbitraries.of(8, 16),
            Arbitraries.integers().between(1, 4),
            Arbitraries.integers().between(1, 3))
        .as(
            (width, factor, strips, steps) ->
                PackedOrder.forFragments(
                    width, factor, 16 * strips, steps * PackedOrder.columnStep(width, factor)));
  }

  private static long[] codes(PackedOrder order, long seed) {
    return new Random(seed).longs(order.size(), 0, 1L << order.width()).toArray();
  }

  @Property
  void unpackingUndoesPacking(@ForAll("orders") PackedOrder order, @ForAll long seed) {
    long[] codes = codes(order, seed);
    byte[] packed = order.pack(codes);
    assertEquals(order.byteCount(), packed.length);
    assertArrayEquals(codes, order.unpack(packed));
  }

  /** Bit {@code b} of every code lies where the two layouts say, one after the other. */
  @Property(tries = 50)
  void packerFollowsTheLayouts(@ForAll("orders") PackedOrder order, @ForAll long seed) {
    long[] codes = codes(order, seed);
    MemorySegment packed = MemorySegment.ofArray(order.pack(codes));
    for (int row = 0; row < order.rows(); row++) {
      for (int column = 0; column < order.columns(); column++) {
        long first = order.codes().layout().apply(row, column)[0] * order.width();
        for (int bit = 0; bit < order.width(); bit++) {
          long place = order.bytes().layout().apply((first + bit) / 8)[0];
          assertEquals(
              codes[row * order.columns() + column] >>> bit & 1,
              Packing.get(packed, 1, 8 * place + (first + bit) % 8));
        }
      }
    }
  }

  /**
   * What a lane reads of a strip, its pieces one after the other, is the stream of its fragments:
   * of {@code mma.sync.m16n8k16} and {@code m16n8k32}, as PTX describes them.
   */
  @Property(tries = 50)
  void everyLaneFindsItsFragments(@ForAll("orders") PackedOrder order, @ForAll long seed) {
    long[] codes = codes(order, seed);
    byte[] packed = order.pack(codes);
    int strips = order.rows() / 16;
    int laneBytes = order.byteCount() / strips / LANES;
    int piece = Math.min(16, Integer.lowestOneBit(laneBytes));
    int held = order.columns() / 2;
    for (int factor : new int[] {8, 16}) {
      if (!isFor(order, factor)) {
        continue;
      }
      int perWord = 32 / factor;
      int apart = PackedOrder.apart(order.width(), factor);
      for (int lane = 0; lane < LANES; lane++) {
        byte[] stream = new byte[laneBytes];
        for (int at = 0; at < laneBytes; at++) {
          stream[at] = packed[at / piece * piece * LANES + lane * piece + at % piece];
        }
        long[] own = Packing.unpack(order.width(), stream, held);
        for (int register = 0; register < held / perWord; register++) {
          for (int part = 0; part < perWord; part++) {
            int row = lane / 4 + 8 * (register % 2);
            int column = register / 2 * 4 * perWord + lane % 4 * perWord + part;
            int slot = register / apart * apart * perWord + part * apart + register % apart;
            assertEquals(codes[row * order.columns() + column], own[slot]);
          }
        }
      }
    }
  }

  private static boolean isFor(PackedOrder order, int factor) {
    return order.columns() % PackedOrder.columnStep(order.width(), factor) == 0
        && order.equals(
            PackedOrder.forFragments(order.width(), factor, order.rows(), order.columns()));
  }

  /** Reshape, transpose and reshape put the codes of the stream back into the tile. */
  @Property
  void reorderingIsUndoneByTileOperations(@ForAll("orders") PackedOrder order) {
    for (Reordering reordering : new Reordering[] {order.codes(), order.bytes()}) {
      int[] shape = reordering.shape().stream().mapToInt(Integer::intValue).toArray();
      int[] permutation = reordering.permutation().stream().mapToInt(Integer::intValue).toArray();
      int[] elements = reordering.elements();
      for (int number = 0; number < elements.length; number++) {
        int rest = number;
        int place = 0;
        for (int d = permutation.length - 1; d >= 0; d--) {
          int stride = 1;
          for (int inner = permutation[d] + 1; inner < shape.length; inner++) {
            stride *= shape[inner];
          }
          place += rest % shape[permutation[d]] * stride;
          rest /= shape[permutation[d]];
        }
        assertEquals(number, elements[place]);
      }
    }
  }

  @Test
  void rowMajorIsTheDenseStream() {
    PackedOrder order = PackedOrder.rowMajor(3, 16, 64);
    assertTrue(order.codes().isIdentity() && order.bytes().isIdentity());
    long[] codes = codes(order, 1);
    assertArrayEquals(Packing.pack(3, codes), order.pack(codes));
  }

  @Test
  void whatIsNoOrderIsRefused() {
    Layout everySecond = Layout.strided(new long[] {16, 64}, new long[] {128, 2});
    assertEquals(
        "not a layout that reaches every offset once: " + everySecond,
        assertThrows(IllegalArgumentException.class, () -> PackedOrder.of(4, everySecond))
            .getMessage());
    assertEquals(
        "tiles of 3-bit weights for 16-bit factors have multiples of 16 rows and of 64 columns, not"
            + " 16×32",
        assertThrows(IllegalArgumentException.class, () -> PackedOrder.forFragments(3, 16, 16, 32))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> PackedOrder.forFragments(9, 16, 16, 64));
    assertThrows(IllegalArgumentException.class, () -> PackedOrder.rowMajor(4, 16, 8));
  }
}
