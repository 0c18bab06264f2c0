package dev.tilewright.ir.verify;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.text.Printer;
import dev.tilewright.ir.verify.RoleTrace.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Roles that hand slots to each other are a marked graph: program order within each, an edge from
 * each commit to the reads of its slot, and one from the releases back to the write that comes
 * depth turns later. It lives if and only if every cycle has a token, which does not depend on who
 * is faster: one execution of the roles' operations on arefs, in any order, shows it.
 *
 * <p>The first block of launches of some sizes is executed so; loops whose bounds are unknown even
 * then iterate a few times, all alike, and conditions hold, or do not.
 */
final class LivenessRules {
  /** One tile, a few, and more than rings are deep. */
  private static final List<Long> SIZES = List.of(1L, 200L, 700L);

  private static final List<Integer> TRIPS = List.of(1, 3);

  private final Problems problems;
  private final KernelFunction function;
  private final Map<Value, Integer> depths = new HashMap<>();
  private final Map<Value, Integer> readers = new HashMap<>();

  private LivenessRules(KernelFunction function, Problems problems) {
    this.function = function;
    this.problems = problems;
  }

  static void check(KernelFunction function, Problems problems) {
    check(function, Map.of(), problems);
  }

  /**
   * @param slots of some arefs, as if they had as many
   */
  static void check(KernelFunction function, Map<Value, Integer> slots, Problems problems) {
    LivenessRules rules = new LivenessRules(function, problems);
    Traversal.ops(function)
        .forEach(
            op -> {
              if (op instanceof AsyncOp.ArefCreate create) {
                int depth = ((Type.Aref) create.result().type()).depth();
                rules.depths.put(create.result(), slots.getOrDefault(create.result(), depth));
              }
            });
    Traversal.ops(function)
        .filter(AsyncOp.Roles.class::isInstance)
        .map(AsyncOp.Roles.class::cast)
        .forEach(rules::roles);
  }

  private void roles(AsyncOp.Roles roles) {
    SIZES.forEach(size -> roles(roles, size));
  }

  private void roles(AsyncOp.Roles roles, long size) {
    for (int trips : TRIPS) {
      for (boolean condition : new boolean[] {true, false}) {
        ScalarValues scalars = ScalarValues.of(function, size, trips, condition);
        // One problem is enough; and where nothing was guessed, other guesses change nothing.
        if (!problems.none() || (alive(roles, scalars) && !scalars.guessed())) {
          return;
        }
      }
    }
  }

  private boolean alive(AsyncOp.Roles roles, ScalarValues scalars) {
    List<RoleTrace> traces =
        roles.bodies().stream().map(body -> RoleTrace.of(body, scalars)).toList();
    readers.clear();
    for (RoleTrace trace : traces) {
      trace.events().stream()
          .filter(event -> event.kind() == RoleTrace.Kind.ACQUIRE_READ)
          .map(Event::aref)
          .distinct()
          .forEach(aref -> readers.merge(aref, 1, Integer::sum));
    }
    boolean deepEnough = true;
    for (int i = 0; i < traces.size(); i++) {
      deepEnough &= deepEnough(roles.roles().get(i).name(), traces.get(i));
    }
    return deepEnough && ends(roles, traces);
  }

  // ---------------------------------------------------------------- slots held at once

  private boolean deepEnough(String role, RoleTrace trace) {
    Map<Value, Integer> held = new HashMap<>();
    Map<Value, Event> most = new LinkedHashMap<>();
    Map<Value, Integer> needed = new HashMap<>();
    for (Event event : trace.events()) {
      boolean acquires =
          event.kind() == RoleTrace.Kind.ACQUIRE_READ
              || event.kind() == RoleTrace.Kind.ACQUIRE_WRITE;
      int now = held.merge(event.aref(), acquires ? 1 : -1, Integer::sum);
      if (now > needed.getOrDefault(event.aref(), 0)) {
        needed.put(event.aref(), now);
        most.put(event.aref(), event);
      }
    }
    boolean enough = true;
    for (Event event : most.values()) {
      int depth = depths.getOrDefault(event.aref(), 1);
      int slots = needed.getOrDefault(event.aref(), 0);
      if (slots > depth) {
        enough = false;
        problems.add(
            "TW-V18",
            event.op(),
            "role '"
                + role
                + "' waits for a slot of "
                + event.aref()
                + " while it holds "
                + (slots - 1)
                + " of its "
                + depth
                + ", for ever; expected a depth of "
                + slots
                + " or more, or an earlier "
                + (event.kind() == RoleTrace.Kind.ACQUIRE_READ ? "release" : "commit"));
      }
    }
    return enough;
  }

  // ---------------------------------------------------------------- cycles

  private boolean ends(AsyncOp.Roles roles, List<RoleTrace> traces) {
    int[] next = new int[traces.size()];
    Map<Value, Integer> committed = new HashMap<>();
    Map<Value, Map<Integer, Integer>> released = new HashMap<>();
    boolean moved = true;
    while (moved) {
      moved = false;
      for (int i = 0; i < traces.size(); i++) {
        List<Event> events = traces.get(i).events();
        while (next[i] < events.size() && can(events.get(next[i]), committed, released)) {
          Event event = events.get(next[i]++);
          switch (event.kind()) {
            case COMMIT -> committed.merge(event.aref(), 1, Integer::sum);
            case RELEASE ->
                released
                    .computeIfAbsent(event.aref(), _ -> new HashMap<>())
                    .merge(event.turn(), 1, Integer::sum);
            case ACQUIRE_WRITE, ACQUIRE_READ -> {}
          }
          moved = true;
        }
      }
    }
    if (traces.stream().anyMatch(RoleTrace::cut)) {
      return true;
    }
    List<String> waiting = new ArrayList<>();
    Op first = roles;
    for (int i = 0; i < traces.size(); i++) {
      List<Event> events = traces.get(i).events();
      if (next[i] < events.size()) {
        Event event = events.get(next[i]);
        first = waiting.isEmpty() ? event.op() : first;
        waiting.add(waits(roles.roles().get(i).name(), event, roles, traces, next));
      }
    }
    if (!waiting.isEmpty()) {
      problems.add(
          "TW-V18",
          first,
          "the roles wait for each other, for ever: "
              + String.join("; ", waiting)
              + "; acquire in the same order in all roles, or make an aref deeper");
    }
    return waiting.isEmpty();
  }

  private boolean can(
      Event event, Map<Value, Integer> committed, Map<Value, Map<Integer, Integer>> released) {
    return switch (event.kind()) {
      case COMMIT, RELEASE -> true;
      case ACQUIRE_READ -> committed.getOrDefault(event.aref(), 0) > event.turn();
      case ACQUIRE_WRITE -> {
        int before = event.turn() - depths.getOrDefault(event.aref(), 1);
        yield before < 0
            || released.getOrDefault(event.aref(), Map.of()).getOrDefault(before, 0)
                >= readers.getOrDefault(event.aref(), 0);
      }
    };
  }

  private String waits(
      String role, Event event, AsyncOp.Roles roles, List<RoleTrace> traces, int[] next) {
    RoleTrace.Kind missing =
        event.kind() == RoleTrace.Kind.ACQUIRE_READ
            ? RoleTrace.Kind.COMMIT
            : RoleTrace.Kind.RELEASE;
    int turn =
        event.kind() == RoleTrace.Kind.ACQUIRE_READ
            ? event.turn()
            : event.turn() - depths.getOrDefault(event.aref(), 1);
    List<String> owing = new ArrayList<>();
    for (int i = 0; i < traces.size(); i++) {
      List<Event> rest = traces.get(i).events().subList(next[i], traces.get(i).events().size());
      if (rest.stream()
          .anyMatch(
              e -> e.kind() == missing && e.aref().equals(event.aref()) && e.turn() == turn)) {
        owing.add("role '" + roles.roles().get(i).name() + "'");
      }
    }
    return "role '"
        + role
        + "' in '"
        + Printer.headline(event.op())
        + "'"
        + (event.op().location().known() ? " at " + event.op().location() : "")
        + " for "
        + (owing.isEmpty() ? "nobody" : String.join(" and ", owing))
        + " to "
        + (missing == RoleTrace.Kind.COMMIT ? "commit" : "release")
        + " its turn "
        + turn;
  }
}
