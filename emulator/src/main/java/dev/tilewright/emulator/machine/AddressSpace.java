package dev.tilewright.emulator.machine;

/**
 * The memories and the windows through which generic addresses see them. Inside its own space a
 * shared, local, constant or parameter address is an offset; a generic one is the offset plus the
 * window's base. Device memory is not shifted.
 */
public enum AddressSpace {
  GLOBAL(0),
  /** A block's own shared memory: {@code .shared::cta}. */
  SHARED(2L << 40),
  /**
   * The shared memory of all blocks of a cluster: an address of {@code .shared::cta}, which means
   * the block itself, or one made by {@code mapa}, which names a block by its rank.
   */
  CLUSTER(2L << 40),
  LOCAL(1L << 40),
  CONSTANT(3L << 40),
  PARAMETER(4L << 40),
  GENERIC(0);

  /** Every window is this large. */
  private static final long WINDOW = 1L << 40;

  /** Where an address of the cluster's shared memory holds the block's rank, plus one. */
  private static final int RANK_SHIFT = 24;

  /** Where device allocations start. */
  static final long HEAP = 16L << 40;

  private final long window;

  AddressSpace(long window) {
    this.window = window;
  }

  /** The generic address of offset 0 of this space. */
  public long window() {
    return window;
  }

  /** The space a generic address points into. */
  public static AddressSpace of(long generic) {
    return switch ((int) (generic / WINDOW)) {
      case 1 -> LOCAL;
      case 2 -> SHARED;
      case 3 -> CONSTANT;
      case 4 -> PARAMETER;
      default -> GLOBAL;
    };
  }

  /** The space's name in PTX. */
  public String label() {
    return switch (this) {
      case GLOBAL -> "global";
      case SHARED -> "shared";
      case CLUSTER -> "shared::cluster";
      case LOCAL -> "local";
      case CONSTANT -> "const";
      case PARAMETER -> "param";
      case GENERIC -> "generic";
    };
  }

  /**
   * What {@code mapa} makes of a shared-memory address: the same place in the block of that rank.
   */
  public static long mapped(long address, int rank) {
    return address & ~(0xffL << RANK_SHIFT) | (long) (rank + 1) << RANK_SHIFT;
  }

  /** The rank of the block that a shared-memory address names, or {@code own} if it names none. */
  public static int rank(long address, int own) {
    int field = (int) (address >>> RANK_SHIFT) & 0xff;
    return field == 0 ? own : field - 1;
  }

  /** A shared-memory address without the block's rank. */
  static long withinBlock(long address) {
    return address & (1L << RANK_SHIFT) - 1;
  }
}
