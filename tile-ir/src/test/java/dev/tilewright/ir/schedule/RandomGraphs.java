package dev.tilewright.ir.schedule;

import dev.tilewright.ir.schedule.LoopGraph.Edge;
import dev.tilewright.ir.schedule.LoopGraph.Node;
import dev.tilewright.ir.schedule.LoopGraph.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Graphs of loops: chains of products and computations that earlier iterations feed. */
final class RandomGraphs {
  private RandomGraphs() {}

  /**
   * @param most nodes
   * @param longest of a node, in cycles
   */
  static LoopGraph of(long seed, int most, int longest) {
    Random random = new Random(seed);
    int count = 1 + random.nextInt(most);
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int cycles = random.nextInt(longest + 1);
      nodes.add(
          switch (random.nextInt(5)) {
            case 0, 1 ->
                new Node(
                    "p" + i,
                    List.of(
                        new Use(Unit.TENSOR_CORE, cycles),
                        new Use(Unit.ISSUE, Math.min(cycles, 1))),
                    random.nextBoolean());
            case 2 ->
                new Node(
                    "x" + i,
                    List.of(new Use(Unit.SPECIAL_FUNCTION, cycles), new Use(Unit.ISSUE, cycles)),
                    false);
            case 3 ->
                new Node(
                    "a" + i,
                    List.of(new Use(Unit.ARITHMETIC, cycles), new Use(Unit.ISSUE, cycles)),
                    false);
            default -> new Node("m" + i, List.of(new Use(Unit.MEMORY, cycles)), false);
          });
    }
    List<Edge> edges = new ArrayList<>();
    for (int to = 0; to < count; to++) {
      for (int from = 0; from < count; from++) {
        int distance = from < to && random.nextInt(3) > 0 ? 0 : 1 + random.nextInt(2);
        if (random.nextInt(distance == 0 ? 2 : 5) == 0) {
          edges.add(new Edge(from, to, random.nextInt(nodes.get(from).cycles() + 1), distance));
        }
      }
    }
    return new LoopGraph(nodes, edges);
  }
}
