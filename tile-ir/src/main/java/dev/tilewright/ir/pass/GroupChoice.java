package dev.tilewright.ir.pass;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.target.GroupMma;
import dev.tilewright.ir.target.WarpSpecialization;
import java.util.List;
import java.util.Optional;

/**
 * The instruction of a warp group that a product is made of.
 *
 * @param n how wide it is
 */
record GroupChoice(GroupMma family, int n) {

  String instruction() {
    return family.at(n);
  }

  /** The families that multiply such factors, best first. */
  static List<GroupMma> ofTypes(WarpSpecialization target, DType a, DType b, DType accumulator) {
    return target.products().stream()
        .filter(p -> p.a().equals(a) && p.b().equals(b) && p.accumulator().equals(accumulator))
        .toList();
  }

  /**
   * The widest instruction of a family that an m×n×k product is made of, its rows shared by some
   * warp groups.
   */
  static Optional<GroupChoice> of(GroupMma family, int m, int n, int k, int groups) {
    if (m % (family.m() * groups) != 0 || k % family.k() != 0) {
      return Optional.empty();
    }
    for (int width = Math.min(n, family.nMost()); width > 0; width--) {
      if (n % width == 0 && family.has(width)) {
        return Optional.of(new GroupChoice(family, width));
      }
    }
    return Optional.empty();
  }
}
