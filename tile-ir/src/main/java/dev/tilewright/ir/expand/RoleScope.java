package dev.tilewright.ir.expand;

import java.util.OptionalInt;

/**
 * The threads that run the code at hand: all of the block, or one role.
 *
 * @param number of the role; absent outside roles
 * @param firstWarp the first of its warps
 * @param warps how many it has
 * @param single whether one thread runs the code already
 */
record RoleScope(OptionalInt number, int firstWarp, int warps, boolean single) {

  static RoleScope block(int warps) {
    return new RoleScope(OptionalInt.empty(), 0, warps, false);
  }
}
