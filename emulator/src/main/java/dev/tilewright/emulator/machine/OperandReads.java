package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.FindingCode;

/**
 * Which {@code wgmma} of each warpgroup has last read, or will read, each 16 bytes of a block's
 * shared memory. Writing there is a race unless the writer comes after a wait for it.
 */
final class OperandReads {
  private final Block block;
  private final int groups;

  /** 1 plus the number of the instruction, by 16 bytes and warpgroup. */
  private final int[] last;

  OperandReads(Block block) {
    this.block = block;
    this.groups = Math.ceilDiv(block.warps.length, Warpgroup.WARPS);
    this.last = new int[Math.ceilDiv(block.shared.data.length, 16) * groups];
  }

  void reading(int group, int number, int[] chunks) {
    for (int chunk : chunks) {
      last[(chunk >> 4) * groups + group] = number + 1;
    }
  }

  void writing(Warp warp, int lane, int offset, int bytes) {
    for (int at = (offset >> 4) * groups; at <= (offset + bytes - 1 >> 4) * groups; at += groups) {
      for (int group = 0; group < groups; group++) {
        int number = last[at + group] - 1;
        if (number >= 0 && !block.warpgroup(group).endedBefore(number, warp)) {
          report(warp, lane, offset, bytes, block.warpgroup(group).line(number));
        }
      }
    }
  }

  private static void report(Warp warp, int lane, int offset, int bytes, int line) {
    warp.report(
        FindingCode.WGMMA_OPERAND_OVERWRITTEN,
        lane,
        line,
        "writes %d bytes at shared address 0x%x, which the wgmma of line %d reads; no wgmma.wait_group and barrier order the write after it"
            .formatted(bytes, offset, line));
  }
}
