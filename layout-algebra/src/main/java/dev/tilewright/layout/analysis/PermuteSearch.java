package dev.tilewright.layout.analysis;

import dev.tilewright.layout.analysis.RegisterProgram.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The search for byte permutes that make given words from given words.
 *
 * <p>A byte is numbered by where it starts, {@code 4·word + place}. A word wanted whose bytes lie
 * in at most two words at hand takes one permute. Of any other, three or four words hold the bytes;
 * they are joined in two pairs (or a pair and one), and the bytes that a pair contributes are
 * gathered in a word first. Such a word has room for the bytes of other words wanted that join the
 * same pair. Which pairs are joined is improved, one word after the other, until no change leaves
 * fewer words to gather.
 */
final class PermuteSearch {

  private static final int BYTES = 4;
  private static final int ANY = -1;

  /** How many words are tried in all ways; layouts of more are regular, so that one way serves. */
  private static final int REFINED = 16;

  private static final int LOW_HALVES = 0x0F0F0F0F;

  private final int inputs;
  private final List<Step> steps = new ArrayList<>();

  /** What every word holds, byte by byte. */
  private final List<int[]> words = new ArrayList<>();

  private PermuteSearch(int inputs) {
    this.inputs = inputs;
    for (int word = 0; word < inputs; word++) {
      words.add(ownBytes(word));
    }
  }

  private static int[] ownBytes(int word) {
    return new int[] {BYTES * word, BYTES * word + 1, BYTES * word + 2, BYTES * word + 3};
  }

  static RegisterProgram search(List<Integer> sources, int slots, int elementBits) {
    int bits = Math.min(32, elementBits);
    if (Integer.bitCount(bits) != 1 || bits < 4) {
      throw new IllegalArgumentException("elements of " + elementBits + " bits in registers");
    }
    PermuteSearch search = new PermuteSearch(Math.ceilDiv(slots * bits, 32));
    List<Integer> outputs =
        bits == 4 ? search.halves(sources) : search.all(bytes(sources, bits / Byte.SIZE));
    return new RegisterProgram(search.inputs, search.steps, outputs);
  }

  private static List<int[]> bytes(List<Integer> sources, int bytesPerSlot) {
    List<int[]> wanted = new ArrayList<>();
    for (int from = 0; from < sources.size() * bytesPerSlot; from += BYTES) {
      int[] word = new int[BYTES];
      for (int i = 0; i < BYTES; i++) {
        int slot = (from + i) / bytesPerSlot;
        int source = slot < sources.size() ? sources.get(slot) : ANY;
        word[i] = source == ANY ? ANY : source * bytesPerSlot + (from + i) % bytesPerSlot;
      }
      wanted.add(word);
    }
    return wanted;
  }

  // ---- elements of half a byte ----

  /**
   * Half bytes go where whole bytes go, except that a half that changes its side comes from a
   * shifted word, and that the halves of bytes that are torn apart are merged in the end.
   */
  private List<Integer> halves(List<Integer> sources) {
    TreeMap<Integer, Integer> shifted = new TreeMap<>();
    List<int[]> wanted = new ArrayList<>();
    for (int from = 0; from < sources.size(); from += 2 * BYTES) {
      int[] low = new int[BYTES];
      int[] high = new int[BYTES];
      for (int i = 0; i < BYTES; i++) {
        int first = source(sources, from + 2 * i);
        int second = source(sources, from + 2 * i + 1);
        low[i] = first == ANY ? ANY : byteOf(first, first % 2 == 0 ? 0 : -4, shifted);
        high[i] = second == ANY ? ANY : byteOf(second, second % 2 == 1 ? 0 : 4, shifted);
        low[i] = low[i] == ANY ? high[i] : low[i];
        high[i] = high[i] == ANY ? low[i] : high[i];
      }
      wanted.add(low);
      wanted.add(high);
    }
    List<Integer> made = all(wanted);
    List<Integer> outputs = new ArrayList<>();
    for (int i = 0; i < made.size(); i += 2) {
      int low = made.get(i);
      int high = made.get(i + 1);
      outputs.add(
          low == high
              ? low
              : add(new Step.Merge(low, high, LOW_HALVES), new int[] {-1, -1, -1, -1}));
    }
    return outputs;
  }

  private static int source(List<Integer> sources, int slot) {
    return slot < sources.size() ? sources.get(slot) : ANY;
  }

  /** The byte that has the given half byte on the right side: one of a word, or of it shifted. */
  private int byteOf(int half, int left, TreeMap<Integer, Integer> shifted) {
    int word = half / (2 * BYTES);
    if (left != 0) {
      int key = 2 * word + (left < 0 ? 1 : 0);
      Integer known = shifted.get(key);
      if (known == null) {
        known = add(new Step.Shift(word, left), ownBytes(words.size()));
        shifted.put(key, known);
      }
      word = known;
    }
    return BYTES * word + half % (2 * BYTES) / 2;
  }

  // ---- bytes ----

  private List<Integer> all(List<int[]> wanted) {
    makeCovered(wanted);
    List<int[]> scattered = wanted.stream().filter(word -> !isCovered(word)).toList();
    for (TreeSet<Integer> gathered : gathered(leading(scattered))) {
      int[] content = new int[] {ANY, ANY, ANY, ANY};
      int at = 0;
      for (int b : gathered) {
        content[at++] = b;
      }
      make(content);
    }
    makeCovered(wanted);
    return wanted.stream().map(this::make).toList();
  }

  /** The scattered words without those that one permute makes once another one is there. */
  private List<int[]> leading(List<int[]> scattered) {
    List<int[]> leading = new ArrayList<>();
    List<int[]> rest = new ArrayList<>(scattered);
    while (!rest.isEmpty()) {
      List<int[]> best = List.of();
      int[] leader = rest.getFirst();
      for (int[] candidate : rest.size() <= REFINED ? rest : rest.subList(0, 1)) {
        words.add(candidate);
        List<int[]> following = rest.stream().filter(this::isCovered).toList();
        words.removeLast();
        if (following.size() > best.size()) {
          best = following;
          leader = candidate;
        }
      }
      leading.add(leader);
      rest.removeAll(best);
    }
    return leading;
  }

  /** Makes what takes one permute: it may serve for what would take more. */
  private void makeCovered(List<int[]> wanted) {
    for (boolean more = true; more; ) {
      more = false;
      for (int[] word : wanted) {
        if (find(word) < 0 && isCovered(word)) {
          make(word);
          more = true;
        }
      }
    }
  }

  private int find(int[] wanted) {
    for (int word = 0; word < words.size(); word++) {
      boolean same = true;
      for (int i = 0; i < BYTES; i++) {
        same &= wanted[i] == ANY || wanted[i] == words.get(word)[i];
      }
      if (same) {
        return word;
      }
    }
    return -1;
  }

  private boolean isCovered(int[] wanted) {
    return pair(wanted) != null;
  }

  /** Two words at hand that hold all bytes wanted. */
  private int @Nullable [] pair(int[] wanted) {
    int needed = 0;
    int[] held = new int[words.size()];
    for (int i = 0; i < BYTES; i++) {
      if (wanted[i] != ANY) {
        needed |= 1 << i;
        for (int word = 0; word < held.length; word++) {
          held[word] |= place(word, wanted[i]) < 0 ? 0 : 1 << i;
        }
      }
    }
    for (int low = 0; low < held.length; low++) {
      for (int high = low; high < held.length; high++) {
        if ((held[low] | held[high]) == needed) {
          return held[low] == needed ? new int[] {low, low} : new int[] {low, high};
        }
      }
    }
    return null;
  }

  private int place(int word, int wanted) {
    for (int i = 0; i < BYTES; i++) {
      if (words.get(word)[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  /** The word that holds the bytes in their places: found, or made by one permute. */
  private int make(int[] wanted) {
    int known = find(wanted);
    if (known >= 0) {
      return known;
    }
    int[] pair = pair(wanted);
    if (pair == null) {
      throw new IllegalStateException("more than two words hold " + Arrays.toString(wanted));
    }
    int selector = 0;
    for (int i = 0; i < BYTES; i++) {
      int low = wanted[i] == ANY ? i : place(pair[0], wanted[i]);
      selector |= (low >= 0 ? low : BYTES + place(pair[1], wanted[i])) << 4 * i;
    }
    return add(new Step.Permute(pair[0], pair[1], selector), wanted);
  }

  private int add(Step step, int[] content) {
    steps.add(step);
    words.add(content);
    return words.size() - 1;
  }

  // ---- gathering ----

  /** The bytes of each word to gather first. */
  private static List<TreeSet<Integer>> gathered(List<int[]> scattered) {
    int[] choice = new int[scattered.size()];
    List<TreeSet<Integer>> best = gathered(scattered, choice);
    for (int same = 1; same < 3; same++) {
      int[] all = new int[choice.length];
      Arrays.fill(all, same);
      List<TreeSet<Integer>> next = gathered(scattered, all);
      if (next.size() < best.size()) {
        best = next;
        choice = all;
      }
    }
    for (boolean better = choice.length <= REFINED; better; ) {
      better = false;
      for (int i = 0; i < choice.length; i++) {
        for (int other = 0; other < 3; other++) {
          int before = choice[i];
          choice[i] = other;
          List<TreeSet<Integer>> next = gathered(scattered, choice);
          if (next.size() < best.size()) {
            best = next;
            better = true;
          } else {
            choice[i] = before;
          }
        }
      }
    }
    return best;
  }

  /** The gathered words when every scattered word joins its words in one of three ways. */
  private static List<TreeSet<Integer>> gathered(List<int[]> scattered, int[] choice) {
    TreeMap<Long, List<TreeSet<Integer>>> byPair = new TreeMap<>();
    for (int i = 0; i < choice.length; i++) {
      TreeMap<Integer, TreeSet<Integer>> bytes = new TreeMap<>();
      for (int b : scattered.get(i)) {
        if (b != ANY) {
          bytes.computeIfAbsent(b / BYTES, word -> new TreeSet<>()).add(b);
        }
      }
      List<Integer> from = new ArrayList<>(bytes.keySet());
      if (from.size() == 4) {
        from.addFirst(from.remove(choice[i] + 1));
      } else {
        from.addLast(from.remove(choice[i]));
      }
      join(from.subList(0, 2), bytes, byPair);
      if (from.size() == 4) {
        join(from.subList(2, 4), bytes, byPair);
      }
    }
    return byPair.values().stream().flatMap(List::stream).toList();
  }

  /** Puts the bytes of two words where there is most in common, and room. */
  private static void join(
      List<Integer> pair,
      TreeMap<Integer, TreeSet<Integer>> bytes,
      TreeMap<Long, List<TreeSet<Integer>>> byPair) {
    TreeSet<Integer> both = new TreeSet<>();
    pair.forEach(word -> both.addAll(bytes.getOrDefault(word, new TreeSet<>())));
    long key = (long) Math.min(pair.get(0), pair.get(1)) << 32 | Math.max(pair.get(0), pair.get(1));
    List<TreeSet<Integer>> made = byPair.computeIfAbsent(key, k -> new ArrayList<>());
    TreeSet<Integer> chosen = null;
    int least = BYTES;
    for (TreeSet<Integer> word : made) {
      TreeSet<Integer> union = new TreeSet<>(word);
      union.addAll(both);
      if (union.size() <= BYTES && union.size() - word.size() < least) {
        least = union.size() - word.size();
        chosen = word;
      }
    }
    if (chosen == null) {
      made.add(both);
    } else {
      chosen.addAll(both);
    }
  }
}
