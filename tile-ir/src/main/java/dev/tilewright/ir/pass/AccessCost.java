package dev.tilewright.ir.pass;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;

import dev.tilewright.ir.Type;
import dev.tilewright.ir.analysis.Divisibility;
import dev.tilewright.ir.analysis.GlobalAccess;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Layout;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What one warp pays to move a tile, in passes of a memory unit. A model to choose between layouts,
 * not a prediction of time.
 *
 * @param divisibility what is known of the offsets
 */
record AccessCost(Target target, Divisibility divisibility) {
  /** Issue and address arithmetic of one global access, next to one pass for each sector. */
  private static final int GLOBAL_ISSUE = 16;

  private static final int SECTOR_BYTES = 32;

  private static final int LINE_BYTES = 128;

  /** Issue and pass of one shared access of {@link #SHARED_BYTES}. */
  private static final int SHARED_ACCESS = 6;

  private static final int SHARED_BYTES = 8;

  private static final int BARRIERS = 40;

  /** No thread may write part of a byte. */
  private static final long NEVER = 1L << 40;

  /** The widest access of a thread in bytes. */
  int widest() {
    return target.vectorBytes().getLast();
  }

  /**
   * How many lanes side by side read a whole line of memory. More gain nothing; lanes that stand
   * along another dimension instead spread over more banks when the tile is transposed.
   */
  int lineLanes(GlobalAccess access, int vector, int lanes) {
    int bits = access.tensor().dtype().bits() * vector;
    return Math.clamp(Integer.highestOneBit(Math.max(1, LINE_BYTES * 8 / bits)), 1, lanes);
  }

  /** Reading or writing global memory straight from or to registers of that layout. */
  long global(GlobalAccess access, Layout registers) {
    int vector = access.vectorElements(registers, divisibility, widest());
    if (vector < access.byteRun()) {
      return NEVER;
    }
    long requests = RegisterLayouts.registers(registers) / vector;
    return requests * (GLOBAL_ISSUE + sectors(access, registers, vector));
  }

  /** The sectors that the first request of the first warp touches; the others are alike. */
  private static long sectors(GlobalAccess access, Layout registers, int vector) {
    Layout addresses = access.addresses(registers);
    int bits = access.tensor().dtype().bits();
    Set<Long> sectors = new HashSet<>();
    for (long lane = 0; lane < registers.domain().extent(LANE); lane++) {
      long first = addresses.apply(addresses.codomain().axis(0), Map.of(LANE, lane, REGISTER, 0L));
      long last = (first + vector) * bits - 1;
      for (long s = first * bits / (8 * SECTOR_BYTES); s <= last / (8 * SECTOR_BYTES); s++) {
        sectors.add(s);
      }
    }
    return sectors.size();
  }

  /** Changing the layout through shared memory. */
  long conversion(Type.Tile tile, Layout from, Layout to) {
    long bits = tile.dtype().bits();
    long accesses =
        Math.ceilDiv(RegisterLayouts.registers(from) * bits, 8L * SHARED_BYTES)
            + Math.ceilDiv(RegisterLayouts.registers(to) * bits, 8L * SHARED_BYTES);
    return accesses * SHARED_ACCESS + BARRIERS;
  }
}
