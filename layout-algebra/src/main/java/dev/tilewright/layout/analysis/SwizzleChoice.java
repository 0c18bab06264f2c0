package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Swizzle;
import java.util.List;
import java.util.Optional;

/**
 * A swizzled memory layout with the proof of what it achieves.
 *
 * @param memory tile dimensions to offsets in elements, swizzled
 * @param swizzle the swizzle as CuTe's {@code Swizzle<B,M,S>}, if it is one
 * @param costs for every access its exact cost before and after
 * @param optimal whether no swizzle of the searched family costs less: either no conflict is left,
 *     or the whole family was searched
 */
public record SwizzleChoice(
    Layout memory, Optional<Swizzle> swizzle, List<Cost> costs, boolean optimal) {

  /** What one access costs without and with the swizzle. */
  public record Cost(SharedAccess access, BankConflicts before, BankConflicts after) {}

  public SwizzleChoice {
    costs = List.copyOf(costs);
  }

  /** The wavefronts that bank conflicts cost over all accesses. */
  public long conflicts() {
    return costs.stream().mapToLong(cost -> cost.after().conflicts()).sum();
  }

  public boolean isConflictFree() {
    return conflicts() == 0;
  }
}
