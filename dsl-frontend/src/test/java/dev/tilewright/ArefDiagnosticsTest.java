package dev.tilewright;

import static dev.tilewright.Diagnostics.expect;
import static dev.tilewright.dtype.DType.F16;
import static dev.tilewright.dtype.DType.F32;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** One tiny kernel for each misuse of arefs, slots and roles. */
class ArefDiagnosticsTest {

  private static Aref ring(KernelBuilder k) {
    return k.aref(2, TileSpec.of(F16, 8, 8));
  }

  @Test
  void slotReleasedTwice() throws IOException {
    expect(
        Misuse.SLOT_GIVEN_AWAY,
        k -> {
          var slot = ring(k).get();
          slot.consumed();
          slot.release();
        });
  }

  @Test
  void tileOfASlotGivenAway() throws IOException {
    expect(
        Misuse.SLOT_GIVEN_AWAY,
        "tile",
        k -> {
          var slot = ring(k).get();
          var tile = slot.tile(0);
          slot.consumed();
          tile.plus(1);
        });
  }

  @Test
  void slotNeverCommitted() throws IOException {
    expect(
        Misuse.SLOT_KEPT,
        k -> {
          var ring = ring(k);
          k.range(4, i -> ring.acquireWrite());
        });
  }

  @Test
  void slotNeverReleased() throws IOException {
    expect(Misuse.SLOT_KEPT, "read", k -> ring(k).get());
  }

  @Test
  void slotReleasedInALoop() throws IOException {
    expect(
        Misuse.SLOT_REGION,
        k -> {
          var slot = ring(k).get();
          k.range(4, i -> slot.consumed());
        });
  }

  @Test
  void writeToASlotForReading() throws IOException {
    expect(Misuse.SLOT_SIDE, k -> ring(k).get().tile(0).set(k.zeros(F16, 8, 8)));
  }

  @Test
  void twoWaysOfFilling() throws IOException {
    expect(
        Misuse.COMPLETION_MIXED,
        k -> {
          var x = k.in("x", F16, k.dim("n"), k.dim(8));
          var slot = k.aref(2, TileSpec.of(F16, 8, 8), TileSpec.of(F16, 8, 8)).acquireWrite();
          slot.load(0, x.tile(0, 0, 8, 8));
          slot.tile(1).set(k.zeros(F16, 8, 8));
        });
  }

  @Test
  void productNotNamed() throws IOException {
    expect(
        Misuse.SLOT_STILL_READ,
        k -> {
          var slot = ring(k).get();
          k.zeros(F32, 8, 8).mmaAsync(slot.tile(0), slot.tile(0));
          slot.release();
        });
  }

  @Test
  void tileFromOutsideTheRole() throws IOException {
    expect(
        Misuse.ACROSS_ROLES,
        k -> {
          var acc = k.zeros(F32, 8, 8);
          k.roles(r -> r.role("consumer", 4, () -> acc.plusAssign(1)));
        });
  }

  @Test
  void twoRolesOfOneName() throws IOException {
    expect(
        Misuse.ROLE,
        k ->
            k.roles(
                r -> {
                  r.role("producer", 4, () -> {});
                  r.role("producer", 8, () -> {});
                }));
  }

  @Test
  void roleWithoutWarps() throws IOException {
    expect(Misuse.ROLE, "warps", k -> k.roles(r -> r.role("producer", 0, 40, () -> {})));
  }

  @Test
  void roleWithinARole() throws IOException {
    expect(
        Misuse.ROLE,
        "nested",
        k -> k.roles(r -> r.role("outer", 4, () -> k.roles(s -> s.role("inner", 4, () -> {})))));
  }

  @Test
  void noRoles() throws IOException {
    expect(Misuse.ROLE, "none", k -> k.roles(r -> {}));
  }

  @Test
  void otherTilesThanASlotHolds() throws IOException {
    expect(Misuse.RANK_MISMATCH, "put", k -> ring(k).put(k.zeros(F16, 8, 8), k.zeros(F16, 8, 8)));
  }

  @Test
  void tileThatASlotDoesNotHave() throws IOException {
    expect(Misuse.AXIS_OUT_OF_RANGE, "slot", k -> ring(k).get().tile(1));
  }

  @Test
  void arefOfNothing() throws IOException {
    expect(Misuse.EXTENT_NOT_POSITIVE, "aref", k -> k.aref(2));
  }

  @Test
  void transposedTarget() throws IOException {
    expect(
        Misuse.ASSIGN_SHAPE,
        "transposed-target",
        k -> k.shared(F16, 8, 8).t().set(k.zeros(F16, 8, 8)));
  }
}
