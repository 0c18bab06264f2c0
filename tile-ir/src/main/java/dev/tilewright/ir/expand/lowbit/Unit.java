package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.List;

/**
 * A half or a byte of a word.
 *
 * @param index 0 is the lowest
 */
record Unit(ThreadValue word, int index) {

  /**
   * A word of the given units, lowest first: the word itself if they are its units in order, else
   * by {@code prmt}, one for each word beyond the first, or one.
   *
   * @param bits of a unit, 8 or 16
   */
  static ThreadValue gather(ThreadBuilder ops, List<Unit> units, int bits) {
    int bytes = bits / Byte.SIZE;
    List<Unit> wanted = new ArrayList<>();
    for (Unit unit : units) {
      for (int i = 0; i < bytes; i++) {
        wanted.add(new Unit(unit.word(), unit.index() * bytes + i));
      }
    }
    List<ThreadValue> words = wanted.stream().map(Unit::word).distinct().toList();
    ThreadValue result = words.getFirst();
    int selector = 0;
    for (int i = 0; i < wanted.size(); i++) {
      // Bytes that another word brings do not matter yet: they stay in their places.
      boolean own = wanted.get(i).word().equals(result);
      selector |= (own ? wanted.get(i).index() : i) << 4 * i;
    }
    if (words.size() == 1) {
      return selector == 0x3210 ? result : ops.permute(result, result, selector);
    }
    for (int next = 1; next < words.size(); next++) {
      ThreadValue word = words.get(next);
      int merge = 0;
      for (int i = 0; i < wanted.size(); i++) {
        boolean fresh = wanted.get(i).word().equals(word);
        int kept = next == 1 ? selector >> 4 * i & 7 : i;
        merge |= (fresh ? 4 + wanted.get(i).index() : kept) << 4 * i;
      }
      result = ops.permute(result, word, merge);
    }
    return result;
  }
}
