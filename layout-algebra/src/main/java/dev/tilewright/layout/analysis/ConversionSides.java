package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
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

/** The two layouts of a conversion, on the same threads, and the ways between them. */
record ConversionSides(Layout source, Layout target) {

  static Result<ConversionSides> of(Layout from, Layout to) {
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
    return Result.ok(new ConversionSides(source, target));
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

  Result<Conversion> withinWarps(int elementBits) {
    if (source.equals(target)) {
      return Result.ok(new Conversion.Nothing());
    }
    Optional<Conversion> renaming = renaming(elementBits);
    if (renaming.isPresent()) {
      return Result.ok(renaming.get());
    }
    Optional<Conversion.Shuffles> shuffles = ShuffleSearch.search(source, target, elementBits);
    if (shuffles.isPresent()) {
      return Result.ok(shuffles.get());
    }
    return Result.refused(
        new Reason.NoShuffles(
            "a warp needs what another one holds, lanes read from no linear choice of lanes, or"
                + " more than two bits of the lane change places with bits of the register"));
  }

  Result<Conversion> plan(int elementBits, BankModel model) {
    Result<Conversion> within = withinWarps(elementBits);
    if (within instanceof Result.Ok<Conversion>(Conversion plan)
        && plan.cost() <= Conversion.ThroughMemory.BARRIER) {
      return within;
    }
    if (!within.isOk() && !covers()) {
      return Result.refused(
          new Reason.NotSurjective(
              source.codomain().axis(0), "the source holds not every element of the target"));
    }
    Result<Conversion> memory = MemoryExchange.plan(source, target, elementBits, model);
    boolean shuffled =
        within instanceof Result.Ok<Conversion>(Conversion shuffles)
            && !(memory instanceof Result.Ok<Conversion>(Conversion exchange)
                && exchange.cost() < shuffles.cost());
    return shuffled ? within : memory;
  }

  private Optional<Conversion> renaming(int elementBits) {
    Map<Layout, Integer> held = new HashMap<>();
    for (int slot = 0; slot < source.domain().extent(Axis.REGISTER); slot++) {
      held.putIfAbsent(source.slice(Axis.REGISTER, slot), slot);
    }
    List<Integer> sources = new ArrayList<>();
    for (int slot = 0; slot < target.domain().extent(Axis.REGISTER); slot++) {
      Integer register = held.get(target.slice(Axis.REGISTER, slot));
      if (register == null) {
        return Optional.empty();
      }
      sources.add(register);
    }
    if (elementBits == 4 || elementBits == 8) {
      int slots = Math.toIntExact(source.domain().extent(Axis.REGISTER));
      RegisterProgram program = RegisterProgram.of(sources, slots, elementBits);
      if (!program.isFree()) {
        return Optional.of(new Conversion.BytePermutes(sources, program));
      }
    }
    return Optional.of(new Conversion.Renaming(sources));
  }

  private boolean covers() {
    if (source.rightInverse().isOk() || target.invertAndCompose(source).isOk()) {
      return true;
    }
    Set<Long> held = elements(source);
    return held.containsAll(elements(target));
  }

  private static Set<Long> elements(Layout layout) {
    Set<Long> elements = new HashSet<>();
    for (long x = 0; x < layout.domain().size(); x++) {
      elements.add(layout.codomain().flatten(layout.apply(layout.domain().unflatten(x))));
    }
    return elements;
  }
}
