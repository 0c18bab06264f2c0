package dev.tilewright.layout.analysis;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a shared memory serves a warp: in which banks words lie, and which lanes are served together.
 *
 * <p>Byte {@code a} lies in word {@code a / bytesPerBank} and that word in bank {@code word %
 * banks}. The lanes of one phase are served together; in one wavefront each bank delivers one word,
 * to every lane that wants it. A target's description builds its model; the algebra knows none.
 *
 * @param banks the number of banks, a power of two
 * @param bytesPerBank the bytes of a word, a power of two
 * @param phases for each width of an access in bytes the groups of lanes that are served together;
 *     every lane is in one group
 */
public record BankModel(
    int banks, int bytesPerBank, SortedMap<Integer, List<List<Integer>>> phases) {

  public BankModel {
    if (Integer.bitCount(banks) != 1 || Integer.bitCount(bytesPerBank) != 1) {
      throw new IllegalArgumentException(
          banks + " banks of " + bytesPerBank + " bytes: both must be powers of two");
    }
    SortedMap<Integer, List<List<Integer>>> copy = new TreeMap<>();
    phases.forEach((width, groups) -> copy.put(width, copyOf(width, groups)));
    phases = Collections.unmodifiableSortedMap(copy);
  }

  private static List<List<Integer>> copyOf(int width, List<List<Integer>> groups) {
    List<List<Integer>> copy = groups.stream().map(List::copyOf).toList();
    List<Integer> lanes = copy.stream().flatMap(List::stream).sorted().toList();
    for (int i = 0; i < lanes.size(); i++) {
      if (lanes.get(i) != i) {
        throw new IllegalArgumentException(
            "the phases of " + width + "-byte accesses do not hold every lane once: " + groups);
      }
    }
    return copy;
  }

  /** {@code lanes / size} groups of {@code size} consecutive lanes. */
  public static List<List<Integer>> consecutive(int lanes, int size) {
    List<List<Integer>> groups = new ArrayList<>();
    for (int first = 0; first < lanes; first += size) {
      List<Integer> group = new ArrayList<>();
      for (int lane = first; lane < Math.min(first + size, lanes); lane++) {
        group.add(lane);
      }
      groups.add(group);
    }
    return groups;
  }

  /**
   * The phases of an access of the given width: those of the least width listed that is not
   * smaller.
   *
   * @throws IllegalArgumentException if no width listed is large enough
   */
  public List<List<Integer>> phasesOf(int accessBytes) {
    return phases.tailMap(accessBytes).values().stream()
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no access of " + accessBytes + " bytes; the model has " + phases.keySet()));
  }
}
