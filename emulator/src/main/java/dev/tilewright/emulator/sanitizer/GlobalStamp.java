package dev.tilewright.emulator.sanitizer;

/**
 * Who accessed a granule of global memory, packed into a long: bits 0–16 the instruction, 17–26 the
 * thread, 27–40 the warp's clock, 41–61 the block plus one, 62 strong. 0 means nobody; block {@link
 * #SEVERAL_BLOCKS} means more than one. Bit 63 says that an asynchronous copy made the access.
 */
public final class GlobalStamp {
  /** The largest grid whose accesses can be told apart. */
  public static final int MAX_BLOCKS = (1 << 21) - 3;

  static final int SEVERAL_BLOCKS = (1 << 21) - 2;
  private static final long STRONG = 1L << 62;

  /** The access was made by the asynchronous proxy. */
  public static final long ASYNC = 1L << 63;

  private static final int CLOCKS = (1 << 14) - 1;

  private GlobalStamp() {}

  /**
   * @param clock clocks beyond 14 bits count as the largest: accesses then look unordered only if
   *     the warp has passed no barrier at all since, so no false alarm arises
   */
  public static long of(int pc, int thread, int clock, int block, boolean strong) {
    return (pc & 0x1ffff)
        | (long) thread << 17
        | (long) Math.min(clock, CLOCKS) << 27
        | (long) (block + 1) << 41
        | (strong ? STRONG : 0);
  }

  public static int pc(long stamp) {
    return (int) stamp & 0x1ffff;
  }

  public static int thread(long stamp) {
    return (int) (stamp >>> 17) & 0x3ff;
  }

  public static int clock(long stamp) {
    return (int) (stamp >>> 27) & CLOCKS;
  }

  /** Whether the clock is exact. */
  public static boolean hasClock(long stamp) {
    return clock(stamp) < CLOCKS;
  }

  /** The block, or more than {@link #MAX_BLOCKS} for several. */
  public static int block(long stamp) {
    return ((int) (stamp >>> 41) & 0x1fffff) - 1;
  }

  static long severalBlocks(long stamp) {
    return stamp & ~(0x1fffffL << 41) | (long) (SEVERAL_BLOCKS + 1) << 41;
  }

  static boolean ordered(long earlier, long now, BlockOrder order) {
    if (earlier == 0 || (earlier & now & STRONG) != 0) {
      return true;
    }
    int block = block(earlier);
    int thread = thread(earlier);
    int warp = thread >> 5;
    if (block == SEVERAL_BLOCKS) {
      return false;
    }
    if (block == block(now) && warp == thread(now) >> 5) {
      return thread == thread(now) || clock(earlier) < order.seen(block, warp);
    }
    return clock(earlier) <= order.seen(block, warp);
  }
}
