package dev.tilewright.emulator.machine;

/**
 * The memories and the windows through which generic addresses see them. Inside its own space a
 * shared, local, constant or parameter address is an offset; a generic one is the offset plus the
 * window's base. Device memory is not shifted.
 */
public enum AddressSpace {
  GLOBAL(0),
  SHARED(2L << 40),
  LOCAL(1L << 40),
  CONSTANT(3L << 40),
  PARAMETER(4L << 40),
  GENERIC(0);

  /** Every window is this large. */
  private static final long WINDOW = 1L << 40;

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
      case LOCAL -> "local";
      case CONSTANT -> "const";
      case PARAMETER -> "param";
      case GENERIC -> "generic";
    };
  }
}
