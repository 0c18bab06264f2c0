package dev.tilewright.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Law 32: replication, and which threads hold what. */
class ReplicationTest {

  private static final Axis ZONE = new Axis("zone");

  @Provide
  Arbitrary<Layout> integers() {
    return RandomLayouts.integer();
  }

  private static Layout replicated(Layout layout, long copies) {
    return Layout.replicate(ZONE, copies).product(layout);
  }

  /** Law 32: replicating adds holders and nothing else, and can be undone. */
  @Property
  void replicationAddsHolders(@ForAll("integers") Layout layout, @ForAll long seed) {
    long copies = 1 + new Random(seed).nextLong(4);
    Layout zones = replicated(layout, copies);
    Layout sorted = Spaces.inOrder(layout, layout.domain().sorted(), layout.codomain().sorted());
    for (long copy = 0; copy < copies; copy++) {
      assertEquals(sorted, zones.slice(ZONE, copy));
    }
    assertEquals(1, zones.withoutReplication(ZONE).domain().extent(ZONE));
    assertEquals(sorted, zones.withoutReplication(ZONE).slice(ZONE, 0));
    assertTrue(zones.covers(sorted), "the replicas hold what the original holds");
    assertEquals(copies == 1, sorted.covers(zones), "but only the original had threads before");
  }

  /** Register layouts of one tile, small enough that they often cover each other. */
  private static Layout random(Random random) {
    Space tile = Space.of(Axis.dim(0), 4, Axis.dim(1), 3);
    LayoutBuilder builder = Layout.into(tile);
    boolean linear = random.nextBoolean();
    for (Axis axis : List.of(Axis.REGISTER, Axis.LANE, Axis.WARP)) {
      builder.digit(axis, 1);
    }
    int left = linear ? 0 : 1 + random.nextInt(2);
    for (long place = 1; place < 4; place *= 2) {
      digit(random, builder, 2, Axis.dim(0), place);
    }
    if (left > 0) {
      digit(random, builder, 3, Axis.dim(1), left == 1 ? 1 : 0);
    }
    if (random.nextInt(3) == 0) {
      builder.digit(Axis.LANE, 2);
    }
    return builder.build();
  }

  private static void digit(
      Random random, LayoutBuilder builder, long extent, Axis target, long stride) {
    Axis axis = List.of(Axis.REGISTER, Axis.LANE, Axis.WARP).get(random.nextInt(3));
    if (random.nextInt(4) == 0) {
      builder.digit(axis, extent);
    } else {
      builder.digit(axis, extent, target, stride);
    }
  }

  /** The definition: what a thread wants is among what it holds. */
  private static boolean covers(Layout held, Layout wanted) {
    Space threads = wanted.domain().without(List.of(Axis.REGISTER));
    for (long t = 0; t < threads.size(); t++) {
      Map<Axis, Long> thread = new TreeMap<>();
      for (int i = 0; i < threads.rank(); i++) {
        long coordinate = threads.unflatten(t)[i];
        if (coordinate >= held.domain().extent(threads.axis(i))) {
          return false;
        }
        thread.put(threads.axis(i), coordinate);
      }
      if (!elements(held, thread).containsAll(elements(wanted, thread))) {
        return false;
      }
    }
    return true;
  }

  private static Set<List<Long>> elements(Layout layout, Map<Axis, Long> thread) {
    Set<List<Long>> elements = new HashSet<>();
    for (long r = 0; r < layout.domain().extent(Axis.REGISTER); r++) {
      Map<Axis, Long> at = new TreeMap<>(thread);
      at.keySet().removeIf(axis -> !layout.domain().has(axis));
      at.put(Axis.REGISTER, r);
      elements.add(layout.codomain().axes().stream().map(axis -> layout.apply(axis, at)).toList());
    }
    return elements;
  }

  /** Law 32: covering is what it says, reflexive and transitive. */
  @Property
  void coveringIsAPreorder(@ForAll long seed) {
    Random random = new Random(seed);
    Layout a = random(random);
    Layout b = random(random);
    Layout c = random(random);
    assertEquals(covers(a, b), a.covers(b), () -> a + " covers " + b);
    assertTrue(a.covers(a));
    if (a.covers(b) && b.covers(c)) {
      assertTrue(a.covers(c));
    }
  }

  /** The same for swizzled register layouts, decided by rank. */
  @Property
  void coveringIsDecidedByRankOverF2(@ForAll long seed) {
    Random random = new Random(seed);
    Layout a = RandomLayouts.linear(random);
    Layout b = RandomLayouts.linear(random);
    assertEquals(covers(a, b), a.covers(b), () -> a + " covers " + b);
    assertTrue(a.covers(a));
    Layout fewer = a.slice(Axis.REGISTER, random.nextLong(a.domain().extent(Axis.REGISTER)));
    assertTrue(a.covers(fewer));
  }

  /** A reduction keeps every thread's result where its summands were. */
  @Test
  void whatAReductionLeavesCoversWhatItsReadersWant() {
    Layout c =
        Layout.local(2, 1).product(Layout.spatial(Axis.LANE, 8, 4)).product(Layout.local(1, 2));
    Layout rows = c.reduce(Axis.dim(1));
    assertTrue(rows.covers(rows.withoutReplication(Axis.REGISTER)));
    assertTrue(rows.withoutReplication(Axis.REGISTER).covers(rows), "slots may repeat");
    Layout others = Layout.spatial(Axis.LANE, 4, 8).product(Layout.local(4, 1)).reduce(Axis.dim(1));
    assertFalse(rows.covers(others));
    assertThrows(IllegalArgumentException.class, () -> rows.covers(c));
  }
}
