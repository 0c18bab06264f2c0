package dev.tilewright.ir.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.ToLongFunction;

/**
 * Iterative modulo scheduling (Rau, <i>Iterative Modulo Scheduling: An Algorithm for Software
 * Pipelining Loops</i>, 1994): operations are placed, the most urgent first, each at the earliest
 * time at which its units are free; one that finds no place takes one, and what stood there is
 * placed again.
 *
 * <p>Here an operation occupies its units for hundreds of cycles, not one. Instead of every cycle
 * of an interval, those are tried at which something ends: no other can be the earliest. An
 * interval is given up when several orders of urgency have failed, always the same ones.
 */
public final class ModuloScheduler {
  /** Placements for each operation before an interval is given up (Rau's budget ratio). */
  private static final int BUDGET = 8;

  /** Orders that are tried: by urgency, then by urgency more or less. */
  private static final int ATTEMPTS = 8;

  private final LoopGraph graph;
  private final int interval;
  private final int[] height;
  private final int[] start;
  private final int[] never;

  private ModuloScheduler(LoopGraph graph, int interval, int[] height) {
    this.graph = graph;
    this.interval = interval;
    this.height = height;
    this.start = new int[graph.nodes().size()];
    this.never = new int[graph.nodes().size()];
    Arrays.fill(start, -1);
    Arrays.fill(never, -1);
  }

  /** A schedule with that interval, if one is found. */
  public static Optional<ModuloSchedule> at(LoopGraph graph, int interval) {
    if (interval < graph.resourceBound()) {
      return Optional.empty();
    }
    Optional<int[]> height = graph.longestPaths(interval);
    if (height.isEmpty()) {
      return Optional.empty();
    }
    Random random = new Random(0);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int[] urgency = height.get().clone();
      for (int i = 0; attempt > 0 && i < urgency.length; i++) {
        urgency[i] += random.nextInt(interval);
      }
      Optional<ModuloSchedule> found = new ModuloScheduler(graph, interval, urgency).run();
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /**
   * The same schedule with operations moved, each to where its dependences and units allow it, as
   * long as that costs less.
   *
   * @param cost what is wanted least, such as registers: the lower the better
   */
  public static ModuloSchedule improve(
      ModuloSchedule schedule, ToLongFunction<ModuloSchedule> cost) {
    ModuloSchedule best = schedule;
    long least = cost.applyAsLong(best);
    for (boolean better = true; better; ) {
      better = false;
      for (int node = best.starts().size() - 1; node >= 0; node--) {
        ModuloSchedule now = best;
        for (int time : new ModuloScheduler(now).elsewhere(node)) {
          List<Integer> starts = new ArrayList<>(now.starts());
          starts.set(node, time);
          ModuloSchedule moved =
              new ModuloSchedule(now.graph(), now.interval(), starts).fromFirst();
          long its = cost.applyAsLong(moved);
          if (its < least) {
            least = its;
            best = moved;
            better = true;
          }
        }
      }
    }
    return best;
  }

  /** A finished schedule. */
  private ModuloScheduler(ModuloSchedule schedule) {
    this(schedule.graph(), schedule.interval(), new int[schedule.starts().size()]);
    for (int i = 0; i < start.length; i++) {
      start[i] = schedule.starts().get(i);
    }
  }

  /** The other times to which a node can move, all others staying. */
  private List<Integer> elsewhere(int node) {
    int earliest = Integer.MIN_VALUE;
    int latest = Integer.MAX_VALUE;
    for (LoopGraph.Edge edge : graph.edges()) {
      int apart = edge.delay() - interval * edge.distance();
      if (edge.from() == edge.to()) {
        continue;
      }
      if (edge.to() == node) {
        earliest = Math.max(earliest, start[edge.from()] + apart);
      }
      if (edge.from() == node) {
        latest = Math.min(latest, start[edge.to()] - apart);
      }
    }
    earliest = earliest == Integer.MIN_VALUE ? start[node] - interval : earliest;
    latest = latest == Integer.MAX_VALUE ? start[node] + interval : latest;
    TreeSet<Integer> times = new TreeSet<>();
    for (int other = 0; other < start.length; other++) {
      for (LoopGraph.Use its : graph.nodes().get(other).uses()) {
        int end = start[other] + its.cycles();
        times.add(earliest + Math.floorMod(end - earliest, interval));
        int before = start[other] - graph.nodes().get(node).cycles();
        times.add(latest - Math.floorMod(latest - before, interval));
      }
    }
    times.add(earliest);
    times.add(latest);
    List<Integer> free = new ArrayList<>();
    for (int time : times) {
      boolean inside =
          !graph.nodes().get(node).whole()
              || Math.floorMod(time, interval) + graph.nodes().get(node).cycles() <= interval;
      if (time >= earliest
          && time <= latest
          && time != start[node]
          && inside
          && isFree(node, time)) {
        free.add(time);
      }
    }
    return free;
  }

  /** A schedule with the least interval for which one is found. */
  public static ModuloSchedule best(LoopGraph graph) {
    for (int interval = graph.leastInterval(); ; interval++) {
      Optional<ModuloSchedule> found = at(graph, interval);
      if (found.isPresent()) {
        return found.get();
      }
    }
  }

  private Optional<ModuloSchedule> run() {
    for (int left = BUDGET * graph.nodes().size(); left > 0; left--) {
      int node = mostUrgent();
      if (node < 0) {
        return Optional.of(schedule());
      }
      place(node);
    }
    return mostUrgent() < 0 ? Optional.of(schedule()) : Optional.empty();
  }

  private ModuloSchedule schedule() {
    List<Integer> starts = new ArrayList<>();
    for (int at : start) {
      starts.add(at);
    }
    return new ModuloSchedule(graph, interval, starts);
  }

  private int mostUrgent() {
    int best = -1;
    for (int i = 0; i < start.length; i++) {
      if (start[i] < 0 && (best < 0 || height[i] > height[best])) {
        best = i;
      }
    }
    return best;
  }

  private void place(int node) {
    int earliest = earliest(node);
    int at = -1;
    for (int time : times(node, earliest)) {
      if (isFree(node, time)) {
        at = time;
        break;
      }
    }
    if (at < 0) {
      at = fitting(node, Math.max(earliest, never[node] + 1));
    }
    never[node] = at;
    start[node] = at;
    for (int other = 0; other < start.length; other++) {
      if (other != node
          && start[other] >= 0
          && (ModuloSchedule.overlap(graph, interval, node, at, other, start[other])
              || !inOrder(node, other))) {
        start[other] = -1;
      }
    }
  }

  private int earliest(int node) {
    int earliest = 0;
    for (LoopGraph.Edge edge : graph.edges()) {
      if (edge.to() == node && edge.from() != node && start[edge.from()] >= 0) {
        earliest =
            Math.max(earliest, start[edge.from()] + edge.delay() - interval * edge.distance());
      }
    }
    return earliest;
  }

  /** The times within an interval at which a node may find its units free for the first time. */
  private Iterable<Integer> times(int node, int earliest) {
    TreeSet<Integer> times = new TreeSet<>();
    times.add(fitting(node, earliest));
    for (int other = 0; other < start.length; other++) {
      if (start[other] >= 0) {
        for (LoopGraph.Use use : graph.nodes().get(other).uses()) {
          int end = start[other] + use.cycles();
          times.add(fitting(node, earliest + Math.floorMod(end - earliest, interval)));
        }
      }
    }
    return times;
  }

  /** The earliest time from there on at which the node does not meet the end of a turn. */
  private int fitting(int node, int from) {
    LoopGraph.Node its = graph.nodes().get(node);
    return its.whole() && from % interval + its.cycles() > interval
        ? (from / interval + 1) * interval
        : from;
  }

  private boolean isFree(int node, int at) {
    for (int other = 0; other < start.length; other++) {
      if (other != node
          && start[other] >= 0
          && ModuloSchedule.overlap(graph, interval, node, at, other, start[other])) {
        return false;
      }
    }
    return true;
  }

  private boolean inOrder(int node, int other) {
    for (LoopGraph.Edge edge : graph.edges()) {
      if (edge.from() == node
          && edge.to() == other
          && start[other] + interval * edge.distance() < start[node] + edge.delay()) {
        return false;
      }
    }
    return true;
  }
}
