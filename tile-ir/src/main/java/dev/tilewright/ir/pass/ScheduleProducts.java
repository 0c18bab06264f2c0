package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Rewriter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Uses;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.schedule.LoopGraph;
import dev.tilewright.ir.schedule.ModuloSchedule;
import dev.tilewright.ir.schedule.ModuloScheduler;
import dev.tilewright.ir.schedule.Unit;
import dev.tilewright.ir.verify.Problem;
import dev.tilewright.ir.verify.Verifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * Overlaps the products of one iteration with what the warps compute for another.
 *
 * <p>Each innermost loop of a role that multiplies gets a modulo schedule ({@link ModuloScheduler})
 * over tensor cores, special functions, arithmetic and memory: how often an iteration can begin,
 * and what of it is done in which turn of the loop. {@link LoopRotation} writes it so. Of attention
 * that makes the overlap of FlashAttention-3 (Shah et al., 2024): scores are multiplied, or values,
 * while the powers of other scores are computed.
 *
 * <p>A schedule that needs more registers than a thread has is refused, and the next longer
 * interval tried, until no two iterations overlap: then the loop stays as it was. Where waits are
 * needed, and when slots are given back, {@link LowerAsync} derives from what this pass has
 * written.
 */
public final class ScheduleProducts implements Pass {
  /**
   * What threads hold besides tiles: addresses, slots, parities, counters, and what lies between
   * tiles that must begin at certain registers. With less, the assembler has been seen to spill.
   */
  private static final int OTHER_REGISTERS = 52;

  /** Iterations in the loop at once: each takes registers for its tiles. */
  private static final int MOST_STAGES = 2;

  /** The steps in which intervals are tried: this part of the least. */
  private static final int INTERVALS = 128;

  /** The same, once one has been refused: a little longer is seldom enough. */
  private static final int INTERVALS_AFTER_REFUSAL = 32;

  @Override
  public KernelFunction run(KernelFunction function, PassContext context) {
    Optional<AsyncOp.Roles> roles = AsyncOp.Roles.of(function);
    if (roles.isEmpty()) {
      return function;
    }
    KernelFunction scheduled =
        new Sweep(this, context, roles.get(), Uses.of(function)).rewrite(function);
    if (scheduled == function) {
      return function;
    }
    // Slots are acquired in another order now: the roles must not come to wait for each other.
    List<Problem> problems = Verifier.verify(scheduled);
    if (problems.isEmpty()) {
      return scheduled;
    }
    context
        .report()
        .note(
            this,
            roles.get().location(),
            "the schedules are not taken after all: " + problems.getFirst().message());
    return function;
  }

  /** Over the roles of one function. */
  private static final class Sweep {
    private final Pass pass;
    private final PassContext context;
    private final AsyncOp.Roles roles;
    private final Uses uses;
    private AsyncOp.Role role;

    Sweep(Pass pass, PassContext context, AsyncOp.Roles roles, Uses uses) {
      this.pass = pass;
      this.context = context;
      this.roles = roles;
      this.uses = uses;
      this.role = roles.roles().getFirst();
    }

    KernelFunction rewrite(KernelFunction function) {
      return Rewriter.rewrite(
          function,
          (op, rewriter) -> {
            switch (op) {
              case AsyncOp.Roles all -> {
                List<Block> bodies = new ArrayList<>();
                for (int i = 0; i < all.roles().size(); i++) {
                  role = all.roles().get(i);
                  bodies.add(rewriter.region(all.bodies().get(i)));
                }
                rewriter.out().add(all.with(all.operands(), all.results(), bodies));
              }
              case Op.For loop when multiplies(loop) -> loop(loop, rewriter);
              default -> rewriter.keep(op);
            }
          });
    }

    private static boolean multiplies(Op.For loop) {
      return loop.body().ops().stream().anyMatch(AsyncOp.MmaAsync.class::isInstance);
    }

    private void loop(Op.For loop, Rewriter rewriter) {
      Optional<Choice> choice = choose(loop);
      if (choice.isEmpty()) {
        rewriter.keep(loop);
        return;
      }
      LoopDependences body = choice.get().body();
      ModuloSchedule schedule = choice.get().schedule();
      boolean enough = trips(loop).orElse(0) >= schedule.stages() - 1;
      LoopRotation rotation = new LoopRotation(body, schedule, rewriter::map, rewriter.out());
      rewriter.replace(loop.results(), rotation.write(enough));
    }

    // -------------------------------------------------------------- the choice

    private record Choice(LoopDependences body, ModuloSchedule schedule) {}

    private Optional<Choice> choose(Op.For loop) {
      final LoopDependences body;
      try {
        body = new LoopDependences(loop, uses, new UnitCosts(context.target(), role.warps()));
      } catch (LoopDependences.Obstacle obstacle) {
        note(loop, "iterations of the loop do not overlap: " + obstacle.reason());
        return Optional.empty();
      }
      LoopGraph graph = body.graph();
      int least = graph.leastInterval();
      int sequential = graph.length();
      if (context.schedule().mmaDepth().orElse(0) == 1) {
        note(
            loop,
            "iterations of the loop do not overlap: the schedule wants one product under way");
        return Optional.empty();
      }
      boolean one =
          Traversal.ops(loop.body()).filter(AsyncOp.MmaAsync.class::isInstance).count() == 1;
      if (one && graph.nodes().stream().noneMatch(LoopGraph.Node::whole)) {
        // It goes on from one iteration to the next: nothing waits for it.
        note(
            loop,
            "an iteration takes %d cycles, bound by %s: %s"
                .formatted(least, bound(graph, least), load(graph)));
        return Optional.empty();
      }
      LoopRegisters registers = new LoopRegisters(body, uses);
      List<String> refused = new ArrayList<>();
      int interval = least;
      while (interval < sequential) {
        Optional<ModuloSchedule> found =
            ModuloScheduler.at(graph, interval)
                .map(s -> ModuloScheduler.improve(s, registers::pressure));
        if (found.isPresent() && found.get().stages() == MOST_STAGES) {
          Optional<String> refusal = refusal(loop, body, registers, found.get());
          if (refusal.isEmpty()) {
            describe(loop, body, registers.most(found.get()), found.get(), sequential, refused);
            return Optional.of(new Choice(body, found.get()));
          }
          refused.add(refusal.get());
        }
        interval += Math.max(1, least / (refused.isEmpty() ? INTERVALS : INTERVALS_AFTER_REFUSAL));
      }
      note(
          loop,
          "iterations of the loop do not overlap, and take %d cycles each: %s"
              .formatted(
                  sequential,
                  refused.isEmpty()
                      ? "no other order takes fewer"
                      : refused.getFirst() + "; nor can longer ones be taken"));
      return Optional.empty();
    }

    /** Why a schedule cannot be taken, if so. */
    private Optional<String> refusal(
        Op.For loop, LoopDependences body, LoopRegisters tiles, ModuloSchedule schedule) {
      boolean split =
          body.together().stream()
              .anyMatch(pair -> schedule.stage(pair[0]) != schedule.stage(pair[1]));
      if (split) {
        return Optional.of(
            "an interval of %d cycles leaves a slot to a later turn"
                .formatted(schedule.interval()));
      }
      if (trips(loop).orElse(Long.MAX_VALUE) < schedule.stages() - 1) {
        return Optional.of(
            "an interval of %d cycles needs %d iterations"
                .formatted(schedule.interval(), schedule.stages() - 1));
      }
      int registers = tiles.most(schedule) + OTHER_REGISTERS;
      return registers <= registers()
          ? Optional.empty()
          : Optional.of(
              "an interval of %d cycles takes about %d registers, a thread has %d"
                  .formatted(schedule.interval(), registers, registers()));
    }

    /** Of a thread of the role. */
    private int registers() {
      int threads = roles.warps() * context.target().lanes();
      int file = context.target().warpSpecialization().orElseThrow().registerFile();
      return role.registers()
          .orElse(Math.min(context.target().registersPerThread(), file / threads));
    }

    /** How often the loop iterates, where its bounds are constants. */
    private OptionalLong trips(Op.For loop) {
      OptionalLong lower = constant(loop.lower());
      OptionalLong upper = constant(loop.upper());
      OptionalLong step = constant(loop.step());
      return lower.isPresent() && upper.isPresent() && step.isPresent()
          ? OptionalLong.of(
              Math.ceilDiv(Math.max(0, upper.getAsLong() - lower.getAsLong()), step.getAsLong()))
          : OptionalLong.empty();
    }

    private OptionalLong constant(Value value) {
      return uses.definition(value).orElse(null)
              instanceof Op.Constant(_, Literal.Int(long number), _)
          ? OptionalLong.of(number)
          : OptionalLong.empty();
    }

    // -------------------------------------------------------------- the report

    private void note(Op.For loop, String text) {
      context.report().note(pass, loop.location(), text);
    }

    private void describe(
        Op.For loop,
        LoopDependences body,
        int tiles,
        ModuloSchedule schedule,
        int sequential,
        List<String> refused) {
      LoopGraph graph = body.graph();
      String bound =
          refused.isEmpty() ? bound(graph, schedule.interval()) : "the registers of a thread";
      note(
          loop,
          "a modulo schedule of %d stages begins an iteration every %d cycles, bound by %s; one after another they take %d: %s; about %d of %d registers"
              .formatted(
                  schedule.stages(),
                  schedule.interval(),
                  bound,
                  sequential,
                  load(graph),
                  tiles + OTHER_REGISTERS,
                  registers()));
      refused.stream().findFirst().ifPresent(reason -> note(loop, reason));
      note(
          loop,
          "a turn of the loop: "
              + schedule.order().stream()
                  .filter(node -> graph.nodes().get(node).cycles() > 0)
                  .map(
                      node ->
                          "%s (stage %d, cycle %d)"
                              .formatted(
                                  graph.nodes().get(node).name(),
                                  schedule.stage(node),
                                  schedule.slot(node)))
                  .collect(Collectors.joining(", ")));
    }

    private static String bound(LoopGraph graph, int interval) {
      if (interval <= graph.resourceBound()) {
        Map<Unit, Integer> load = graph.load();
        return load.keySet().stream()
            .filter(unit -> load.getOrDefault(unit, 0) == graph.resourceBound())
            .findFirst()
            .map(Unit::words)
            .orElse("nothing");
      }
      return interval <= graph.recurrenceBound()
          ? "what an iteration needs of the one before"
          : "the order of its operations";
    }

    private static String load(LoopGraph graph) {
      return graph.load().entrySet().stream()
          .map(entry -> entry.getKey().words() + " " + entry.getValue())
          .collect(Collectors.joining(", "));
    }
  }
}
