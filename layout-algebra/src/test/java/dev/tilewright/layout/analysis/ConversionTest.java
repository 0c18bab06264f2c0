package dev.tilewright.layout.analysis;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.Axis.WARP;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.LinearMap;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Laws 36 and 37: executing a plan puts every element into every slot that shall hold it. */
class ConversionTest {

  private static final long UNKNOWN = -1;

  /** What every slot of every thread holds, by register and by thread. */
  private static long[][] contents(Layout layout) {
    Space threads = threads(layout);
    long[][] held = new long[(int) layout.domain().extent(REGISTER)][(int) threads.size()];
    for (int r = 0; r < held.length; r++) {
      for (int t = 0; t < held[r].length; t++) {
        held[r][t] = layout.codomain().flatten(layout.apply(point(layout, r, t)));
      }
    }
    return held;
  }

  private static Space threads(Layout layout) {
    return layout.domain().without(List.of(REGISTER));
  }

  private static long[] point(Layout layout, long register, long thread) {
    Space threads = threads(layout);
    long[] own = threads.unflatten(thread);
    return layout.domain().axes().stream()
        .mapToLong(a -> a.equals(REGISTER) ? register : own[threads.indexOf(a)])
        .toArray();
  }

  /** Executes a plan on symbolic values. */
  private static long[][] execute(Conversion plan, Layout from, Layout to) {
    return execute(plan, contents(from), from, to);
  }

  private static long[][] execute(Conversion plan, long[][] source, Layout from, Layout to) {
    long[][] target = new long[(int) to.domain().extent(REGISTER)][source[0].length];
    for (long[] row : target) {
      Arrays.fill(row, UNKNOWN);
    }
    switch (plan) {
      case Conversion.Nothing nothing -> {
        return source;
      }
      case Conversion.Renaming(List<Integer> sources) -> {
        for (int r = 0; r < target.length; r++) {
          target[r] = source[sources.get(r)];
        }
      }
      case Conversion.BytePermutes permutes -> {
        for (int r = 0; r < target.length; r++) {
          target[r] = source[permutes.sources().get(r)];
        }
      }
      case Conversion.Shuffles shuffles -> shuffle(shuffles, threads(from), source, target);
      case Conversion.ThroughMemory exchange -> {
        Layout memory = exchange.memory().memory();
        long[] cells = new long[(int) memory.codomain().size()];
        Arrays.fill(cells, UNKNOWN);
        Layout write = memory.compose(from).orThrow();
        Layout read = memory.compose(to).orThrow();
        for (int r = 0; r < source.length; r++) {
          for (int t = 0; t < source[r].length; t++) {
            cells[(int) write.apply(point(from, r, t))[0]] = source[r][t];
          }
        }
        for (int r = 0; r < target.length; r++) {
          for (int t = 0; t < target[r].length; t++) {
            target[r][t] = cells[(int) read.apply(point(to, r, t))[0]];
          }
        }
      }
    }
    return target;
  }

  private static void shuffle(
      Conversion.Shuffles plan, Space threads, long[][] source, long[][] target) {
    int lane = threads.indexOf(LANE);
    for (Conversion.Round round : plan.rounds()) {
      for (int pack = 0; pack < plan.offeredPack().size(); pack++) {
        for (int t = 0; t < target[0].length; t++) {
          long[] self = threads.unflatten(t);
          long[] other = self.clone();
          other[lane] = round.source().apply(self)[0];
          int offered = (int) round.offered().apply(other)[0] + plan.offeredPack().get(pack);
          int received = (int) round.received().apply(self)[0] + plan.receivedPack().get(pack);
          assertEquals(UNKNOWN, target[received][t], "a slot is filled once");
          target[received][t] = source[offered][(int) threads.flatten(other)];
        }
      }
    }
  }

  // ---- packed registers ----

  /**
   * Executes a plan for elements of 4 or 8 bits on 32-bit registers: as many bits of each element's
   * number as an element has, for one part of the numbers after the other.
   */
  private static void executePacked(Conversion plan, Layout from, Layout to, int bits) {
    long[][] source = contents(from);
    long[][] wanted = contents(to);
    for (int shift = 0; shift < 16; shift += bits) {
      int[][] registers = packed(source, shift, bits);
      int[][] moved =
          switch (plan) {
            case Conversion.BytePermutes permutes -> run(permutes.program(), registers);
            case Conversion.Shuffles shuffles ->
                run(
                    shuffles.unpacking(),
                    exchange(shuffles, threads(from), run(shuffles.packing(), registers)));
            case Conversion.Nothing _, Conversion.Renaming _, Conversion.ThroughMemory _ -> null;
          };
      if (moved == null) {
        return;
      }
      int[][] expected = packed(wanted, shift, bits);
      for (int thread = 0; thread < expected.length; thread++) {
        assertArrayEquals(
            RegisterMachine.unpacked(expected[thread], wanted.length, bits),
            RegisterMachine.unpacked(moved[thread], wanted.length, bits));
      }
    }
  }

  /** The registers of every thread. */
  private static int[][] packed(long[][] contents, int shift, int bits) {
    int[][] registers = new int[contents[0].length][];
    for (int thread = 0; thread < registers.length; thread++) {
      int t = thread;
      long[] values =
          Arrays.stream(contents).mapToLong(r -> r[t] >> shift & (1L << bits) - 1).toArray();
      registers[thread] = RegisterMachine.packed(values, bits);
    }
    return registers;
  }

  private static int[][] run(RegisterProgram program, int[][] registers) {
    return Arrays.stream(registers)
        .map(own -> RegisterMachine.run(program, own))
        .toArray(int[][]::new);
  }

  /** The rounds on words: what is offered is numbered without the bits of the pack. */
  private static int[][] exchange(Conversion.Shuffles plan, Space threads, int[][] offered) {
    int lane = threads.indexOf(LANE);
    int offeredMask = plan.offeredPack().getLast();
    int receivedMask = plan.receivedPack().getLast();
    int[][] received = new int[offered.length][plan.unpacking().inputs()];
    for (Conversion.Round round : plan.rounds()) {
      for (int t = 0; t < offered.length; t++) {
        long[] self = threads.unflatten(t);
        long[] other = self.clone();
        other[lane] = round.source().apply(self)[0];
        int from = (int) Long.compress(round.offered().apply(other)[0], ~offeredMask);
        int to = (int) Long.compress(round.received().apply(self)[0], ~receivedMask);
        received[t][to] = offered[(int) threads.flatten(other)][from];
      }
    }
    return received;
  }

  /** The accumulator of bytes, turned: what two threads' registers hold changes places. */
  @Test
  void bytesOfAThreadArePermuted() {
    Layout rows = Layout.spatial(LANE, 8, 4).product(Layout.local(4, 4));
    Layout columns = Layout.spatial(LANE, 8, 4).product(Layout.columnLocal(4, 4));
    Conversion.BytePermutes plan =
        assertInstanceOf(Conversion.BytePermutes.class, check(rows, columns, 8));
    assertEquals(8, plan.cost());
    assertInstanceOf(Conversion.Renaming.class, check(rows, columns, 32));
    Layout swapped = Layout.columnLocal(2, 2).product(Layout.local(2, 4));
    Layout plain = Layout.local(2, 2).product(Layout.local(2, 4));
    assertInstanceOf(Conversion.Renaming.class, check(plain, swapped, 8));
  }

  private static Conversion check(Layout from, Layout to, int bits) {
    Conversion plan = Conversion.plan(from, to, bits, Machines.BANKS).orThrow();
    if (bits <= 8) {
      executePacked(plan, from, to, bits);
    }
    assertTrue(
        Arrays.deepEquals(contents(to), execute(plan, from, to)),
        () -> from + " to " + to + " by " + plan);
    return plan;
  }

  // ---- known cases ----

  @Test
  void theAccumulatorIsTheNextOperand() {
    Layout c = Layout.local(1, 2).product(Machines.C);
    Layout a = Machines.A;
    Conversion plan = check(c, a, 16);
    assertInstanceOf(Conversion.Nothing.class, plan, "two accumulators side by side are one A");
    Layout swapped = Layout.columnLocal(1, 2).product(Machines.C);
    assertInstanceOf(Conversion.Nothing.class, check(swapped, a, 16));
    Layout wide = Layout.local(2, 2).product(Machines.C);
    Layout columns = Layout.columnLocal(2, 2).product(Machines.C);
    assertEquals(
        new Conversion.Renaming(List.of(0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15)),
        check(wide, columns, 32));
  }

  @Test
  void aTransposeOfTwoLanesIsHalfTheShuffles() {
    Layout from = Layout.spatial(LANE, 16, 2).product(Layout.local(1, 2));
    Layout to =
        Layout.into(from.codomain())
            .digit(REGISTER, 2, Axis.dim(1), 2)
            .digit(LANE, 2, Axis.dim(1), 1)
            .digit(LANE, 16, Axis.dim(0), 1)
            .build();
    Conversion.Shuffles plan = assertInstanceOf(Conversion.Shuffles.class, check(from, to, 32));
    assertEquals(2, plan.rounds().size());
    assertEquals(1, plan.shuffles());
  }

  @Test
  void elementsThatStayTogetherTravelTogether() {
    Layout from = Layout.spatial(LANE, 32, 1).product(Layout.local(1, 4));
    Layout to =
        Layout.into(from.codomain())
            .digit(REGISTER, 4, Axis.dim(1), 1)
            .digit(LANE, 16, Axis.dim(0), 2)
            .digit(LANE, 2, Axis.dim(0), 1)
            .build();
    Conversion.Shuffles halves = assertInstanceOf(Conversion.Shuffles.class, check(from, to, 16));
    assertEquals(2, halves.shuffles());
    Conversion.Shuffles words = assertInstanceOf(Conversion.Shuffles.class, check(from, to, 32));
    assertEquals(4, words.shuffles());
    Conversion.Shuffles bytes = assertInstanceOf(Conversion.Shuffles.class, check(from, to, 8));
    assertEquals(1, bytes.shuffles());
  }

  @Test
  void warpsExchangeThroughMemoryWithoutConflicts() {
    Layout from = Layout.spatial(WARP, 4, 1).product(Machines.chunks(16, 64, 8, 1));
    Layout to = Layout.spatial(WARP, 2, 2).product(Layout.local(2, 4)).product(Machines.C);
    Conversion.ThroughMemory plan =
        assertInstanceOf(Conversion.ThroughMemory.class, check(from, to, 16));
    assertTrue(plan.memory().isConflictFree());
    assertEquals(8, plan.write().elements());
  }

  @Test
  void replicasAreReadWhereTheyAreNearest() {
    Layout from =
        Layout.into(Space.tile(64))
            .digit(REGISTER, 2, Axis.dim(0), 32)
            .digit(LANE, 32, Axis.dim(0), 1)
            .digit(WARP, 4)
            .build();
    Layout to =
        Layout.into(Space.tile(64))
            .digit(REGISTER, 1)
            .digit(LANE, 32, Axis.dim(0), 1)
            .digit(WARP, 2, Axis.dim(0), 32)
            .digit(WARP, 2)
            .build();
    Conversion plan = check(from, to, 32);
    Conversion.Shuffles local = assertInstanceOf(Conversion.Shuffles.class, plan);
    assertEquals(0, local.shuffles(), "the warp chooses the register");
  }

  @Test
  void oddTilesConvertToo() {
    Layout from =
        Layout.local(3, 1).product(Layout.spatial(LANE, 8, 4)).product(Layout.local(1, 2));
    Layout to = Layout.local(1, 2).product(Layout.spatial(LANE, 8, 4)).product(Layout.local(3, 1));
    assertInstanceOf(Conversion.ThroughMemory.class, check(from, to, 32));
    Layout turned = Layout.columnLocal(3, 2).product(Layout.spatial(LANE, 8, 4));
    Layout rows = Layout.local(3, 2).product(Layout.spatial(LANE, 8, 4));
    assertInstanceOf(Conversion.Renaming.class, check(rows, turned, 32));
  }

  @Test
  void whatNobodyHoldsIsRefused() {
    Layout half = Layout.into(Space.tile(64)).digit(LANE, 32, Axis.dim(0), 1).build();
    Layout all = Layout.spatial(LANE, 32).product(Layout.local(2));
    assertFalse(Conversion.plan(half, all, 32, Machines.BANKS).isOk());
    assertFalse(
        Conversion.plan(Layout.spatial(LANE, 32), Layout.spatial(LANE, 64), 32, Machines.BANKS)
            .isOk());
    assertTrue(Conversion.plan(all, half, 32, Machines.BANKS).isOk());
  }

  // ---- random pairs ----

  /** Random register layouts of one tile: all bits dealt out to registers, lanes and warps. */
  private static Layout random(Random random, Space tile, int warps) {
    List<long[]> bits = new ArrayList<>();
    for (int dim = 0; dim < tile.rank(); dim++) {
      for (long place = 1; place < tile.extent(dim); place *= 2) {
        long[] image = new long[tile.rank()];
        image[dim] = place;
        bits.add(image);
      }
    }
    int threads = 5 + warps;
    int replicas = Math.max(random.nextInt(3) == 0 ? 1 : 0, threads - bits.size());
    for (int i = 0; i < replicas; i++) {
      bits.add(new long[tile.rank()]);
    }
    Collections.shuffle(bits, random);
    if (random.nextInt(4) == 0 && bits.size() > 1) {
      for (int i = 0; i < tile.rank(); i++) {
        bits.get(0)[i] ^= bits.get(1)[i];
      }
    }
    List<Long> columns = new ArrayList<>();
    bits.forEach(image -> columns.add(tile.flatten(image)));
    int registers = bits.size() - threads;
    Space hardware = Space.hardware(1L << registers, 32, 1L << warps);
    return new LinearMap(hardware, tile, columns, 0).toLayout();
  }

  /** Swaps some bits of the domain, so that few things move. */
  private static Layout nearby(Random random, Layout layout) {
    LinearMap map = layout.toLinear().orThrow();
    List<Long> columns = new ArrayList<>(map.columns());
    for (int swaps = random.nextInt(4); swaps > 0; swaps--) {
      Collections.swap(columns, random.nextInt(columns.size()), random.nextInt(columns.size()));
    }
    return new LinearMap(map.domain(), map.codomain(), columns, 0).toLayout();
  }

  @Property
  void everyPlanDeliversEverything(@ForAll long seed) {
    Random random = new Random(seed);
    Space tile = Space.tile(1L << random.nextInt(2, 5), 1L << random.nextInt(3, 6));
    int warps = random.nextInt(3);
    Layout from = random(random, tile, warps);
    Layout to = random.nextInt(3) == 0 ? random(random, tile, warps) : nearby(random, from);
    int bits = 4 << random.nextInt(4);
    Conversion plan = check(from, to, bits);
    assertEquals(from.equals(to), plan instanceof Conversion.Nothing);
    check(to, from, bits);
    if (plan instanceof Conversion.Shuffles shuffles) {
      long held = to.domain().extent(REGISTER) / shuffles.receivedPack().size();
      assertEquals(held, shuffles.rounds().size());
    }
  }

  /** A tile of 128 registers a thread is planned while nobody notices. */
  @Test
  void largeConversionsArePlannedToo() {
    Layout from = Layout.spatial(WARP, 4, 1).product(Layout.local(2, 16)).product(Machines.C);
    Layout to = Layout.spatial(WARP, 4, 1).product(Machines.chunks(32, 128, 4, 1));
    assertInstanceOf(Conversion.ThroughMemory.class, check(from, to, 32));
  }

  /** Law 37: there and back again restores what every slot held. */
  @Property
  void thereAndBackAgain(@ForAll long seed) {
    Random random = new Random(seed);
    Layout from = random(random, Space.tile(16, 16), 1);
    Layout to = nearby(random, from);
    Conversion there = Conversion.plan(from, to, 32, Machines.BANKS).orThrow();
    Conversion back = Conversion.plan(to, from, 32, Machines.BANKS).orThrow();
    long[][] moved = execute(there, from, to);
    assertTrue(Arrays.deepEquals(contents(to), moved));
    assertTrue(Arrays.deepEquals(contents(from), execute(back, moved, to, from)));
  }

  /**
   * Law 37: a plan costs nothing iff no instruction is needed, one through memory at least its
   * barrier, and no plan more than the way that stays within the warps.
   */
  @Property
  void plansAreTheCheapestOfTheirLevels(@ForAll long seed) {
    Random random = new Random(seed);
    Layout from = random(random, Space.tile(8, 32), random.nextInt(2));
    Layout to = nearby(random, from);
    int bits = 4 << random.nextInt(4);
    Conversion plan = Conversion.plan(from, to, bits, Machines.BANKS).orThrow();
    switch (plan) {
      case Conversion.Nothing _, Conversion.Renaming _ -> assertEquals(0, plan.cost());
      case Conversion.BytePermutes _, Conversion.Shuffles _ -> assertTrue(plan.cost() > 0);
      case Conversion.ThroughMemory _ -> assertTrue(plan.cost() > Conversion.ThroughMemory.BARRIER);
    }
    if (Conversion.withinWarps(from, to, bits) instanceof Result.Ok<Conversion>(var within)) {
      assertTrue(plan.cost() <= within.cost());
    } else {
      assertInstanceOf(Conversion.ThroughMemory.class, plan);
    }
    assertEquals(
        0, Conversion.plan(from, from, bits, Machines.BANKS).orThrow().cost(), "there already");
  }

  @Property
  void aLayoutConvertsToItselfForNothing(@ForAll long seed) {
    Layout layout = random(new Random(seed), Space.tile(16, 16), 1);
    assertEquals(
        Result.ok(new Conversion.Nothing()), Conversion.plan(layout, layout, 16, Machines.BANKS));
  }

  /** The least number of shuffles: what a lane wants from others, the most over all lanes. */
  @Property
  void shufflesAreAsFewAsPossible(@ForAll long seed) {
    Random random = new Random(seed);
    Space tile = Space.tile(8, 32);
    LayoutBuilder builder = Layout.into(tile).digit(REGISTER, 1).digit(LANE, 1);
    List<long[]> bits = new ArrayList<>();
    for (int bit = 0; bit < 8; bit++) {
      bits.add(tile.unflatten(1L << bit));
    }
    Collections.shuffle(bits, random);
    for (int i = 0; i < 8; i++) {
      Axis target = bits.get(i)[0] != 0 ? Axis.dim(0) : Axis.dim(1);
      builder.digit(i < 3 ? REGISTER : LANE, 2, target, Math.max(bits.get(i)[0], bits.get(i)[1]));
    }
    Layout from = builder.build();
    int register = random.nextInt(3);
    int lane = 3 + random.nextInt(5);
    List<Long> columns = new ArrayList<>(from.toLinear().orThrow().columns());
    Collections.swap(columns, register, lane);
    Layout to = new LinearMap(from.domain(), tile, columns, 0).toLayout();
    Conversion.Shuffles plan = assertInstanceOf(Conversion.Shuffles.class, check(from, to, 32));
    assertEquals(wantedFromOthers(from, to), plan.shuffles());
    assertEquals(4, plan.shuffles(), "one exchanged bit: half of eight");
  }

  private static long wantedFromOthers(Layout from, Layout to) {
    long[][] held = contents(from);
    long[][] wanted = contents(to);
    long most = 0;
    for (int lane = 0; lane < held[0].length; lane++) {
      long missing = 0;
      for (long[] row : wanted) {
        int at = lane;
        long element = row[lane];
        missing += Arrays.stream(held).anyMatch(r -> r[at] == element) ? 0 : 1;
      }
      most = Math.max(most, missing);
    }
    return most;
  }
}
