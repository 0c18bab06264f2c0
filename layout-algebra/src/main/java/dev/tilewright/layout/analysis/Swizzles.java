package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.Swizzle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;

/** The search for a swizzle that serves all accesses to a tile without bank conflicts. */
public final class Swizzles {

  private Swizzles() {}

  /**
   * The best swizzle of a tile for a set of accesses.
   *
   * <p>First CuTe's family is searched, all {@code Swizzle<B,M,S>} with {@code S > 0} that keep the
   * vectors of every access together, permute whole windows of the tile and leave the addresses of
   * every access a layout. If conflicts remain, the linear maps that XOR any combination of the
   * higher offset bits into the bank bits are searched for one without; where the tile is linear
   * over F₂ that search is complete. Among equal choices the one with the fewest bits, then the
   * largest base, then the least shift is taken.
   *
   * @param memory tile dimensions to offsets in elements, not yet swizzled
   * @param accesses every access to the tile
   * @param elementBytes bytes of an element
   * @return the choice with its proof, or the reason why an access does not fit the tile
   */
  public static Result<SwizzleChoice> best(
      Layout memory, List<SharedAccess> accesses, int elementBytes, BankModel model) {
    List<Sampled> sampled = new ArrayList<>();
    for (SharedAccess access : accesses) {
      switch (access.requests(memory)) {
        case Result.Refused<List<long[]>>(var reason) -> {
          return Result.refused(reason);
        }
        case Result.Ok<List<long[]>>(List<long[]> requests) ->
            sampled.add(Sampled.of(memory, access, requests));
      }
    }
    return search(memory, sampled, elementBytes, model);
  }

  /**
   * An access with the requests that are counted. Over F₂ all requests of an access differ by a
   * constant that is XORed to their addresses, which changes no conflict, so that one stands for
   * all of them.
   */
  record Sampled(SharedAccess access, List<long[]> requests, int total) {

    static Sampled of(Layout memory, SharedAccess access, List<long[]> requests) {
      boolean linear =
          memory.toLinear().isOk() && memory.compose(access.points()).then(Layout::toLinear).isOk();
      return new Sampled(access, linear ? requests.subList(0, 1) : requests, requests.size());
    }

    long wavefronts(int elementBytes, BankModel model, LongUnaryOperator moved) {
      long sum = 0;
      for (long[] request : requests) {
        sum +=
            Access.wavefronts(
                request, elementBytes, access.elements(), access.kind(), model, moved);
      }
      return sum * (total / requests.size());
    }

    BankConflicts cost(int elementBytes, BankModel model, LongUnaryOperator moved) {
      // All requests of an access have the same lanes.
      BankModel.Phases served = model.of(access.kind(), elementBytes * access.elements());
      long phases = Access.phases(requests.getFirst(), served);
      return new BankConflicts(total, wavefronts(elementBytes, model, moved), phases * total);
    }
  }

  private static Result<SwizzleChoice> search(
      Layout memory, List<Sampled> accesses, int elementBytes, BankModel model) {
    long ideal = 0;
    for (Sampled access : accesses) {
      ideal += access.cost(elementBytes, model, offset -> offset).ideal();
    }
    Swizzle best = new Swizzle(0, 0, 0);
    long least = cost(accesses, elementBytes, model, offset -> offset);
    for (Swizzle swizzle : family(memory, accesses, elementBytes, model)) {
      if (least == ideal) {
        break;
      }
      long cost = cost(accesses, elementBytes, model, swizzle::apply);
      if (cost < least && memory.swizzle(swizzle).then(l -> addresses(l, accesses)).isOk()) {
        least = cost;
        best = swizzle;
      }
    }
    boolean optimal = least == ideal;
    if (!optimal
        && LinearSwizzle.of(memory, accesses, elementBytes, model).orElse(null)
            instanceof LinearSwizzle linear) {
      optimal = linear.isSmall() && memory.toLinear().isOk();
      Optional<Layout> map = linear.conflictFree();
      if (map.isEmpty() && optimal) {
        map = Optional.of(linear.cheapest(to -> cost(accesses, elementBytes, model, to)));
      }
      if (map.isPresent()) {
        Layout found = map.get();
        LongUnaryOperator moved = offset -> found.apply(offset)[0];
        long cost = cost(accesses, elementBytes, model, moved);
        boolean proven = optimal || cost == ideal;
        Result<Layout> placed = found.compose(memory).then(l -> addresses(l, accesses));
        if (cost < least && placed.isOk()) {
          return placed.map(
              l -> choice(l, Optional.empty(), accesses, elementBytes, model, moved, proven));
        }
      }
    }
    boolean proven = optimal;
    Swizzle chosen = best;
    return memory
        .swizzle(chosen)
        .map(
            layout ->
                choice(
                    layout,
                    Optional.of(chosen),
                    accesses,
                    elementBytes,
                    model,
                    chosen::apply,
                    proven));
  }

  /** The memory layout, if the addresses of every access are a layout again. */
  private static Result<Layout> addresses(Layout memory, List<Sampled> accesses) {
    Result<Layout> result = Result.ok(memory);
    for (Sampled access : accesses) {
      result =
          result.then(layout -> layout.compose(access.access().points()).map(addresses -> layout));
    }
    return result;
  }

  private static SwizzleChoice choice(
      Layout memory,
      Optional<Swizzle> swizzle,
      List<Sampled> accesses,
      int elementBytes,
      BankModel model,
      LongUnaryOperator moved,
      boolean optimal) {
    List<SwizzleChoice.Cost> costs = new ArrayList<>();
    for (Sampled access : accesses) {
      costs.add(
          new SwizzleChoice.Cost(
              access.access(),
              access.cost(elementBytes, model, offset -> offset),
              access.cost(elementBytes, model, moved)));
    }
    return new SwizzleChoice(memory, swizzle, costs, optimal);
  }

  private static long cost(
      List<Sampled> accesses, int elementBytes, BankModel model, LongUnaryOperator moved) {
    long sum = 0;
    for (Sampled access : accesses) {
      sum += access.wavefronts(elementBytes, model, moved);
    }
    return sum;
  }

  /** How many low bits of an offset must stay for the vectors of all accesses to stay whole. */
  static int keptBits(List<Sampled> accesses) {
    int elements = 1;
    for (Sampled access : accesses) {
      elements = Math.max(elements, access.access().elements());
    }
    return 32 - Integer.numberOfLeadingZeros(elements - 1);
  }

  /** How many bits of an offset in elements choose the bank and the byte in it. */
  static int bankBits(int elementBytes, BankModel model) {
    long elements = (long) model.banks() * model.bytesPerBank() / elementBytes;
    return 63 - Long.numberOfLeadingZeros(elements);
  }

  private static List<Swizzle> family(
      Layout memory, List<Sampled> accesses, int elementBytes, BankModel model) {
    Space.Dim offsets = memory.codomain().dims().getFirst();
    int windowBits = Long.numberOfTrailingZeros(offsets.extent());
    int kept = keptBits(accesses);
    int banks = bankBits(elementBytes, model);
    List<Swizzle> family = new ArrayList<>();
    for (int bits = 1; bits <= banks - kept; bits++) {
      for (int base = banks - bits; base >= kept; base--) {
        for (int shift = bits; bits + base + shift <= windowBits; shift++) {
          family.add(new Swizzle(bits, base, shift));
        }
      }
    }
    return family;
  }
}
