package dev.tilewright.ir.schedule;

import java.util.ArrayList;
import java.util.List;

/**
 * When the operations of one iteration start; the next iteration does the same {@code interval}
 * cycles later.
 *
 * @param interval the initiation interval, in cycles
 * @param starts of each node, in cycles from the start of its iteration, none negative
 */
public record ModuloSchedule(LoopGraph graph, int interval, List<Integer> starts) {
  public ModuloSchedule {
    starts = List.copyOf(starts);
    if (interval < 1 || starts.size() != graph.nodes().size()) {
      throw new IllegalArgumentException(starts.size() + " starts, interval " + interval);
    }
  }

  /** The same, counted from the turn in which the first operation starts. */
  public ModuloSchedule fromFirst() {
    int turns = starts.stream().mapToInt(start -> Math.floorDiv(start, interval)).min().orElse(0);
    return turns == 0
        ? this
        : new ModuloSchedule(
            graph, interval, starts.stream().map(start -> start - turns * interval).toList());
  }

  /** How many turns of the loop after the first operation of its iteration this one is done. */
  public int stage(int node) {
    return starts.get(node) / interval;
  }

  /** When in a turn of the loop it starts. */
  public int slot(int node) {
    return starts.get(node) % interval;
  }

  /** Iterations that are in the loop at once. */
  public int stages() {
    int most = 0;
    for (int i = 0; i < starts.size(); i++) {
      most = Math.max(most, stage(i));
    }
    return most + 1;
  }

  /** The nodes in the order in which a turn of the loop starts them; ties by program order. */
  public List<Integer> order() {
    int[] waitsFor = new int[starts.size()];
    for (LoopGraph.Edge edge : graph.edges()) {
      waitsFor[edge.to()] += sameTurn(edge) ? 1 : 0;
    }
    boolean[] placed = new boolean[starts.size()];
    List<Integer> order = new ArrayList<>();
    while (order.size() < starts.size()) {
      int next = -1;
      for (int node = 0; node < placed.length; node++) {
        boolean earlier = next < 0 || slot(node) < slot(next);
        next = !placed[node] && waitsFor[node] == 0 && earlier ? node : next;
      }
      if (next < 0) {
        throw new IllegalStateException("operations wait for each other");
      }
      placed[next] = true;
      order.add(next);
      for (LoopGraph.Edge edge : graph.edges()) {
        waitsFor[edge.to()] -= edge.from() == next && sameTurn(edge) ? 1 : 0;
      }
    }
    return order;
  }

  private boolean sameTurn(LoopGraph.Edge edge) {
    return edge.from() != edge.to() && stage(edge.from()) == stage(edge.to()) + edge.distance();
  }

  /** What is wrong with it, in sentences; empty for a schedule. */
  public List<String> violations() {
    List<String> wrong = new ArrayList<>();
    for (LoopGraph.Edge edge : graph.edges()) {
      long earliest = (long) starts.get(edge.from()) + edge.delay();
      if (starts.get(edge.to()) + (long) interval * edge.distance() < earliest) {
        wrong.add(edge + " is not met");
      }
    }
    for (int i = 0; i < starts.size(); i++) {
      if (starts.get(i) < 0) {
        wrong.add(graph.nodes().get(i) + " starts at " + starts.get(i));
      }
      if (graph.nodes().get(i).whole() && slot(i) + graph.nodes().get(i).cycles() > interval) {
        wrong.add(graph.nodes().get(i) + " is under way at the end of a turn");
      }
      for (int j = 0; j <= i; j++) {
        if (overlap(graph, interval, i, starts.get(i), j, starts.get(j))) {
          wrong.add(graph.nodes().get(i) + " and " + graph.nodes().get(j) + " at once");
        }
      }
    }
    return wrong;
  }

  /** Whether two nodes, or one and itself an interval later, need a unit at the same time. */
  static boolean overlap(LoopGraph graph, int interval, int i, int at, int j, int other) {
    for (LoopGraph.Use mine : graph.nodes().get(i).uses()) {
      if (i == j) {
        if (mine.cycles() > interval) {
          return true;
        }
        continue;
      }
      for (LoopGraph.Use its : graph.nodes().get(j).uses()) {
        if (mine.unit() == its.unit() && mine.cycles() > 0 && its.cycles() > 0) {
          int ahead = Math.floorMod(other - at, interval);
          int behind = Math.floorMod(at - other, interval);
          if (ahead < mine.cycles() || behind < its.cycles()) {
            return true;
          }
        }
      }
    }
    return false;
  }
}
