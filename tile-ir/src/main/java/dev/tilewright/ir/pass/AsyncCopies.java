package dev.tilewright.ir.pass;

import dev.tilewright.ir.analysis.Divisibility;
import dev.tilewright.ir.analysis.GlobalAccess;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Layout;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which thread copies what, when a tile is copied to shared memory asynchronously. */
final class AsyncCopies {
  private AsyncCopies() {}

  /**
   * The elements of one transfer: the target's largest that is aligned wherever the tile starts. A
   * transfer may run over the tensor's edge, since what lies beyond is filled with zeros.
   *
   * @return empty if even the smallest transfer is not aligned, or the target has none
   */
  static Optional<Integer> transferElements(
      GlobalAccess access, Divisibility divisibility, Target target) {
    int bits = access.tensor().dtype().bits();
    if (bits < Byte.SIZE) {
      return Optional.empty();
    }
    return List.copyOf(target.asyncCopyBytes()).reversed().stream()
        .filter(bytes -> bytes * 8 >= bits)
        .map(bytes -> bytes * 8 / bits)
        .filter(n -> access.alignedElements(divisibility, n * bits / 8) == n)
        .findFirst();
  }

  /** The layout of the copy, coalesced over all threads. */
  static Optional<Layout> layout(
      GlobalAccess access, Divisibility divisibility, Target target, int warps) {
    int rank = access.shape().size();
    int unit = access.unit() >= 0 ? access.unit() : Math.max(0, rank - 1);
    return transferElements(access, divisibility, target)
        .map(
            elements ->
                RegisterLayouts.blocked(
                    access.shape(), unit, elements, target.lanes(), warps, Set.of()));
  }
}
