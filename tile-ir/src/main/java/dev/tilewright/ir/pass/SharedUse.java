package dev.tilewright.ir.pass;

import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.analysis.Ldmatrix;
import dev.tilewright.layout.analysis.SharedAccess;
import dev.tilewright.layout.analysis.SharedAccess.Kind;
import dev.tilewright.layout.analysis.VectorWidth;
import java.util.Optional;

/**
 * How threads use a buffer in shared memory.
 *
 * @param kind whether they read or write it
 * @param registers which thread moves which element
 * @param transfer the elements that an asynchronous copy moves together; 0 for other accesses
 */
record SharedUse(Kind kind, Layout registers, int transfer) {

  private static final int MATRIX_ROW_BYTES = 16;

  /** An asynchronous copy by the same warps with neighbouring lanes elsewhere. */
  SharedUse withLanesReversed() {
    return transfer == 0
        ? this
        : new SharedUse(kind, RegisterLayouts.withLanesReversed(registers), transfer);
  }

  /**
   * The access that this use becomes when the buffer lies as {@code memory} says: matrix loads
   * where they apply, else the widest vectors.
   *
   * @return empty if an asynchronous copy's transfers would be torn apart
   */
  Optional<SharedAccess> access(Layout memory, int bits, Target target) {
    int widest = target.vectorBytes().getLast();
    Result<Layout> addresses = memory.compose(registers);
    if (!(addresses instanceof Result.Ok<Layout>(Layout composed))) {
      return Optional.empty();
    }
    Optional<SharedAccess> matrices = matrices(memory, bits, target);
    return matrices.isPresent() ? matrices : vectorsOf(composed, bits, widest);
  }

  /**
   * As {@link #access}, by vectors even where matrix loads apply.
   *
   * @param widest bytes of the widest vector, if this is no asynchronous copy
   */
  Optional<SharedAccess> vectors(Layout memory, int bits, int widest) {
    return memory.compose(registers) instanceof Result.Ok<Layout>(Layout composed)
        ? vectorsOf(composed, bits, widest)
        : Optional.empty();
  }

  private Optional<SharedAccess> matrices(Layout memory, int bits, Target target) {
    if (kind != Kind.READ || !target.matrixLoads()) {
      return Optional.empty();
    }
    return matrixLoad(memory, bits / 8)
        .map(
            matrices ->
                new SharedAccess(
                    matrices.transposed() ? "ldmatrix.trans" : "ldmatrix",
                    Kind.ROWS,
                    matrices.rows(),
                    MATRIX_ROW_BYTES * 8 / bits));
  }

  private Optional<SharedAccess> vectorsOf(Layout composed, int bits, int widest) {
    if (transfer > 0 && !keepsTransfers(composed, bits)) {
      return Optional.empty();
    }
    int moved = transfer > 0 ? transfer : VectorWidth.of(composed, bits, widest).elements();
    String name =
        (transfer > 0 ? "async copy" : kind == Kind.READ ? "load" : "store")
            + " of "
            + moved * bits / 8
            + " bytes";
    // Of the warps that hold the same, one writes.
    Layout points = kind == Kind.WRITE ? registers.withoutReplication(Axis.WARP) : registers;
    return Optional.of(new SharedAccess(name, kind, points, moved));
  }

  /** Whether the lowest registers of every thread, one transfer, lie side by side in order. */
  private boolean keepsTransfers(Layout addresses, int bits) {
    VectorWidth width = VectorWidth.of(addresses, bits, transfer * bits / 8);
    if (width.elements() != transfer) {
      return false;
    }
    int first = width.registers().indexOf(0);
    for (int i = 0; i < transfer; i++) {
      if (width.registers().get(first + i) != i) {
        return false;
      }
    }
    return true;
  }

  private Optional<Ldmatrix> matrixLoad(Layout memory, int bytes) {
    if (Ldmatrix.applies(memory, registers, bytes, false) instanceof Result.Ok<Ldmatrix>(var m)) {
      return Optional.of(m);
    }
    return Ldmatrix.applies(memory, registers, bytes, true) instanceof Result.Ok<Ldmatrix>(var m)
        ? Optional.of(m)
        : Optional.empty();
  }
}
