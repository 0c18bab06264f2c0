package dev.tilewright.layout.analysis;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How a shared memory serves a warp: in which banks words lie, and which lanes are served together.
 *
 * <p>Byte {@code a} lies in word {@code a / bytesPerBank} and that word in bank {@code word %
 * banks}. The lanes of one phase are served together; in one wavefront each bank delivers one word,
 * to every lane that wants it. Reads and writes, and accesses of different widths, may be served
 * differently, and may see different numbers of banks. A target's description builds its model; the
 * algebra knows none.
 *
 * @param bytesPerBank the bytes of a word, a power of two
 * @param reads for each width of a read in bytes, how it is served
 * @param writes the same for writes
 */
public record BankModel(
    int bytesPerBank, SortedMap<Integer, Phases> reads, SortedMap<Integer, Phases> writes) {

  /**
   * How accesses of one width are served.
   *
   * @param banks the number of banks, a power of two
   * @param lanes the groups of lanes that are served together; every lane is in one group
   */
  public record Phases(int banks, List<List<Integer>> lanes) {
    public Phases {
      if (Integer.bitCount(banks) != 1) {
        throw new IllegalArgumentException(banks + " banks: it must be a power of two");
      }
      lanes = lanes.stream().map(List::copyOf).toList();
      List<Integer> all = lanes.stream().flatMap(List::stream).sorted().toList();
      for (int i = 0; i < all.size(); i++) {
        if (all.get(i) != i) {
          throw new IllegalArgumentException("the phases do not hold every lane once: " + lanes);
        }
      }
    }
  }

  public BankModel {
    if (Integer.bitCount(bytesPerBank) != 1) {
      throw new IllegalArgumentException(
          "words of " + bytesPerBank + " bytes: it must be a power of two");
    }
    reads = Collections.unmodifiableSortedMap(new TreeMap<>(reads));
    writes = Collections.unmodifiableSortedMap(new TreeMap<>(writes));
  }

  /**
   * A memory that serves reads and writes alike, with the same banks at every width.
   *
   * @param phases for each width of an access in bytes the groups of lanes that are served together
   */
  public BankModel(int banks, int bytesPerBank, SortedMap<Integer, List<List<Integer>>> phases) {
    this(bytesPerBank, uniform(banks, phases), uniform(banks, phases));
  }

  private static SortedMap<Integer, Phases> uniform(
      int banks, SortedMap<Integer, List<List<Integer>>> phases) {
    SortedMap<Integer, Phases> uniform = new TreeMap<>();
    phases.forEach((width, lanes) -> uniform.put(width, new Phases(banks, lanes)));
    return uniform;
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

  /** The greatest number of banks that an access sees. */
  public int banks() {
    return Stream.of(reads, writes)
        .flatMap(served -> served.values().stream())
        .mapToInt(Phases::banks)
        .max()
        .orElse(1);
  }

  /**
   * How an access of the given width is served: as one of the least width listed that is not
   * smaller.
   *
   * @throws IllegalArgumentException if no width listed is large enough
   */
  public Phases of(SharedAccess.Kind kind, int accessBytes) {
    SortedMap<Integer, Phases> served = kind == SharedAccess.Kind.WRITE ? writes : reads;
    return served.tailMap(accessBytes).values().stream()
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no access of " + accessBytes + " bytes; the model has " + served.keySet()));
  }

  /** The phases of a read: see {@link #of}. */
  public List<List<Integer>> phasesOf(int accessBytes) {
    return of(SharedAccess.Kind.READ, accessBytes).lanes();
  }
}
