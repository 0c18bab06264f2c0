package dev.tilewright.ir.interpret;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.LongSupplier;

/** Decides what happens next where several things may. */
interface Choices {
  int STOP = -1;

  /**
   * @param count of possibilities, two or more
   * @param state a fingerprint of everything that matters for the rest
   * @return one of them, or {@link #STOP} when what follows is known
   */
  int choose(int count, LongSupplier state);

  /** The same choices for the same seed. */
  static Choices random(long seed) {
    Random random = new Random(seed);
    return (count, _) -> random.nextInt(count);
  }

  /** All choices, one after the other: depth first, through every state once. */
  final class Exhaustive implements Choices {
    private final List<Integer> chosen = new ArrayList<>();
    private final List<Integer> counts = new ArrayList<>();
    private final Set<Long> states = new HashSet<>();
    private int position;

    @Override
    public int choose(int count, LongSupplier state) {
      if (position == chosen.size()) {
        if (!states.add(state.getAsLong())) {
          return STOP;
        }
        chosen.add(0);
        counts.add(count);
      }
      return chosen.get(position++);
    }

    int states() {
      return states.size();
    }

    /** Turns to the next schedule; false when there is none. */
    boolean next() {
      position = 0;
      while (!chosen.isEmpty() && chosen.getLast() + 1 == counts.getLast()) {
        chosen.removeLast();
        counts.removeLast();
      }
      if (chosen.isEmpty()) {
        return false;
      }
      chosen.set(chosen.size() - 1, chosen.getLast() + 1);
      return true;
    }
  }
}
