package dev.tilewright.layout.analysis;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.analysis.SharedAccess.Kind.READ;
import static dev.tilewright.layout.analysis.SharedAccess.Kind.ROWS;
import static dev.tilewright.layout.analysis.SharedAccess.Kind.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.Swizzle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SwizzlesTest {

  /** A 128x64 tile of 16-bit elements, written by 16-byte copies and read by ldmatrix. */
  @Test
  void theGemmTileGetsTheHardwareSwizzle() {
    Layout tile = Layout.rowMajor(128, 64);
    Layout fragment =
        Layout.local(2, 4).product(Layout.spatial(Axis.WARP, 4, 1)).product(Machines.A);
    Ldmatrix load = Ldmatrix.applies(tile, fragment, 2, false).orThrow();
    List<SharedAccess> accesses =
        List.of(
            new SharedAccess("copy", WRITE, Machines.chunks(128, 64, 8, 4), 8),
            new SharedAccess("ldmatrix", ROWS, load.rows(), 8));
    SwizzleChoice choice = Swizzles.best(tile, accesses, 2, Machines.BANKS).orThrow();
    assertEquals(Optional.of(new Swizzle(3, 3, 3)), choice.swizzle());
    assertTrue(choice.isConflictFree() && choice.optimal());
    assertEquals(0, choice.costs().get(0).before().conflicts());
    assertEquals(8 * 4 * (32 - 4), choice.costs().get(1).before().conflicts());
    check(choice, 2);
  }

  /** The costs of a choice are those of its memory layout, counted afresh. */
  private static void check(SwizzleChoice choice, int elementBytes) {
    for (SwizzleChoice.Cost cost : choice.costs()) {
      Layout addresses = choice.memory().compose(cost.access().points()).orThrow();
      assertEquals(
          cost.access().kind() == ROWS
              ? BankConflicts.ofRows(
                  addresses, elementBytes, cost.access().elements(), Machines.BANKS)
              : BankConflicts.wavefronts(
                  addresses, elementBytes, cost.access().elements(), Machines.BANKS),
          cost.after());
    }
  }

  @Test
  void aTransposeOfFloatsIsServedBothWays() {
    Layout tile = Layout.rowMajor(32, 32);
    Layout rows =
        Layout.into(Space.tile(32, 32))
            .digit(REGISTER, 32, Axis.dim(0), 1)
            .digit(LANE, 32, Axis.dim(1), 1)
            .build();
    SwizzleChoice choice =
        Swizzles.best(
                tile,
                List.of(
                    new SharedAccess("write", WRITE, rows, 1),
                    new SharedAccess("read", READ, rows.transpose(1, 0), 1)),
                4,
                Machines.BANKS)
            .orThrow();
    assertEquals(Optional.of(new Swizzle(5, 0, 5)), choice.swizzle());
    assertTrue(choice.isConflictFree());
    assertEquals(32 * 31, choice.costs().get(1).before().conflicts());
    check(choice, 4);
  }

  /** The example published with Triton's search for optimal swizzles. */
  @Test
  void publishedExampleOfLinearLayouts() {
    Space tile = Space.tile(16, 16);
    Layout from =
        Layout.into(tile)
            .digit(REGISTER, 8, Axis.dim(1), 1)
            .digit(LANE, 2, Axis.dim(1), 8)
            .digit(LANE, 16, Axis.dim(0), 1)
            .build();
    Layout to =
        Layout.into(tile)
            .digit(REGISTER, 2, Axis.dim(1), 1)
            .digit(REGISTER, 2, Axis.dim(0), 8)
            .digit(REGISTER, 2, Axis.dim(1), 8)
            .digit(LANE, 4, Axis.dim(1), 2)
            .digit(LANE, 8, Axis.dim(0), 1)
            .build();
    SwizzleChoice choice =
        Swizzles.best(
                Layout.rowMajor(16, 16),
                List.of(
                    new SharedAccess("write", WRITE, from, 8),
                    new SharedAccess("read", READ, to, 2)),
                2,
                Machines.BANKS)
            .orThrow();
    assertTrue(choice.isConflictFree(), choice::toString);
    check(choice, 2);
  }

  /** Accesses that no member of CuTe's family serves: bits from two distances are needed. */
  @Test
  void aLinearMapIsFoundWhereNoSwizzleOfCuteHelps() {
    Layout tile = Layout.rowMajor(64, 32);
    Layout strided =
        Layout.into(Space.tile(64, 32))
            .digit(REGISTER, 2, Axis.dim(0), 2)
            .digit(REGISTER, 32, Axis.dim(1), 1)
            .digit(LANE, 2, Axis.dim(0), 1)
            .digit(LANE, 16, Axis.dim(0), 4)
            .build();
    Layout rows =
        Layout.into(Space.tile(64, 32))
            .digit(REGISTER, 64, Axis.dim(0), 1)
            .digit(LANE, 32, Axis.dim(1), 1)
            .build();
    SwizzleChoice choice =
        Swizzles.best(
                tile,
                List.of(
                    new SharedAccess("write", WRITE, rows, 1),
                    new SharedAccess("read", READ, strided, 1)),
                4,
                Machines.BANKS)
            .orThrow();
    assertTrue(choice.isConflictFree(), choice::toString);
    assertTrue(choice.swizzle().isEmpty());
    check(choice, 4);
  }

  @Test
  void aTileThatNoSwizzleReachesKeepsItsConflictsAndSaysSo() {
    Layout tile = Layout.strided(new long[] {32, 3}, new long[] {32, 1});
    Layout column =
        Layout.into(Space.tile(32, 3))
            .digit(REGISTER, 3, Axis.dim(1), 1)
            .digit(LANE, 32, Axis.dim(0), 1)
            .build();
    SwizzleChoice choice =
        Swizzles.best(tile, List.of(new SharedAccess("read", READ, column, 1)), 4, Machines.BANKS)
            .orThrow();
    assertFalse(choice.isConflictFree());
    assertFalse(choice.optimal());
    assertEquals(3 * 31, choice.conflicts());
  }

  /**
   * Every access leaves out one column bit and takes one of the three row differences instead. To
   * be free of conflicts each difference would have to be sent to a bank with all bits set, but one
   * is the XOR of the others.
   */
  @Test
  void theCheapestOfAllMapsIsProvenWhereConflictsRemain() {
    List<SharedAccess> accesses = new ArrayList<>();
    for (int left = 0; left < 5; left++) {
      for (int rows = 1; rows <= 3; rows++) {
        LayoutBuilder builder = Layout.into(Space.tile(4, 32));
        for (int bit = 0; bit < 5; bit++) {
          if (bit != left) {
            builder.digit(LANE, 2, Axis.dim(1), 1L << bit);
          }
        }
        builder.digit(LANE, 2, Axis.dim(0), rows);
        accesses.add(new SharedAccess("without " + left, READ, builder.build(), 1));
      }
    }
    SwizzleChoice choice =
        Swizzles.best(Layout.rowMajor(4, 32), accesses, 4, Machines.BANKS).orThrow();
    assertTrue(choice.optimal());
    assertEquals(5, choice.conflicts(), "one of three differences, five times");
    assertEquals(15, choice.costs().stream().mapToLong(c -> c.before().conflicts()).sum());
    check(choice, 4);
  }

  @Test
  void aPaddedTileKeepsItsLayout() {
    Layout padded = Layout.strided(new long[] {32, 32}, new long[] {33, 1});
    Layout column =
        Layout.into(Space.tile(32, 32))
            .digit(REGISTER, 32, Axis.dim(1), 1)
            .digit(LANE, 32, Axis.dim(0), 1)
            .build();
    SwizzleChoice choice =
        Swizzles.best(padded, List.of(new SharedAccess("read", READ, column, 1)), 4, Machines.BANKS)
            .orThrow();
    assertTrue(choice.isConflictFree() && choice.optimal());
    assertEquals(padded, choice.memory());
  }

  @Test
  void anAccessThatDoesNotFitIsRefused() {
    Result<SwizzleChoice> result =
        Swizzles.best(
            Layout.rowMajor(8, 8),
            List.of(new SharedAccess("read", READ, Machines.C, 1)),
            2,
            Machines.BANKS);
    assertFalse(result.isOk());
  }
}
