package dev.tilewright.emulator.numeric;

/** Rounding modes (PTX ISA, "Rounding Modifiers"). */
public enum Rounding {
  NEAREST_EVEN,
  NEAREST_AWAY,
  ZERO,
  DOWN,
  UP;

  /** The mode a modifier names; the integer ones ({@code rni}) name the same modes. */
  public static Rounding named(String modifier) {
    return switch (modifier) {
      case "rn", "rni" -> NEAREST_EVEN;
      case "rna" -> NEAREST_AWAY;
      case "rz", "rzi" -> ZERO;
      case "rm", "rmi" -> DOWN;
      case "rp", "rpi" -> UP;
      default -> throw new IllegalArgumentException(modifier);
    };
  }

  /** Rounds to an integral value, keeping the sign of zero. */
  public double integral(double x) {
    return switch (this) {
      case NEAREST_EVEN -> Math.rint(x);
      case NEAREST_AWAY -> Math.copySign(awayFromZero(Math.abs(x)), x);
      case ZERO -> x < 0 ? Math.ceil(x) : Math.floor(x);
      case DOWN -> Math.floor(x);
      case UP -> Math.ceil(x);
    };
  }

  private static double awayFromZero(double x) {
    double floor = Math.floor(x);
    return x - floor >= 0.5 ? floor + 1 : floor;
  }
}
