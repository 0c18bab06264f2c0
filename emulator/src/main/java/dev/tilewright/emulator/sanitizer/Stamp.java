package dev.tilewright.emulator.sanitizer;

/**
 * Who accessed a byte of a block's memory, when and where, packed into a long: bits 0–21 the
 * instruction, 22–31 the thread in the block, 32–59 the warp's logical clock, then flags. 0 means
 * nobody.
 *
 * <p>Ordering is decided with vector clocks, one entry per warp (Lamport; Mattern 1989; the epochs
 * are those of FastTrack, Flanagan and Freund 2009). A warp's own entry advances whenever it
 * releases something to others: at a block barrier, a warp barrier, an mbarrier arrival.
 */
public final class Stamp {
  /** The access was atomic, volatile or relaxed: two such accesses never race. */
  public static final long STRONG = 1L << 60;

  /** The write was made by an asynchronous copy. */
  public static final long ASYNC = 1L << 61;

  /** Several lanes of the warp read, or one on behalf of all (a row of {@code ldmatrix}). */
  public static final long SEVERAL = 1L << 62;

  private static final long VALID = 1L << 63;

  private Stamp() {}

  public static long of(int pc, int thread, int clock) {
    return VALID | (long) clock << 32 | (long) thread << 22 | pc;
  }

  public static int pc(long stamp) {
    return (int) stamp & 0x3fffff;
  }

  public static int thread(long stamp) {
    return (int) (stamp >>> 22) & 0x3ff;
  }

  public static int clock(long stamp) {
    return (int) (stamp >>> 32) & 0xfffffff;
  }

  /**
   * Whether {@code now} may not be reordered with {@code earlier}: same thread, a synchronisation
   * between them, or both strong.
   *
   * @param clocks what the warp of {@code now} has seen of every warp of the block
   */
  static boolean ordered(long earlier, long now, int[] clocks) {
    if (earlier == 0 || (earlier & now & STRONG) != 0) {
      return true;
    }
    int thread = thread(earlier);
    int warp = thread >> 5;
    if (warp == thread(now) >> 5) {
      boolean sameThread = thread == thread(now) && ((earlier | now) & SEVERAL) == 0;
      return sameThread || clock(earlier) < clocks[warp];
    }
    return clock(earlier) <= clocks[warp];
  }
}
