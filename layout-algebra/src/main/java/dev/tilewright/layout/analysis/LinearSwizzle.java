package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The search for a conflict-free swizzle among all linear maps that XOR combinations of the higher
 * offset bits into the bank bits.
 *
 * <p>Two lanes of a phase whose offsets differ by {@code u} collide iff {@code u} leaves the word
 * and the map sends it to bank 0, that is {@code low(u) = N high(u)}, {@code N} being the matrix
 * sought. The columns of {@code N}, one for each higher bit, are chosen one after the other; every
 * {@code u} is checked as soon as the columns of its bits are known.
 */
final class LinearSwizzle {

  private static final int NODES = 1 << 16;

  private final long[][] forbidden;
  private final long[] columns;
  private final int choices;
  private int nodes;

  private LinearSwizzle(long[][] forbidden, int choices) {
    this.forbidden = forbidden;
    this.columns = new long[forbidden.length];
    this.choices = choices;
  }

  /**
   * The result of the search.
   *
   * @param map offsets to offsets, without a conflict
   * @param exhaustive if there is no map: whether there is none, rather than none found
   */
  record Outcome(Optional<Layout> map, boolean exhaustive) {}

  static Outcome search(
      Layout memory, List<Swizzles.Sampled> accesses, int elementBytes, BankModel model) {
    Space.Dim offsets = memory.codomain().dims().getFirst();
    int total = Long.numberOfTrailingZeros(offsets.extent());
    int kept = Swizzles.keptBits(accesses);
    int banks = Swizzles.bankBits(elementBytes, model);
    if (total <= banks || kept >= banks || !memory.toLinear().isOk()) {
      return new Outcome(Optional.empty(), false);
    }
    List<TreeSet<Long>> byHighestBit = new ArrayList<>();
    for (int bit = banks; bit < total; bit++) {
      byHighestBit.add(new TreeSet<>());
    }
    for (Swizzles.Sampled access : accesses) {
      for (long u : differences(access, elementBytes, kept, model)) {
        int highest = 63 - Long.numberOfLeadingZeros(u);
        if (highest >= banks) {
          byHighestBit.get(highest - banks).add(u);
        }
      }
    }
    long[][] forbidden = new long[byHighestBit.size()][];
    for (int i = 0; i < forbidden.length; i++) {
      forbidden[i] = byHighestBit.get(i).stream().mapToLong(u -> u >> kept).toArray();
    }
    LinearSwizzle search = new LinearSwizzle(forbidden, 1 << (banks - kept));
    if (!search.assign(0)) {
      return new Outcome(Optional.empty(), search.nodes < NODES);
    }
    return new Outcome(Optional.of(search.map(offsets, kept, banks)), true);
  }

  /**
   * The differences between the lanes of a phase, without the low bits, that may meet in a bank:
   * those that agree in the words below the bits that the map changes.
   */
  private static TreeSet<Long> differences(
      Swizzles.Sampled access, int elementBytes, int kept, BankModel model) {
    long keptMask = (1L << kept) - 1;
    TreeSet<Long> differences = new TreeSet<>();
    for (long[] request : access.requests()) {
      for (List<Integer> phase : model.phasesOf(elementBytes * access.access().elements())) {
        for (int a : phase) {
          for (int b : phase) {
            if (a < b && b < request.length) {
              long u = request[a] ^ request[b];
              boolean otherWord = (u & keptMask) * elementBytes / model.bytesPerBank() != 0;
              if (!otherWord && (u & ~keptMask) != 0) {
                differences.add(u & ~keptMask);
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
    for (int column = 0; column < choices && nodes < NODES; column++) {
      nodes++;
      columns[bit] = column;
      if (isFree(bit) && assign(bit + 1)) {
        return true;
      }
    }
    return false;
  }

  private boolean isFree(int bit) {
    for (long u : forbidden[bit]) {
      long bank = u & (choices - 1);
      for (int i = 0; i <= bit; i++) {
        if ((u / choices >> i & 1) != 0) {
          bank ^= columns[i];
        }
      }
      if (bank == 0) {
        return false;
      }
    }
    return true;
  }

  private Layout map(Space.Dim offsets, int kept, int banks) {
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
