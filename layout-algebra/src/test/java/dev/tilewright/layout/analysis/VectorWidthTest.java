package dev.tilewright.layout.analysis;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.OFFSET;
import static dev.tilewright.layout.Axis.REGISTER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class VectorWidthTest {

  @Test
  void fragmentsAndChunks() {
    Layout c = Layout.rowMajor(16, 8).compose(Machines.C).orThrow();
    assertEquals(new VectorWidth(2, List.of(0, 1, 2, 3)), VectorWidth.of(c, 16, 16));
    Layout t = Layout.columnMajor(16, 8).compose(Machines.C).orThrow();
    assertEquals(1, VectorWidth.of(t, 16, 16).elements());
    Layout chunks = Layout.rowMajor(128, 64).compose(Machines.chunks(128, 64, 8, 4)).orThrow();
    assertEquals(8, VectorWidth.of(chunks, 16, 16).elements());
    assertEquals(4, VectorWidth.of(chunks, 16, 8).elements());
    assertThrows(IllegalArgumentException.class, () -> VectorWidth.of(chunks, 6, 16));
  }

  @Test
  void slotsArePermutedIntoMemoryOrder() {
    Layout column =
        Layout.into(Space.of(OFFSET, 128))
            .digit(REGISTER, 2, OFFSET, 64)
            .digit(REGISTER, 2, OFFSET, 1)
            .digit(LANE, 32, OFFSET, 2)
            .build();
    assertEquals(new VectorWidth(2, List.of(0, 2, 1, 3)), VectorWidth.of(column, 32, 16));
  }

  /** Law 35: the criterion is what trying out all lanes and blocks finds. */
  @Property
  void theWidthIsExact(@ForAll long seed) {
    Random random = new Random(seed);
    LayoutBuilder builder = Layout.into(Space.of(OFFSET, 1 << 12));
    List<Integer> unit = new ArrayList<>(List.of(1, 2, 4, 8, 16));
    int digits = 1 + random.nextInt(3);
    for (int d = 0; d < digits; d++) {
      int stride = random.nextInt(4) == 0 ? random.nextInt(9) : unit.get(random.nextInt(5));
      builder.digit(REGISTER, 1 + random.nextInt(4), OFFSET, stride);
    }
    for (int d = 0; d < 3; d++) {
      builder.digit(LANE, 2, OFFSET, unit.get(random.nextInt(5)) * (long) random.nextInt(4));
    }
    builder.offset(OFFSET, random.nextInt(3));
    Layout addresses = builder.build();
    int expected = 1;
    for (int v = 2; v <= 8; v *= 2) {
      if (possible(addresses, v)) {
        expected = v;
      }
    }
    VectorWidth found = VectorWidth.of(addresses, 16, 16);
    assertEquals(expected, found.elements(), addresses::toString);
    for (int i = 0; i < found.registers().size(); i++) {
      for (int lane = 0; lane < 8; lane++) {
        long base = addresses.apply(found.registers().get(i - i % expected), lane)[0];
        assertEquals(0, base % expected);
        assertEquals(base + i % expected, addresses.apply(found.registers().get(i), lane)[0]);
      }
    }
  }

  /** Law 35: elements of half the width come in vectors of twice the number. */
  @Property
  void recastingScalesTheWidth(@ForAll long seed) {
    Random random = new Random(seed);
    long run = 1L << random.nextInt(4);
    Layout addresses =
        Layout.into(Space.of(OFFSET, 1 << 10))
            .digit(REGISTER, run, OFFSET, 1)
            .digit(LANE, 8, OFFSET, random.nextInt(1, 17))
            .build();
    Layout halves = addresses.recast(REGISTER, OFFSET, 32, 16).orThrow();
    assertEquals(
        2 * VectorWidth.of(addresses, 32, 1 << 10).elements(),
        VectorWidth.of(halves, 16, 1 << 10).elements());
  }

  /** Whether one pairing of slots into aligned vectors serves every lane. */
  private static boolean possible(Layout addresses, int v) {
    int slots = (int) addresses.domain().extent(REGISTER);
    List<TreeMap<Long, Integer>> counts = new ArrayList<>();
    for (int lane = 0; lane < 8; lane++) {
      TreeMap<Long, Integer> count = new TreeMap<>();
      for (int slot = 0; slot < slots; slot++) {
        long offset = addresses.apply(slot, lane)[0];
        if (offset % v != addresses.apply(slot, 0)[0] % v) {
          return false;
        }
        count.merge(offset, 1, Integer::sum);
      }
      counts.add(count);
    }
    for (TreeMap<Long, Integer> count : counts) {
      for (long offset : count.keySet()) {
        for (long other = offset / v * v; other < offset / v * v + v; other++) {
          if (!count.getOrDefault(other, 0).equals(count.get(offset))) {
            return false;
          }
        }
      }
    }
    return true;
  }
}
