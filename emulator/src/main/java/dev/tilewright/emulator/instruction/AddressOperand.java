package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.machine.AddressSpace;
import dev.tilewright.emulator.machine.Warp;

/**
 * {@code [base + offset]}.
 *
 * @param wide whether the base is a 64-bit register
 */
public record AddressOperand(AddressSpace space, boolean wide, int base, long offset) {

  long at(Warp warp, int lane) {
    // A 32-bit address wraps at 32 bits, as the shared window does.
    return wide
        ? warp.longs[base + lane] + offset
        : (warp.words[base + lane] + (int) offset) & 0xffffffffL;
  }

  void fill(Warp warp, int mask, long[] addresses) {
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      addresses[lane] = at(warp, lane);
    }
  }
}
