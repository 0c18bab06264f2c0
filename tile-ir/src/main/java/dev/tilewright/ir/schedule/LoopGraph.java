package dev.tilewright.ir.schedule;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The operations of a loop's body and what they wait for, over all iterations.
 *
 * @param nodes in program order
 * @param edges dependences; those of distance 0 lead to later nodes
 */
public record LoopGraph(List<Node> nodes, List<Edge> edges) {
  public LoopGraph {
    nodes = List.copyOf(nodes);
    edges = List.copyOf(edges);
    for (Edge edge : edges) {
      if (edge.distance() < 0 || edge.distance() == 0 && edge.from() >= edge.to()) {
        throw new IllegalArgumentException("a dependence on what comes later: " + edge);
      }
    }
  }

  /**
   * An operation, or several that stay together.
   *
   * @param uses what it occupies, each from its start on
   * @param whole whether it begins and ends in one turn of the loop: in flight, it must not meet
   *     the end
   */
  public record Node(String name, List<Use> uses, boolean whole) {
    public Node {
      Map<Unit, Integer> cycles = new EnumMap<>(Unit.class);
      uses.forEach(use -> cycles.merge(use.unit(), use.cycles(), Integer::sum));
      uses = cycles.entrySet().stream().map(e -> new Use(e.getKey(), e.getValue())).toList();
    }

    /** The longest of its uses. */
    public int cycles() {
      return uses.stream().mapToInt(Use::cycles).max().orElse(0);
    }
  }

  /** How long a node occupies a unit, which does one thing at a time. */
  public record Use(Unit unit, int cycles) {
    public Use {
      if (cycles < 0) {
        throw new IllegalArgumentException(cycles + " cycles");
      }
    }
  }

  /**
   * Node {@code to} of iteration i starts no earlier than {@code delay} cycles after node {@code
   * from} of iteration {@code i - distance}.
   */
  public record Edge(int from, int to, int delay, int distance) {}

  /** Cycles of one iteration on each unit that has any. */
  public Map<Unit, Integer> load() {
    Map<Unit, Integer> load = new EnumMap<>(Unit.class);
    for (Node node : nodes) {
      node.uses().stream()
          .filter(use -> use.cycles() > 0)
          .forEach(use -> load.merge(use.unit(), use.cycles(), Integer::sum));
    }
    return load;
  }

  /** No iteration can begin sooner after another: some unit is busy for so long. */
  public int resourceBound() {
    return load().values().stream().mapToInt(Integer::intValue).max().orElse(0);
  }

  /**
   * No iteration can begin sooner after another: a cycle of dependences takes so long for each
   * iteration it spans.
   */
  public int recurrenceBound() {
    int least = 0;
    int most = edges.stream().mapToInt(Edge::delay).filter(delay -> delay > 0).sum();
    while (least < most) {
      int middle = least + (most - least) / 2;
      if (longestPaths(middle).isPresent()) {
        most = middle;
      } else {
        least = middle + 1;
      }
    }
    return least;
  }

  /** The least interval that both bounds allow, at least 1. */
  public int leastInterval() {
    return Math.max(1, Math.max(resourceBound(), recurrenceBound()));
  }

  /** Cycles of one iteration after another, each operation as soon as it can: no overlap. */
  public int length() {
    int[] start = new int[nodes.size()];
    EnumMap<Unit, Integer> free = new EnumMap<>(Unit.class);
    int end = 0;
    for (int i = 0; i < nodes.size(); i++) {
      for (Edge edge : edges) {
        if (edge.to() == i && edge.distance() == 0) {
          start[i] = Math.max(start[i], start[edge.from()] + edge.delay());
        }
      }
      for (Use use : nodes.get(i).uses()) {
        start[i] = Math.max(start[i], free.getOrDefault(use.unit(), 0));
      }
      for (Use use : nodes.get(i).uses()) {
        free.put(use.unit(), start[i] + use.cycles());
      }
      end = Math.max(end, start[i] + nodes.get(i).cycles());
    }
    return end;
  }

  /**
   * How long it takes from each node to the end of an iteration at least, with that interval: what
   * is longest is most urgent. Empty if a cycle of dependences takes longer than it may.
   */
  Optional<int[]> longestPaths(int interval) {
    int[] height = new int[nodes.size()];
    for (int round = 0; round <= nodes.size(); round++) {
      boolean changed = false;
      for (Edge edge : edges) {
        int through = height[edge.to()] + edge.delay() - interval * edge.distance();
        if (through > height[edge.from()]) {
          height[edge.from()] = through;
          changed = true;
        }
      }
      if (!changed) {
        return Optional.of(height);
      }
    }
    return Optional.empty();
  }
}
