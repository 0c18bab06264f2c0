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

  /**
   * By 16 bytes, the instruction of the tensor copy that wrote them, times 16, plus the row of its
   * swizzle in 16 bytes; 0 if something else did.
   */
  private final int[] copies;

  OperandReads(Block block) {
    this.block = block;
    this.groups = Math.ceilDiv(block.warps.length, Warpgroup.WARPS);
    int pieces = Math.ceilDiv(block.shared.data.length, 16);
    this.last = new int[pieces * groups];
    this.copies = new int[pieces];
  }

  void reading(int group, int number, int[] chunks) {
    for (int chunk : chunks) {
      last[(chunk >> 4) * groups + group] = number + 1;
    }
  }

  /** A tensor copy writes these pieces, swizzled in rows of {@code span} bytes (16: not at all). */
  void copied(int pc, int span, int[] pieces) {
    for (int piece : pieces) {
      copies[piece >> 4] = pc << 4 | span >> 4;
    }
  }

  /** What a tensor copy swizzled must be read with the same swizzle. */
  void requireSwizzle(Warp warp, String operand, int[] chunks, int width) {
    for (int chunk : chunks) {
      int copy = copies[chunk >> 4];
      if (copy != 0 && (copy & 15) << 4 != width) {
        int line = block.launch.line(copy >>> 4);
        warp.report(
            FindingCode.WGMMA_DESCRIPTOR,
            0,
            line,
            "has a descriptor of %s with %s; the tensor copy of line %d wrote it with %s"
                .formatted(operand, swizzle(width), line, swizzle((copy & 15) << 4)));
        return;
      }
    }
  }

  private static String swizzle(int width) {
    return width == 16 ? "no swizzle" : "a " + width + "-byte swizzle";
  }

  void writing(Warp warp, int lane, int offset, int bytes) {
    for (int piece = offset >> 4; piece <= offset + bytes - 1 >> 4; piece++) {
      copies[piece] = 0;
    }
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
