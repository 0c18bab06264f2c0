package dev.tilewright.ir.expand;

import dev.tilewright.ir.Op;
import dev.tilewright.ir.analysis.LayoutChange;
import dev.tilewright.ir.expand.Registers.Lane;
import dev.tilewright.ir.expand.Registers.Slot;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.analysis.Conversion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongFunction;

/**
 * Conversions between register layouts that need no shared memory, as {@link
 * Conversion#withinWarps} plans them.
 *
 * <p>In a round of shuffles every lane offers a word of its source's registers and puts what it
 * receives into one of its target's. Which register depends on the lane: {@code base ^ Σ choice},
 * with the same choices in all rounds. So one layer of selects per choice permutes the registers
 * for all rounds: as many selects as there are words, not as many as there are pairs.
 */
final class LayoutConversion {
  private final Expansion expansion;
  private final LaneExchange lanes;

  LayoutConversion(Expansion expansion) {
    this.expansion = expansion;
    this.lanes = new LaneExchange(expansion.code());
  }

  Registers expand(Op.ConvertLayout op) {
    expansion.layout(op, op.x());
    expansion.layout(op, op.result());
    Registers tile = expansion.values().tile(op.x());
    return switch (LayoutChange.of(op).withinWarps()) {
      case Result.Ok<Conversion>(Conversion.Nothing _) -> tile;
      case Result.Ok<Conversion>(Conversion.Renaming(List<Integer> sources)) ->
          new Registers(sources.stream().map(tile.slots()::get).toList());
      case Result.Ok<Conversion>(Conversion.BytePermutes permutes) -> permuted(permutes, tile);
      case Result.Ok<Conversion>(Conversion.Shuffles shuffles) -> shuffled(shuffles, tile);
      case Result.Ok<Conversion>(Conversion.ThroughMemory _) ->
          throw new IllegalStateException("a conversion within warps goes through memory");
      case Result.Refused<Conversion> refused ->
          throw new StagedFormException(
              op, "ConvertLayout stays within each warp", refused.reason().sentence());
    };
  }

  // ---------------------------------------------------------------- bytes

  /**
   * Packed words are permuted by the plan's program. Elements that lie in no words yet are only
   * renumbered: they are packed in their new order where they are used as words.
   */
  private Registers permuted(Conversion.BytePermutes plan, Registers tile) {
    int perWord = Integer.SIZE / tile.dtype().bits();
    int words = plan.program().inputs();
    boolean packed = words * perWord == tile.count() && plan.sources().size() % perWord == 0;
    for (int word = 0; packed && word < words; word++) {
      packed = tile.isVector(Registers.range(word * perWord, perWord));
    }
    if (!packed) {
      return new Registers(plan.sources().stream().map(tile.slots()::get).toList());
    }
    ThreadBuilder ops = expansion.ops();
    List<ThreadValue> inputs = new ArrayList<>();
    for (int word = 0; word < words; word++) {
      ThreadValue vector = tile.packed(ops, Registers.range(word * perWord, perWord));
      inputs.add(ops.bitcast(vector, ThreadType.U32));
    }
    return Registers.ofWords(
        tile.dtype(),
        plan.sources().size(),
        WordProgram.run(plan.program(), inputs, ops).stream()
            .map(word -> ops.bitcast(word, ThreadType.vector(tile.dtype(), perWord)))
            .toList());
  }

  // ---------------------------------------------------------------- rounds

  private Registers shuffled(Conversion.Shuffles plan, Registers tile) {
    ThreadBuilder ops = expansion.ops();
    Conversion.Round first = plan.rounds().getFirst();
    Permuted offered =
        new Permuted(
            ThreadBits.of(first.offered()).choices(),
            slot -> tile.packed(ops, registers(slot, plan.offeredPack())));
    Map<Long, ThreadValue> arrived = new HashMap<>();
    List<Long> slots = new ArrayList<>();
    for (Conversion.Round round : plan.rounds()) {
      ThreadValue word = offered.word(ThreadBits.of(round.offered()).constant());
      long slot = ThreadBits.of(round.received()).constant();
      arrived.put(slot, exchanged(word, ThreadBits.of(round.source())));
      slots.add(slot);
    }
    Permuted received =
        new Permuted(
            ThreadBits.of(first.received()).choices(),
            slot -> Objects.requireNonNull(arrived.get(slot)));
    Map<Integer, Slot> filled = new HashMap<>();
    for (long slot : slots) {
      ThreadValue word = received.word(slot);
      List<Integer> registers = registers(slot, plan.receivedPack());
      for (int i = 0; i < registers.size(); i++) {
        filled.put(registers.get(i), new Lane(word, i));
      }
    }
    List<Slot> inOrder = new ArrayList<>();
    for (int register = 0; register < filled.size(); register++) {
      inOrder.add(Objects.requireNonNull(filled.get(register)));
    }
    return new Registers(inOrder);
  }

  private static List<Integer> registers(long slot, List<Integer> pack) {
    return pack.stream().map(offset -> Math.toIntExact(slot + offset)).toList();
  }

  private ThreadValue exchanged(ThreadValue word, ThreadBits source) {
    if (!source.isOwnLane()) {
      Threads.Index lane = expansion.threads().at(source.map(), 0);
      return lanes.from(word, expansion.code().add(lane.base(), lane.constant()));
    }
    return source.constant() == 0 ? word : lanes.across(word, Math.toIntExact(source.constant()));
  }

  /** Words by register, permuted by choices of the running thread. */
  private final class Permuted {
    private final List<ThreadBits.Choice> choices;
    private final LongFunction<ThreadValue> words;
    private final List<ThreadValue> stays = new ArrayList<>();
    private final Map<Place, ThreadValue> made = new HashMap<>();

    /** A register after the first so many choices. */
    private record Place(int choices, long slot) {}

    Permuted(List<ThreadBits.Choice> choices, LongFunction<ThreadValue> words) {
      this.choices = choices;
      this.words = words;
      for (ThreadBits.Choice choice : choices) {
        stays.add(expansion.code().equal(expansion.threads().at(choice.condition(), 0).base(), 0));
      }
    }

    /** The word of register {@code slot ^ Σ choice}. */
    ThreadValue word(long slot) {
      return word(choices.size(), slot);
    }

    private ThreadValue word(int count, long slot) {
      Place place = new Place(count, slot);
      ThreadValue known = made.get(place);
      if (known != null) {
        return known;
      }
      ThreadValue word =
          count == 0
              ? words.apply(slot)
              : expansion
                  .ops()
                  .select(
                      stays.get(count - 1),
                      word(count - 1, slot),
                      word(count - 1, slot ^ choices.get(count - 1).flip()));
      made.put(place, word);
      return word;
    }
  }
}
