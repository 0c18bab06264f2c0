package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LinearMap;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The search for warp shuffles between two F₂-linear register layouts.
 *
 * <p>Slot {@code r} of lane {@code l} gets its value from slot {@code P(r, l)} of lane {@code S(r,
 * l)}, both linear. In round {@code q} lane {@code l} receives slot {@code r = q ^ T l}; {@code T},
 * linear too, is what is sought. The round works iff lanes that read from the same lane want the
 * same slot of it: the kernel of {@code l -> S(T l, l)} lies in that of {@code l -> P(T l, l)}. A
 * round in which every lane reads from itself needs no shuffle; with {@code m} lane bits exchanged
 * for register bits, {@code 2^-m} of the rounds can be such, which is the least (linear layouts,
 * arXiv 2505.23819). Every bit that {@code T} or the slot offered takes from the lane costs a
 * select in each round.
 */
final class ShuffleSearch {

  /** A linear function of the target's bits, by image: registers, lanes, other axes; constant. */
  private record Bits(List<Long> register, List<Long> lane, List<Long> other, long constant) {
    long ofRegister(long slot) {
      return xor(register, slot);
    }
  }

  private final Layout target;
  private final Bits slot;
  private final Bits lane;
  private final int lanes;
  private final long sourceSlots;

  private ShuffleSearch(Layout target, Bits slot, Bits lane, long sourceSlots) {
    this.sourceSlots = sourceSlots;
    this.target = target;
    this.slot = slot;
    this.lane = lane;
    this.lanes = lane.lane().size();
  }

  static Optional<Conversion.Shuffles> search(Layout from, Layout to, int elementBits) {
    if (!(from.toLinear() instanceof Result.Ok<LinearMap>(LinearMap f))
        || !(to.toLinear() instanceof Result.Ok<LinearMap>(LinearMap g))) {
      return Optional.empty();
    }
    return pull(f, g, to).flatMap(search -> search.best(elementBits));
  }

  private static long xor(List<Long> columns, long bits) {
    long sum = 0;
    for (long rest = bits; rest != 0; rest &= rest - 1) {
      sum ^= columns.get(Long.numberOfTrailingZeros(rest));
    }
    return sum;
  }

  // ---- where every slot gets its value from ----

  private static Optional<ShuffleSearch> pull(LinearMap f, LinearMap g, Layout to) {
    int sourceBits = bits(f.domain().extent(Axis.REGISTER));
    int targetBits = bits(g.domain().extent(Axis.REGISTER));
    int laneBits = bits(f.domain().extent(Axis.LANE));
    LinearMap.Solver own = new LinearMap.Solver(f.columns().subList(0, sourceBits));
    LinearMap.Solver warp = new LinearMap.Solver(f.columns().subList(0, sourceBits + laneBits));
    List<Long> slots = new ArrayList<>();
    List<Long> lanes = new ArrayList<>();
    for (int i = 0; i <= g.columns().size(); i++) {
      boolean constant = i == g.columns().size();
      int laneBit = i - targetBits;
      boolean isLane = laneBit >= 0 && laneBit < laneBits;
      boolean isOther = laneBit >= laneBits && !constant;
      long wanted = constant ? g.offset() ^ f.offset() : g.columns().get(i);
      if (isOther) {
        wanted ^= f.columns().get(sourceBits + laneBit);
      }
      long stay = isLane ? 1L << laneBit : 0;
      OptionalLong within =
          own.solve(isLane ? wanted ^ f.columns().get(sourceBits + laneBit) : wanted);
      if (within.isPresent()) {
        slots.add(within.getAsLong());
        lanes.add(stay);
        continue;
      }
      OptionalLong across = warp.solve(wanted);
      if (across.isEmpty()) {
        return Optional.empty();
      }
      slots.add(across.getAsLong() & ((1L << sourceBits) - 1));
      lanes.add(across.getAsLong() >> sourceBits);
    }
    return Optional.of(
        new ShuffleSearch(
            to,
            split(slots, targetBits, laneBits),
            split(lanes, targetBits, laneBits),
            1L << sourceBits));
  }

  private static Bits split(List<Long> images, int registers, int lanes) {
    int all = images.size() - 1;
    return new Bits(
        images.subList(0, registers),
        images.subList(registers, registers + lanes),
        images.subList(registers + lanes, all),
        images.get(all));
  }

  private static int bits(long extent) {
    return Long.numberOfTrailingZeros(extent);
  }

  // ---- elements that travel together ----

  /** A bit of the target's slots and the bit of the source's that it is, wherever it goes. */
  private record Pair(int target, int source) {}

  private List<Pair> pack(int elementBits) {
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < slot.register().size(); i++) {
      long image = slot.register().get(i);
      if (elementBits << pairs.size() < 32
          && Long.bitCount(image) == 1
          && lane.register().get(i) == 0
          && users(image) == 1) {
        pairs.add(new Pair(i, Long.numberOfTrailingZeros(image)));
      }
    }
    return pairs;
  }

  private int users(long bit) {
    int users = (slot.constant() & bit) != 0 ? 1 : 0;
    for (List<Long> images : List.of(slot.register(), slot.lane(), slot.other())) {
      for (long image : images) {
        users += (image & bit) != 0 ? 1 : 0;
      }
    }
    return users;
  }

  private static List<Integer> offsets(List<Integer> bits) {
    List<Integer> offsets = new ArrayList<>(List.of(0));
    for (int bit : bits) {
      for (int i = offsets.size() - 1, first = offsets.size(); i >= 0; i--) {
        offsets.add(first, offsets.get(i) + (1 << bit));
      }
    }
    return offsets;
  }

  // ---- the rounds ----

  private Optional<Conversion.Shuffles> best(int elementBits) {
    List<Pair> packed = pack(elementBits);
    List<Integer> free = new ArrayList<>();
    for (int i = 0; i < slot.register().size(); i++) {
      int bit = i;
      if (packed.stream().noneMatch(pair -> pair.target() == bit)) {
        free.add(bit);
      }
    }
    List<Integer> offeredPack = offsets(packed.stream().map(Pair::source).toList());
    List<Integer> receivedPack = offsets(packed.stream().map(Pair::target).toList());
    List<Integer> slots = offsets(free);
    return shears(free).stream()
        .filter(this::works)
        .min(Comparator.comparingLong(shear -> cost(shear, slots)))
        .map(
            shear ->
                new Conversion.Shuffles(
                    rounds(shear, slots),
                    offeredPack,
                    receivedPack,
                    packing(offeredPack, elementBits),
                    unpacking(receivedPack, elementBits)));
  }

  /** The slots in the order in which packs hold them, a register's room for each pack. */
  private static List<Integer> packed(List<Integer> pack, int slots, int elementBits) {
    int room = Math.max(1, 32 / elementBits);
    int mask = pack.getLast();
    List<Integer> order = new ArrayList<>();
    for (int slot = 0; slot < slots; slot++) {
      if ((slot & mask) == 0) {
        int first = slot;
        pack.forEach(offset -> order.add(first + offset));
        for (int free = pack.size(); free < room; free++) {
          order.add(-1);
        }
      }
    }
    return order;
  }

  private RegisterProgram packing(List<Integer> pack, int elementBits) {
    int slots = Math.toIntExact(sourceSlots);
    return RegisterProgram.of(packed(pack, slots, elementBits), slots, elementBits);
  }

  private RegisterProgram unpacking(List<Integer> pack, int elementBits) {
    int slots = 1 << slot.register().size();
    List<Integer> order = packed(pack, slots, elementBits);
    List<Integer> places = new ArrayList<>();
    for (int slot = 0; slot < slots; slot++) {
      places.add(order.indexOf(slot));
    }
    return RegisterProgram.of(places, order.size(), elementBits);
  }

  /** What {@link Conversion.Shuffles#cost} will say of the rounds. */
  private long cost(long[] shear, List<Integer> slots) {
    boolean home = lane.other().stream().allMatch(image -> image == 0);
    List<Long> wanted = new ArrayList<>();
    List<Long> received = new ArrayList<>();
    for (int j = 0; j < lanes; j++) {
      home &= source(shear, j) == 1L << j;
      wanted.add(wanted(shear, j));
      received.add(shear[j]);
    }
    long local =
        home ? slots.stream().filter(s -> (lane.ofRegister(s) ^ lane.constant()) == 0).count() : 0;
    wanted.addAll(slot.other());
    int selects = LinearMap.rank(wanted) + LinearMap.rank(received);
    return 2 * (slots.size() - local) + (long) slots.size() * selects;
  }

  /** Where lane bit {@code j} moves the lane that is read. */
  private long source(long[] shear, int j) {
    return lane.lane().get(j) ^ lane.ofRegister(shear[j]);
  }

  /** Where lane bit {@code j} moves the slot that is wanted. */
  private long wanted(long[] shear, int j) {
    return slot.lane().get(j) ^ slot.ofRegister(shear[j]);
  }

  /** The candidates for T: at most two lane bits choose a register bit each. */
  private List<long[]> shears(List<Integer> free) {
    List<long[]> shears = new ArrayList<>();
    shears.add(new long[lanes]);
    for (int a = 0; a < lanes; a++) {
      for (int bit : free) {
        long[] one = new long[lanes];
        one[a] = 1L << bit;
        shears.add(one);
        for (int b = a + 1; b < lanes; b++) {
          for (int other : free) {
            long[] two = one.clone();
            two[b] = 1L << other;
            shears.add(two);
          }
        }
      }
    }
    return shears;
  }

  private boolean works(long[] shear) {
    List<Long> from = new ArrayList<>();
    List<Long> wanted = new ArrayList<>();
    for (int j = 0; j < lanes; j++) {
      from.add(source(shear, j));
      wanted.add(wanted(shear, j));
    }
    for (int j = 0; j < lanes; j++) {
      OptionalLong same = new LinearMap.Solver(from.subList(0, j)).solve(from.get(j));
      if (same.isPresent() && xor(wanted, same.getAsLong()) != wanted.get(j)) {
        return false;
      }
    }
    return true;
  }

  private List<Conversion.Round> rounds(long[] shear, List<Integer> slotsOfRounds) {
    Space threads = target.domain().without(List.of(Axis.REGISTER));
    Space slots = Space.of(Axis.REGISTER, sourceSlots);
    Space targets = Space.of(Axis.REGISTER, target.domain().extent(Axis.REGISTER));
    List<Long> source = new ArrayList<>();
    List<Long> wanted = new ArrayList<>();
    List<Long> received = new ArrayList<>();
    for (int j = 0; j < lanes; j++) {
      source.add(source(shear, j));
      wanted.add(wanted(shear, j));
      received.add(shear[j]);
    }
    // From the lane that offers back to a lane that reads from it, and so to the slot it offers.
    List<Long> back = new LinearMap.Solver(source).inverse(lanes);
    List<Long> offered = new ArrayList<>();
    back.forEach(reader -> offered.add(xor(wanted, reader)));
    List<Long> offeredByLane = List.copyOf(offered);
    for (int k = 0; k < lane.other().size(); k++) {
      source.add(lane.other().get(k));
      offered.add(xor(offeredByLane, lane.other().get(k)) ^ slot.other().get(k));
      received.add(0L);
    }
    List<Conversion.Round> rounds = new ArrayList<>();
    for (int slotOfRound : slotsOfRounds) {
      long from = lane.ofRegister(slotOfRound) ^ lane.constant();
      long slotFrom = slot.ofRegister(slotOfRound) ^ slot.constant();
      rounds.add(
          new Conversion.Round(
              new LinearMap(threads, Space.of(Axis.LANE, 1L << lanes), source, from).toLayout(),
              new LinearMap(threads, slots, offered, xor(offeredByLane, from) ^ slotFrom)
                  .toLayout(),
              new LinearMap(threads, targets, received, slotOfRound).toLayout()));
    }
    return rounds;
  }
}
