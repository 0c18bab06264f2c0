package dev.tilewright.layout.analysis;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.WARP;

import dev.tilewright.layout.Layout;
import java.util.TreeMap;

/** A machine to test with: 32 banks of 4 bytes, 32 lanes, and its fragments. */
final class Machines {

  static final BankModel BANKS = banks();

  private Machines() {}

  private static BankModel banks() {
    var phases = new TreeMap<Integer, java.util.List<java.util.List<Integer>>>();
    phases.put(4, BankModel.consecutive(32, 32));
    phases.put(8, BankModel.consecutive(32, 16));
    phases.put(16, BankModel.consecutive(32, 8));
    return new BankModel(32, 4, phases);
  }

  /** {@code mma.m16n8k16}, the accumulator. */
  static final Layout C =
      Layout.local(2, 1).product(Layout.spatial(LANE, 8, 4)).product(Layout.local(1, 2));

  /** {@code mma.m16n8k16}, A: rows by k. */
  static final Layout A =
      Layout.columnLocal(2, 2).product(Layout.spatial(LANE, 8, 4)).product(Layout.local(1, 2));

  /** {@code mma.m16n8k16}, B, as columns by k: {@code n} is dim0. */
  static final Layout B =
      Layout.local(1, 2).product(Layout.spatial(LANE, 8, 4)).product(Layout.local(1, 2));

  /** A tile of {@code rows x columns} by 16-byte chunks, a chunk per lane, row by row. */
  static Layout chunks(int rows, int columns, int chunk, int warps) {
    int lanesInRow = columns / chunk;
    int rowsPerPass = 32 / lanesInRow * warps;
    return Layout.local(rows / rowsPerPass, 1)
        .product(Layout.spatial(WARP, warps, 1))
        .product(Layout.spatial(LANE, 32 / lanesInRow, lanesInRow))
        .product(Layout.local(1, chunk));
  }
}
