package dev.tilewright.layout;

import java.util.Comparator;
import java.util.List;

/**
 * A named axis of a {@link Space}.
 *
 * <p>The names below have a fixed meaning; any other identifier is free for a user's own axis. Axes
 * are ordered: {@code register, lane, warp, block}, then {@code dim0, dim1, …} by number, then all
 * other names alphabetically, then {@code offset}, then {@code bit}. The order decides nothing but
 * how spaces made by the algebra list their axes.
 *
 * @param name an identifier: a letter or underscore, then letters, digits and underscores
 */
public record Axis(String name) implements Comparable<Axis> {

  /** The register slots of one thread, counted in elements. */
  public static final Axis REGISTER = new Axis("register");

  /** The threads of a warp (a wave on AMD). */
  public static final Axis LANE = new Axis("lane");

  /** The warps of a block. */
  public static final Axis WARP = new Axis("warp");

  /** The blocks of a cluster. */
  public static final Axis BLOCK = new Axis("block");

  /** A place in a memory, counted in elements. */
  public static final Axis OFFSET = new Axis("offset");

  /** The bits of an element, least significant first. */
  public static final Axis BIT = new Axis("bit");

  private static final List<Axis> HARDWARE = List.of(REGISTER, LANE, WARP, BLOCK);

  private static final Comparator<Axis> ORDER =
      Comparator.comparingInt(Axis::rank)
          .thenComparingInt(Axis::dimension)
          .thenComparing(Axis::name);

  public Axis {
    if (!isName(name)) {
      throw new IllegalArgumentException("'" + name + "' is not an axis name");
    }
  }

  /** The {@code i}-th dimension of a tile or tensor, {@code dim0} being the first of its shape. */
  public static Axis dim(int i) {
    if (i < 0) {
      throw new IllegalArgumentException("dimension " + i + " is negative");
    }
    return new Axis("dim" + i);
  }

  /** The number {@code i} of {@code Axis.dim(i)}, or -1 for every other axis. */
  public int dimension() {
    if (name.length() < 4 || name.length() > 9 || !name.startsWith("dim")) {
      return -1;
    }
    for (int i = 3; i < name.length(); i++) {
      if (!Character.isDigit(name.charAt(i))) {
        return -1;
      }
    }
    int number = Integer.parseInt(name.substring(3));
    return name.length() == 3 + Integer.toString(number).length() ? number : -1;
  }

  private int rank() {
    int hardware = HARDWARE.indexOf(this);
    if (hardware >= 0) {
      return hardware;
    }
    if (dimension() >= 0) {
      return 10;
    }
    return equals(OFFSET) ? 12 : equals(BIT) ? 13 : 11;
  }

  private static boolean isName(String name) {
    if (name.isEmpty() || !isLetter(name.charAt(0))) {
      return false;
    }
    return name.chars().allMatch(c -> isLetter((char) c) || (c >= '0' && c <= '9'));
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }

  @Override
  public int compareTo(Axis other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return name;
  }
}
