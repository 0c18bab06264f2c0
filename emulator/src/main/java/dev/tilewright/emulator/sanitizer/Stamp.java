package dev.tilewright.emulator.sanitizer;

/**
 * Who accessed a byte of a block's memory, when and where, packed into a long: bits 0–20 the
 * instruction, 21–34 the agent's thread in the cluster (1024 times the block's rank plus the thread
 * in the block) or clock, 35–58 its logical clock, then flags. 0 means nobody.
 *
 * <p>Ordering is decided with vector clocks, one entry per warp of the cluster (Lamport; Mattern
 * 1989; the epochs are those of FastTrack, Flanagan and Freund 2009). A warp's own entry advances
 * whenever it releases something to others: at a block barrier, a warp barrier, an mbarrier
 * arrival. Each mbarrier has an entry too: the bulk copies that complete on it advance it, and who
 * waits for its phase learns it.
 */
public final class Stamp {
  /** Threads of one block. */
  public static final int THREADS = 1024;

  /** Warps of one block. */
  public static final int WARPS = THREADS / 32;

  /** The write was made by a bulk copy, and the agent is the clock of its mbarrier. */
  public static final long BULK = 1L << 59;

  /** The access was atomic, volatile or relaxed: two such accesses never race. */
  public static final long STRONG = 1L << 60;

  /** The access was made by an asynchronous operation. */
  public static final long ASYNC = 1L << 61;

  /** Several lanes of the warp read, or one on behalf of all (a row of {@code ldmatrix}). */
  public static final long SEVERAL = 1L << 62;

  private static final long VALID = 1L << 63;
  private static final int PCS = (1 << 21) - 1;
  private static final int AGENTS = (1 << 14) - 1;
  private static final int CLOCKS = (1 << 24) - 1;

  private Stamp() {}

  /**
   * @param thread the thread in the cluster
   * @param clock clocks beyond 24 bits count as the largest, which may miss a race
   */
  public static long of(int pc, int thread, int clock) {
    return VALID | (long) Math.min(clock, CLOCKS) << 35 | (long) thread << 21 | pc & PCS;
  }

  /** A write by a bulk copy that completed when the clock {@code entry} advanced to {@code now}. */
  public static long bulk(int pc, int entry, int now) {
    return of(pc, entry, now) | ASYNC | BULK;
  }

  public static int pc(long stamp) {
    return (int) stamp & PCS;
  }

  /** The thread in the cluster. */
  public static int thread(long stamp) {
    return (int) (stamp >>> 21) & AGENTS;
  }

  public static int clock(long stamp) {
    return (int) (stamp >>> 35) & CLOCKS;
  }

  /**
   * Whether {@code now} may not be reordered with {@code earlier}: same thread, a synchronisation
   * between them, or both strong.
   *
   * @param clocks what the warp of {@code now} has seen of every agent of the cluster
   */
  public static boolean ordered(long earlier, long now, int[] clocks) {
    if (earlier == 0 || (earlier & now & STRONG) != 0) {
      return true;
    }
    int thread = thread(earlier);
    if ((earlier & BULK) != 0) {
      return clock(earlier) <= clocks[thread];
    }
    int warp = thread >> 5;
    if (warp == thread(now) >> 5) {
      boolean sameThread = thread == thread(now) && ((earlier | now) & SEVERAL) == 0;
      return sameThread || clock(earlier) < clocks[warp];
    }
    return clock(earlier) <= clocks[warp];
  }
}
