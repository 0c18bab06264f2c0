package dev.tilewright.ir.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.ToLongFunction;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What a modulo schedule must be, and that its interval is the least. */
class ModuloSchedulerTest {

  @Property(edgeCases = EdgeCasesMode.NONE)
  void everyDependenceIsMetAndNoUnitDoesTwoThings(@ForAll long seed) {
    LoopGraph graph = RandomGraphs.of(seed, 14, 40);
    ModuloSchedule schedule = ModuloScheduler.best(graph);
    assertEquals(List.of(), schedule.violations());
    assertTrue(schedule.interval() >= graph.leastInterval());
  }

  /** Moving operations to where they cost less leaves a schedule with that interval. */
  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void anImprovedScheduleIsOne(@ForAll long seed) {
    ModuloSchedule schedule = ModuloScheduler.best(RandomGraphs.of(seed, 10, 30));
    ToLongFunction<ModuloSchedule> latest =
        each -> each.starts().stream().mapToInt(Integer::intValue).sum();
    ModuloSchedule improved = ModuloScheduler.improve(schedule, latest);
    assertEquals(List.of(), improved.violations());
    assertEquals(schedule.interval(), improved.interval());
    assertTrue(latest.applyAsLong(improved) <= latest.applyAsLong(schedule));
  }

  /**
   * Against all schedules of small graphs. The heuristic is allowed what its authors found: a few
   * in a thousand miss the least interval. None misses it by more than a cycle.
   */
  @Test
  void smallGraphsGetTheLeastInterval() {
    int missed = 0;
    for (long seed = 0; seed < 2_000; seed++) {
      LoopGraph graph = RandomGraphs.of(seed, 4, 4);
      int above = ModuloScheduler.best(graph).interval() - leastByTrial(graph);
      assertTrue(above == 0 || above == 1, graph::toString);
      missed += above;
    }
    assertTrue(missed <= 2, missed + " of 2000 miss the least interval");
  }

  private static int leastByTrial(LoopGraph graph) {
    for (int interval = graph.leastInterval(); ; interval++) {
      if (exists(graph, interval, new int[graph.nodes().size()], 0)) {
        return interval;
      }
    }
  }

  /** Tries every slot of every node; stages follow by the longest paths between slots. */
  private static boolean exists(LoopGraph graph, int interval, int[] slots, int node) {
    if (node == slots.length) {
      return stagesExist(graph, interval, slots);
    }
    for (slots[node] = 0; slots[node] < interval; slots[node]++) {
      boolean free =
          !graph.nodes().get(node).whole()
              || slots[node] + graph.nodes().get(node).cycles() <= interval;
      for (int other = 0; other <= node && free; other++) {
        free = !ModuloSchedule.overlap(graph, interval, node, slots[node], other, slots[other]);
      }
      if (free && exists(graph, interval, slots, node + 1)) {
        return true;
      }
    }
    return false;
  }

  private static boolean stagesExist(LoopGraph graph, int interval, int[] slots) {
    int[] stages = new int[slots.length];
    for (int round = 0; round <= slots.length; round++) {
      boolean changed = false;
      for (LoopGraph.Edge edge : graph.edges()) {
        int wait = slots[edge.from()] + edge.delay() - slots[edge.to()];
        int least = stages[edge.from()] + Math.ceilDiv(wait, interval) - edge.distance();
        if (least > stages[edge.to()]) {
          stages[edge.to()] = least;
          changed = true;
        }
      }
      if (!changed) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aTurnStartsOperationsInAnOrderThatTheirDependencesAllow() {
    for (long seed = 0; seed < 300; seed++) {
      ModuloSchedule schedule = ModuloScheduler.best(RandomGraphs.of(seed, 10, 20));
      List<Integer> order = schedule.order();
      for (LoopGraph.Edge edge : schedule.graph().edges()) {
        int turns = schedule.stage(edge.to()) + edge.distance() - schedule.stage(edge.from());
        assertTrue(turns >= 0, edge::toString);
        if (turns == 0 && edge.from() != edge.to()) {
          assertTrue(order.indexOf(edge.from()) < order.indexOf(edge.to()), edge::toString);
        }
      }
    }
  }
}
