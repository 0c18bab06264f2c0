package dev.tilewright.layout.analysis;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.OFFSET;
import static dev.tilewright.layout.Axis.REGISTER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LinearMap;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class BankConflictsTest {

  private static Layout lanes(long stride) {
    return Layout.into(Space.of(OFFSET, 31 * stride + 1)).digit(LANE, 32, OFFSET, stride).build();
  }

  private static long wavefronts(Layout addresses, int elementBytes) {
    return BankConflicts.wavefronts(addresses, elementBytes, 1, Machines.BANKS).wavefronts();
  }

  @Test
  void knownStrides() {
    assertEquals(1, wavefronts(lanes(0), 2), "a broadcast is free");
    assertEquals(16, wavefronts(lanes(32), 2), "64-byte stride: banks 0 and 16 only");
    assertEquals(32, wavefronts(lanes(32), 4));
    assertEquals(1, wavefronts(lanes(33), 4), "padding");
    assertEquals(1, wavefronts(lanes(1), 1));
    assertEquals(2, wavefronts(lanes(2), 4));
  }

  /** Eight lanes that move 16 bytes each are one phase of four; the others take no time. */
  @Test
  void phasesWithoutLanesTakeNoTime() {
    Layout few =
        Layout.into(Space.of(OFFSET, 32))
            .digit(REGISTER, 4, OFFSET, 1)
            .digit(LANE, 8, OFFSET, 4)
            .build();
    assertEquals(new BankConflicts(1, 1, 1), BankConflicts.wavefronts(few, 4, 4, Machines.BANKS));
  }

  @Test
  void aTransposeThroughARowMajorTileConflictsOnOneSide() {
    Layout tile = Layout.rowMajor(16, 32);
    Layout store =
        Layout.into(Space.tile(16, 32))
            .digit(REGISTER, 16, Axis.dim(0), 1)
            .digit(LANE, 32, Axis.dim(1), 1)
            .build();
    Layout read =
        Layout.into(Space.tile(16, 32))
            .digit(REGISTER, 16, Axis.dim(1), 2)
            .digit(LANE, 16, Axis.dim(0), 1)
            .digit(LANE, 2, Axis.dim(1), 1)
            .build();
    assertEquals(
        new BankConflicts(16, 16, 16),
        BankConflicts.wavefronts(tile.compose(store).orThrow(), 4, 1, Machines.BANKS));
    assertEquals(
        new BankConflicts(16, 256, 16),
        BankConflicts.wavefronts(tile.compose(read).orThrow(), 4, 1, Machines.BANKS));
  }

  /** Law 33, the bank theorem: two independent counts agree on every linear access. */
  @Property
  void enumerationAgreesWithTheRankTheorem(@ForAll long seed) {
    Random random = new Random(seed);
    int vector = 1 << random.nextInt(3);
    int phase = vector == 4 ? 8 : vector == 2 ? 16 : 32;
    List<Long> columns = new ArrayList<>();
    for (int v = 1; v < vector; v *= 2) {
      columns.add((long) v);
    }
    for (int lane = 0; lane < 5; lane++) {
      columns.add((random.nextLong(1 << random.nextInt(1, 12)) & -vector));
    }
    Layout addresses =
        new LinearMap(
                Space.of(REGISTER, vector, LANE, 32),
                Space.of(OFFSET, 1 << 12),
                columns,
                random.nextLong(1 << 12) & -vector)
            .toLayout();
    long expected = BankConflicts.byRank(addresses, 4, vector, phase, Machines.BANKS).orElseThrow();
    assertEquals(
        expected * (32 / phase),
        BankConflicts.wavefronts(addresses, 4, vector, Machines.BANKS).wavefronts(),
        addresses::toString);
  }

  /**
   * Law 34: moving the base by whole lines of all banks, XORing a constant to linear addresses, and
   * permuting lanes within a phase change nothing.
   */
  @Property
  void conflictsDependOnDifferencesOnly(@ForAll long seed) {
    Random random = new Random(seed);
    int stride = random.nextInt(70);
    Layout addresses = lanes(stride);
    Layout moved =
        Layout.into(Space.of(OFFSET, 1 << 14))
            .digit(LANE, 32, OFFSET, stride)
            .offset(OFFSET, 32L * random.nextInt(100))
            .build();
    assertEquals(wavefronts(addresses, 4), wavefronts(moved, 4));

    List<Long> columns = new ArrayList<>();
    for (int bit = 0; bit < 5; bit++) {
      columns.add(random.nextLong(1 << 9));
    }
    Space lanes = Space.of(LANE, 32);
    Space offsets = Space.of(OFFSET, 1 << 9);
    long linear = wavefronts(new LinearMap(lanes, offsets, columns, 0).toLayout(), 4);
    long constant = random.nextLong(1 << 9);
    assertEquals(
        linear, wavefronts(new LinearMap(lanes, offsets, columns, constant).toLayout(), 4));
    Collections.shuffle(columns, random);
    columns.set(0, columns.get(0) ^ columns.get(1));
    assertEquals(linear, wavefronts(new LinearMap(lanes, offsets, columns, 0).toLayout(), 4));
  }

  /** A machine with other phases: lanes that are not neighbours served together. */
  @Test
  void phasesAreData() {
    var phases = new TreeMap<Integer, List<List<Integer>>>();
    List<List<Integer>> evenAndOdd = List.of(new ArrayList<>(), new ArrayList<>());
    for (int lane = 0; lane < 32; lane++) {
      evenAndOdd.get(lane % 2).add(lane);
    }
    phases.put(8, evenAndOdd);
    BankModel model = new BankModel(32, 4, phases);
    Layout pairs =
        Layout.into(Space.of(OFFSET, 64))
            .digit(REGISTER, 2, OFFSET, 1)
            .digit(LANE, 32, OFFSET, 2)
            .build();
    assertEquals(new BankConflicts(1, 4, 2), BankConflicts.wavefronts(pairs, 4, 2, model));
    assertEquals(new BankConflicts(1, 2, 2), BankConflicts.wavefronts(pairs, 4, 2, Machines.BANKS));
    assertThrows(IllegalArgumentException.class, () -> model.of(SharedAccess.Kind.READ, 16));
    phases.put(16, List.of(List.of(0, 1, 3)));
    assertThrows(IllegalArgumentException.class, () -> new BankModel(32, 4, phases));
  }
}
