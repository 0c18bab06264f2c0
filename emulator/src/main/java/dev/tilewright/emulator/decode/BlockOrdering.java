package dev.tilewright.emulator.decode;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * A weak topological order of a control flow graph (Bourdoncle, "Efficient chaotic iteration
 * strategies with widenings", 1993): a block comes after all its predecessors except along back
 * edges, and the blocks of a loop come together, before what follows the loop. Scheduling the first
 * block in this order makes diverged lanes wait for each other where their paths join.
 */
final class BlockOrdering {
  private final int[][] successors;
  private final int[] number;
  private final Deque<Integer> stack = new ArrayDeque<>();
  private int counter;

  private BlockOrdering(int[][] successors) {
    this.successors = successors;
    this.number = new int[successors.length];
  }

  /**
   * @param successors the blocks each block may continue to
   * @return the rank of each block; unreachable ones come last
   */
  static int[] ranks(int[][] successors, int entry) {
    BlockOrdering ordering = new BlockOrdering(successors);
    List<Integer> reversed = new ArrayList<>();
    ordering.visit(entry, reversed);
    int[] rank = new int[successors.length];
    Arrays.fill(rank, -1);
    int next = 0;
    for (int block : reversed.reversed()) {
      rank[block] = next++;
    }
    for (int block = 0; block < rank.length; block++) {
      if (rank[block] < 0) {
        rank[block] = next++;
      }
    }
    return rank;
  }

  /** Appends, in reverse, the order of what is reachable from a vertex and not yet placed. */
  private int visit(int vertex, List<Integer> order) {
    stack.push(vertex);
    number[vertex] = ++counter;
    int head = number[vertex];
    boolean loop = false;
    for (int successor : successors[vertex]) {
      int lowest = number[successor] == 0 ? visit(successor, order) : number[successor];
      if (lowest <= head) {
        head = lowest;
        loop = true;
      }
    }
    if (head == number[vertex]) {
      number[vertex] = Integer.MAX_VALUE;
      int element = stack.pop();
      if (loop) {
        while (element != vertex) {
          number[element] = 0;
          element = stack.pop();
        }
        component(vertex, order);
      } else {
        order.add(vertex);
      }
    }
    return head;
  }

  private void component(int vertex, List<Integer> order) {
    for (int successor : successors[vertex]) {
      if (number[successor] == 0) {
        visit(successor, order);
      }
    }
    order.add(vertex);
  }
}
