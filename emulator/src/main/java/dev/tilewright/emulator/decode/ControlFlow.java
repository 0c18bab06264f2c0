package dev.tilewright.emulator.decode;

import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.Instruction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The basic blocks of one function, the instructions {@code from} to {@code to} (exclusive). */
final class ControlFlow {
  private final Instruction[] code;
  private final int from;
  private final int to;
  private final boolean[] leader;

  ControlFlow(Instruction[] code, int from, int to, boolean[] leader) {
    this.code = code;
    this.from = from;
    this.to = to;
    this.leader = leader;
  }

  /** Marks the leaders and fills in the rank of every instruction's block. */
  void analyse(int[] rank, int firstRank) {
    leader[from] = true;
    for (int pc = from; pc < to; pc++) {
      boolean ends =
          switch (code[pc].action()) {
            case Action.Branch b -> mark(b.target());
            case Action.IndexedBranch b -> {
              Arrays.stream(b.targets()).forEach(this::mark);
              yield true;
            }
            case Action.Exit e -> true;
            case Action.Return r -> true;
            case Action.Call c -> true;
            case Action.Converge c -> true;
            case Action.Aligned a -> true;
            case Action.Await a -> true;
            case Action.BlockBarrier b -> true;
            case Action.ClusterArrive a -> true;
            case Action.ClusterWait w -> true;
            case Action.Poll p -> true;
            case Action.Step s -> false;
          };
      if (ends && pc + 1 < to) {
        leader[pc + 1] = true;
      }
    }
    int[] blockOf = new int[to - from];
    List<Integer> starts = new ArrayList<>();
    for (int pc = from; pc < to; pc++) {
      if (leader[pc]) {
        starts.add(pc);
      }
      blockOf[pc - from] = starts.size() - 1;
    }
    int[][] successors = new int[starts.size()][];
    for (int b = 0; b < successors.length; b++) {
      int end = b + 1 < starts.size() ? starts.get(b + 1) : to;
      successors[b] = successors(end - 1).stream().mapToInt(pc -> blockOf[pc - from]).toArray();
    }
    int[] ranks = BlockOrdering.ranks(successors, 0);
    for (int pc = from; pc < to; pc++) {
      rank[pc] = firstRank + ranks[blockOf[pc - from]];
    }
  }

  private boolean mark(int target) {
    leader[target] = true;
    return true;
  }

  private List<Integer> successors(int pc) {
    List<Integer> next = new ArrayList<>();
    boolean continues =
        switch (code[pc].action()) {
          case Action.Branch b -> {
            next.add(b.target());
            yield code[pc].guard() >= 0;
          }
          case Action.IndexedBranch b -> {
            Arrays.stream(b.targets()).forEach(next::add);
            yield code[pc].guard() >= 0;
          }
          case Action.Exit e -> code[pc].guard() >= 0;
          case Action.Return r -> code[pc].guard() >= 0;
          default -> true;
        };
    if (continues && pc + 1 < to) {
      next.add(pc + 1);
    }
    return next;
  }
}
