package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongUnaryOperator;
import java.util.function.ToLongFunction;

/**
 * The search for a conflict-free swizzle among all linear maps that XOR combinations of the higher
 * offset bits into the bank bits.
 *
 * <p>Two lanes of a phase whose offsets differ by {@code u} collide iff {@code u} leaves the word
 * and the map sends it to bank 0, that is {@code low(u) = N high(u)}, {@code N} being the matrix
 * sought, in the bits that number the banks which the access sees. The columns of {@code N}, one
 * for each higher bit, are chosen one after the other; every {@code u} is checked as soon as the
 * columns of its bits are known.
 */
final class LinearSwizzle {

  private static final int NODES = 1 << 16;
  private static final int SMALL = 1 << 12;

  private final Space.Dim offsets;
  private final int kept;
  private final int banks;
  private final Difference[][] forbidden;
  private final boolean crowded;
  private final long[] columns;
  private int nodes;

  /** A difference that must not fall on zero in the given bits. Both without the bits kept. */
  private record Difference(long bits, long bankMask) implements Comparable<Difference> {
    @Override
    public int compareTo(Difference other) {
      int byBits = Long.compare(bits, other.bits);
      return byBits != 0 ? byBits : Long.compare(bankMask, other.bankMask);
    }
  }

  private LinearSwizzle(
      Space.Dim offsets, int kept, int banks, Difference[][] forbidden, boolean crowded) {
    this.offsets = offsets;
    this.kept = kept;
    this.banks = banks;
    this.forbidden = forbidden;
    this.crowded = crowded;
    this.columns = new long[forbidden.length];
  }

  /** The search for a tile, if its windows are larger than a line of all banks. */
  static Optional<LinearSwizzle> of(
      Layout memory, List<Swizzles.Sampled> accesses, int elementBytes, BankModel model) {
    Space.Dim offsets = memory.codomain().dims().getFirst();
    int total = Long.numberOfTrailingZeros(offsets.extent());
    int kept = Swizzles.keptBits(accesses);
    int banks = Swizzles.bankBits(elementBytes, model);
    if (total <= banks || kept >= banks) {
      return Optional.empty();
    }
    List<TreeSet<Difference>> byHighestBit = new ArrayList<>();
    for (int bit = banks; bit < total; bit++) {
      byHighestBit.add(new TreeSet<>());
    }
    for (Swizzles.Sampled access : accesses) {
      for (Difference u : differences(access, elementBytes, kept, model)) {
        int highest = 63 - Long.numberOfLeadingZeros(u.bits()) + kept;
        if (highest >= banks) {
          // Bits above the windows stay: such a difference is settled by the last column.
          byHighestBit.get(Math.min(highest, total - 1) - banks).add(u);
        }
      }
    }
    Difference[][] forbidden = new Difference[byHighestBit.size()][];
    for (int i = 0; i < forbidden.length; i++) {
      forbidden[i] = byHighestBit.get(i).toArray(Difference[]::new);
    }
    boolean crowded =
        accesses.stream().anyMatch(access -> isCrowded(access, elementBytes, kept, model));
    return Optional.of(new LinearSwizzle(offsets, kept, banks, forbidden, crowded));
  }

  /**
   * Whether a phase has more words than banks among those that agree below the bits that the map
   * changes: then no map can keep them apart.
   */
  private static boolean isCrowded(
      Swizzles.Sampled access, int elementBytes, int kept, BankModel model) {
    SharedAccess shared = access.access();
    BankModel.Phases served = model.of(shared.kind(), elementBytes * shared.elements());
    long places = (long) served.banks() * model.bytesPerBank() / elementBytes >> kept;
    for (long[] request : access.requests()) {
      for (List<Integer> phase : served.lanes()) {
        Map<Long, Set<Long>> words = new HashMap<>();
        for (int lane : phase) {
          if (lane < request.length) {
            long low = (request[lane] & ((1L << kept) - 1)) * elementBytes / model.bytesPerBank();
            Set<Long> high = words.computeIfAbsent(low, _ -> new HashSet<>());
            high.add(request[lane] >> kept);
            if (high.size() > places) {
              return true;
            }
          }
        }
      }
    }
    return false;
  }

  private int choices() {
    return 1 << (banks - kept);
  }

  /** A map without conflicts; none if there is none, or too many would have to be looked at. */
  Optional<Layout> conflictFree() {
    nodes = 0;
    return !crowded && assign(0) ? Optional.of(map()) : Optional.empty();
  }

  /** Whether all maps can be looked at. */
  boolean isSmall() {
    return (long) (banks - kept) * columns.length <= Integer.numberOfTrailingZeros(SMALL);
  }

  /** The cheapest of all maps. */
  Layout cheapest(ToLongFunction<LongUnaryOperator> cost) {
    long[] best = new long[columns.length];
    long least = Long.MAX_VALUE;
    int bits = banks - kept;
    for (long code = 0; code < 1L << (bits * columns.length); code++) {
      for (int i = 0; i < columns.length; i++) {
        columns[i] = code >> (bits * i) & (choices() - 1);
      }
      long found = cost.applyAsLong(this::moved);
      if (found < least) {
        least = found;
        best = columns.clone();
      }
    }
    System.arraycopy(best, 0, columns, 0, best.length);
    return map();
  }

  private long moved(long offset) {
    long chunk = 0;
    for (int i = 0; i < columns.length; i++) {
      if ((offset >> (banks + i) & 1) != 0) {
        chunk ^= columns[i];
      }
    }
    return offset ^ chunk << kept;
  }

  /**
   * The differences between the lanes of a phase, without the low bits, that may meet in a bank:
   * those that agree in the words below the bits that the map changes.
   */
  private static TreeSet<Difference> differences(
      Swizzles.Sampled access, int elementBytes, int kept, BankModel model) {
    long keptMask = (1L << kept) - 1;
    SharedAccess shared = access.access();
    BankModel.Phases served = model.of(shared.kind(), elementBytes * shared.elements());
    long bankMask = (long) served.banks() * model.bytesPerBank() / elementBytes - 1 >> kept;
    TreeSet<Difference> differences = new TreeSet<>();
    for (long[] request : access.requests()) {
      for (List<Integer> phase : served.lanes()) {
        for (int a : phase) {
          for (int b : phase) {
            if (a < b && b < request.length) {
              long u = request[a] ^ request[b];
              boolean otherWord = (u & keptMask) * elementBytes / model.bytesPerBank() != 0;
              if (!otherWord && (u & ~keptMask) != 0) {
                differences.add(new Difference(u >> kept, bankMask));
              }
            }
          }
        }
      }
    }
    return differences;
  }

  private boolean assign(int bit) {
    if (bit == columns.length) {
      return true;
    }
    for (int column = 0; column < choices() && nodes < NODES; column++) {
      nodes++;
      columns[bit] = column;
      if (isFree(bit) && assign(bit + 1)) {
        return true;
      }
    }
    return false;
  }

  private boolean isFree(int bit) {
    for (Difference u : forbidden[bit]) {
      long bank = u.bits() & (choices() - 1);
      for (int i = 0; i <= bit; i++) {
        if ((u.bits() / choices() >> i & 1) != 0) {
          bank ^= columns[i];
        }
      }
      if ((bank & u.bankMask()) == 0) {
        return false;
      }
    }
    return true;
  }

  private Layout map() {
    Axis axis = offsets.axis();
    LayoutBuilder builder = Layout.into(new Space(List.of(offsets))).xor();
    builder.digit(axis, 1L << banks, axis, 1);
    for (int i = 0; i < columns.length; i++) {
      builder.digit(axis, 2, axis, 1L << (banks + i) | columns[i] << kept);
    }
    long rest = offsets.extent() >> (banks + columns.length);
    builder.digit(axis, rest, axis, 1L << (banks + columns.length));
    return builder.build();
  }
}
