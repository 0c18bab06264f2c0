package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LinearMap;
import dev.tilewright.layout.Reason;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How a tile gets from one register layout to another: the cheapest way that reaches. */
public sealed interface Conversion {

  /** A rough price in issue slots of a warp; 0 if no instruction is needed. */
  long cost();

  /** Both layouts are the same function. */
  record Nothing() implements Conversion {
    @Override
    public long cost() {
      return 0;
    }
  }

  /**
   * Every thread has what it needs, in other registers.
   *
   * @param sources for every slot of the target the slot of the source that it is
   */
  record Renaming(List<Integer> sources) implements Conversion {
    public Renaming {
      sources = List.copyOf(sources);
    }

    @Override
    public long cost() {
      return 0;
    }
  }

  /**
   * Every warp has what it needs, in other lanes.
   *
   * @param rounds the rounds, each of which fills one pack of slots in every lane
   * @param offeredPack what is added to an offered slot for the elements that move together in one
   *     32-bit register
   * @param receivedPack what is added to the slot where they arrive, in the same order
   */
  record Shuffles(List<Round> rounds, List<Integer> offeredPack, List<Integer> receivedPack)
      implements Conversion {
    public Shuffles {
      rounds = List.copyOf(rounds);
      offeredPack = List.copyOf(offeredPack);
      receivedPack = List.copyOf(receivedPack);
    }

    /** The rounds that need a shuffle instruction; the others move within each lane. */
    public long shuffles() {
      return rounds.stream().filter(round -> !round.isLocal()).count();
    }

    @Override
    public long cost() {
      return rounds.stream().mapToLong(Round::cost).sum();
    }
  }

  /**
   * One round: every lane offers the content of a slot, and receives what its source lane offers.
   *
   * @param source lane (and warp, block) to the lane that it reads from
   * @param offered lane (and warp, block) to the source slot that it offers
   * @param received lane (and warp, block) to the target slot where it puts what it reads
   */
  record Round(Layout source, Layout offered, Layout received) {
    /** Whether every lane reads from itself. */
    public boolean isLocal() {
      for (long thread = 0; thread < source.domain().size(); thread++) {
        long[] point = source.domain().unflatten(thread);
        if (source.apply(point)[0] != point[source.domain().indexOf(Axis.LANE)]) {
          return false;
        }
      }
      return true;
    }

    private long cost() {
      return (isLocal() ? 0 : 2) + selects(offered) + selects(received);
    }

    /** How many lane bits choose the register: a select for each. */
    private static long selects(Layout register) {
      Layout byLane = register.sublayout(List.of(Axis.LANE), List.of(Axis.REGISTER));
      return byLane.toLinear().map(LinearMap::rank).orThrow();
    }
  }

  /**
   * Through shared memory, with a barrier between.
   *
   * @param memory where the elements lie, with the proof of what the accesses cost
   * @param write the registers of the source, written
   * @param read the registers of the target, read
   */
  record ThroughMemory(SwizzleChoice memory, SharedAccess write, SharedAccess read)
      implements Conversion {
    /** What the barrier costs, and so the least that an exchange can cost. */
    static final long BARRIER = 30;

    @Override
    public long cost() {
      long wavefronts = memory.costs().stream().mapToLong(cost -> cost.after().wavefronts()).sum();
      return BARRIER + wavefronts;
    }
  }

  /**
   * The conversion from one register layout to another.
   *
   * @param from register, lane, warp, … to tile dimensions: who holds what
   * @param to the same threads and tile: who shall hold what
   * @param elementBits bits of an element, a power of two up to 64; elements below 32 bits travel
   *     together in one register where both layouts allow
   * @return the plan, or a reason if threads or tiles differ or an element is held by nobody
   */
  static Result<Conversion> plan(Layout from, Layout to, int elementBits, BankModel model) {
    if (!from.codomain().equals(to.codomain())) {
      return Result.refused(
          new Reason.DifferentSpaces("the tile of a conversion", from.codomain(), to.codomain()));
    }
    Layout source = onHardware(from, to);
    Layout target = onHardware(to, from);
    if (!threads(source).equals(threads(target))) {
      return Result.refused(
          new Reason.DifferentSpaces(
              "the threads of a conversion", threads(source), threads(target)));
    }
    if (source.equals(target)) {
      return Result.ok(new Nothing());
    }
    Optional<Conversion> renaming = renaming(source, target);
    if (renaming.isPresent()) {
      return Result.ok(renaming.get());
    }
    if (!covers(source, target)) {
      return Result.refused(
          new Reason.NotSurjective(
              from.codomain().axis(0), "the source holds not every element of the target"));
    }
    Optional<Shuffles> shuffles = ShuffleSearch.search(source, target, elementBits);
    if (shuffles.isPresent() && shuffles.get().cost() <= ThroughMemory.BARRIER) {
      return Result.ok(shuffles.get());
    }
    return MemoryExchange.plan(source, target, elementBits, model)
        .map(
            memory ->
                shuffles.isPresent() && shuffles.get().cost() <= memory.cost()
                    ? shuffles.get()
                    : memory);
  }

  /** The layout with all hardware axes of both, in their order. */
  private static Layout onHardware(Layout layout, Layout other) {
    Layout whole = layout.withDomainAxis(Axis.REGISTER).withDomainAxis(Axis.LANE);
    for (Axis axis : other.domain().axes()) {
      whole = whole.withDomainAxis(axis);
    }
    return whole.permuteDomain(whole.domain().sorted().axes().toArray(Axis[]::new));
  }

  private static Space threads(Layout layout) {
    return layout.domain().without(List.of(Axis.REGISTER));
  }

  private static Optional<Conversion> renaming(Layout from, Layout to) {
    Map<Layout, Integer> held = new HashMap<>();
    for (int slot = 0; slot < from.domain().extent(Axis.REGISTER); slot++) {
      held.putIfAbsent(from.slice(Axis.REGISTER, slot), slot);
    }
    List<Integer> sources = new ArrayList<>();
    for (int slot = 0; slot < to.domain().extent(Axis.REGISTER); slot++) {
      Integer source = held.get(to.slice(Axis.REGISTER, slot));
      if (source == null) {
        return Optional.empty();
      }
      sources.add(source);
    }
    return Optional.of(new Renaming(sources));
  }

  private static boolean covers(Layout from, Layout to) {
    if (from.rightInverse().isOk() || to.invertAndCompose(from).isOk()) {
      return true;
    }
    Set<Long> held = new HashSet<>();
    for (long x = 0; x < from.domain().size(); x++) {
      held.add(from.codomain().flatten(from.apply(from.domain().unflatten(x))));
    }
    for (long x = 0; x < to.domain().size(); x++) {
      if (!held.contains(to.codomain().flatten(to.apply(to.domain().unflatten(x))))) {
        return false;
      }
    }
    return true;
  }
}
