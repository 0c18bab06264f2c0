package dev.tilewright.ptx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Moves that happen all at once, written one after the other: a move waits until nobody needs what
 * it overwrites, and a cycle is broken by saving one register (Boissinot et al., "Revisiting
 * Out-of-SSA Translation for Correctness, Code Quality, and Efficiency", 2009, algorithm 1).
 */
final class ParallelCopy {

  /** One of the moves. */
  record Move(RegisterKind kind, String to, String from) {}

  private ParallelCopy() {}

  /**
   * @param moves with different destinations
   */
  static void write(Code code, List<Move> moves) {
    Map<String, Integer> readers = new HashMap<>();
    List<Move> waiting = new ArrayList<>();
    for (Move move : moves) {
      if (!move.to().equals(move.from())) {
        waiting.add(move);
        readers.merge(move.from(), 1, Integer::sum);
      }
    }
    Map<String, String> saved = new HashMap<>();
    while (!waiting.isEmpty()) {
      List<Move> blocked = new ArrayList<>();
      for (Move move : waiting) {
        if (readers.getOrDefault(move.to(), 0) > 0) {
          blocked.add(move);
          continue;
        }
        String from = saved.getOrDefault(move.from(), move.from());
        code.emit("mov." + move.kind().suffix(), move.to(), from);
        readers.merge(move.from(), -1, Integer::sum);
      }
      if (blocked.size() == waiting.size()) {
        // Only cycles are left. Who reads the saved register no longer blocks its owner.
        Move first = blocked.getFirst();
        String copy = code.compute(first.kind(), "mov." + first.kind().suffix(), first.to());
        saved.put(first.to(), copy);
        readers.put(first.to(), 0);
      }
      waiting = blocked;
    }
  }
}
