package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LinearMap;
import dev.tilewright.layout.Result;
import java.util.List;

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
   * Every thread has what it needs, but elements of 4 or 8 bits, which are packed in 32-bit
   * registers, lie in other places of them.
   *
   * @param sources for every slot of the target the slot of the source that it is
   * @param program what moves the bytes
   */
  record BytePermutes(List<Integer> sources, RegisterProgram program) implements Conversion {
    public BytePermutes {
      sources = List.copyOf(sources);
    }

    @Override
    public long cost() {
      return program.cost();
    }
  }

  /**
   * Every warp has what it needs, in other lanes. The slots offered in two rounds differ by the
   * same bits in every thread, and so do the slots received: the selects of one round serve all.
   *
   * @param rounds the rounds, each of which fills one pack of slots in every lane
   * @param offeredPack what is added to an offered slot for the elements that move together in one
   *     32-bit register
   * @param receivedPack what is added to the slot where they arrive, in the same order
   * @param packing from the source's registers to the words that are offered: word {@code i} holds
   *     the slots {@code s + offeredPack}, {@code s} being the {@code i}-th slot with zeros in the
   *     bits of the pack
   * @param unpacking from the words received, numbered likewise by {@code receivedPack}, to the
   *     target's registers
   */
  record Shuffles(
      List<Round> rounds,
      List<Integer> offeredPack,
      List<Integer> receivedPack,
      RegisterProgram packing,
      RegisterProgram unpacking)
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
      return packing.cost() + rounds.stream().mapToLong(Round::cost).sum() + unpacking.cost();
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

    /** How many bits of the thread's number choose the register: a select for each. */
    private static long selects(Layout register) {
      return register.toLinear().map(LinearMap::rank).orThrow();
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
    return ConversionSides.of(from, to).then(sides -> sides.plan(elementBits, model));
  }

  /**
   * The conversion that needs no shared memory: {@link Nothing}, {@link Renaming}, {@link
   * BytePermutes} or {@link Shuffles}, whatever it costs.
   *
   * @param from register, lane, warp, … to tile dimensions: who holds what
   * @param to the same threads and tile: who shall hold what
   * @param elementBits as for {@link #plan}
   * @return the conversion, or a reason if there is none: threads or tiles differ, a warp does not
   *     hold all it needs, the lanes to read from are no linear function over F₂, or more than two
   *     of their bits change places with bits of the register
   */
  static Result<Conversion> withinWarps(Layout from, Layout to, int elementBits) {
    return ConversionSides.of(from, to).then(sides -> sides.withinWarps(elementBits));
  }
}
