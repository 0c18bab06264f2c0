package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.expand.lowbit.BitStream;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * A tile as one thread holds it: where each element of its layout's {@code register} axis lies.
 *
 * <p>Elements stay in the vectors in which they were loaded or computed, so that a fragment that
 * came from memory as packed words goes into a matrix instruction as the same words.
 */
record Registers(List<Slot> slots) {

  /** Where an element lies. */
  sealed interface Slot permits Lane, Field {
    DType dtype();

    ThreadValue scalar(ThreadBuilder ops);
  }

  /** Element {@code lane} of a scalar (0) or vector. */
  record Lane(ThreadValue value, int lane) implements Slot {
    @Override
    public DType dtype() {
      return value.type().element();
    }

    @Override
    public ThreadValue scalar(ThreadBuilder ops) {
      return value.type().isScalar() ? value : ops.extract(value, lane);
    }
  }

  /**
   * Element {@code index} of a stream of bits, taken out when it is asked for: whole words are
   * converted without.
   */
  record Field(BitStream stream, int index) implements Slot {
    @Override
    public DType dtype() {
      return stream.dtype();
    }

    @Override
    public ThreadValue scalar(ThreadBuilder ops) {
      return stream.element(ops, index);
    }
  }

  Registers {
    slots = List.copyOf(slots);
  }

  /** The same scalar in every register. */
  static Registers splat(int count, ThreadValue scalar) {
    return new Registers(Collections.nCopies(count, new Lane(scalar, 0)));
  }

  static Registers scalars(int count, IntFunction<ThreadValue> scalar) {
    List<Slot> slots = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      slots.add(new Lane(scalar.apply(i), 0));
    }
    return new Registers(slots);
  }

  int count() {
    return slots.size();
  }

  DType dtype() {
    return slots.getFirst().dtype();
  }

  ThreadValue scalar(ThreadBuilder ops, int register) {
    return slots.get(register).scalar(ops);
  }

  /** The given registers in one vector (a scalar if it is one), made only if there is none. */
  ThreadValue packed(ThreadBuilder ops, List<Integer> registers) {
    if (registers.size() == 1) {
      return scalar(ops, registers.getFirst());
    }
    if (isVector(registers) && slots.get(registers.getFirst()) instanceof Lane first) {
      return first.value().type().lanes() == registers.size()
          ? first.value()
          : ops.extract(first.value(), first.lane(), registers.size());
    }
    int perWord = Integer.SIZE / dtype().bits();
    boolean words = takenApart(dtype()) && registers.size() % perWord == 0;
    for (int at = 0; words && at < registers.size(); at += perWord) {
      words = isVector(registers.subList(at, at + perWord));
    }
    if (words && registers.size() > perWord) {
      List<ThreadValue> parts = new ArrayList<>();
      for (int at = 0; at < registers.size(); at += perWord) {
        ThreadValue word = packed(ops, registers.subList(at, at + perWord));
        parts.add(ops.bitcast(word, ThreadType.U32));
      }
      return ops.bitcast(ops.build(parts), ThreadType.vector(dtype(), registers.size()));
    }
    List<ThreadValue> scalars = new ArrayList<>(registers.size());
    for (int register : registers) {
      scalars.add(scalar(ops, register));
    }
    return ops.build(scalars);
  }

  /** Whether it costs instructions to take a word apart and put it together again. */
  private static boolean takenApart(DType dtype) {
    return dtype.bits() == 8 || dtype instanceof IntType && dtype.bits() == 16;
  }

  /** Whether the registers lie side by side in one vector, at a multiple of their number. */
  boolean isVector(List<Integer> registers) {
    if (!(slots.get(registers.getFirst()) instanceof Lane(var vector, int first))) {
      return false;
    }
    for (int i = 0; i < registers.size(); i++) {
      if (!slots.get(registers.get(i)).equals(new Lane(vector, first + i))) {
        return false;
      }
    }
    return first % registers.size() == 0;
  }

  /**
   * All registers in pairs that share a vector of two, each pair in its vector's order; empty if
   * not all do.
   */
  Optional<List<List<Integer>>> pairs() {
    Map<Slot, Integer> registers = new HashMap<>();
    for (int i = 0; i < count(); i++) {
      registers.putIfAbsent(slots.get(i), i);
    }
    List<List<Integer>> pairs = new ArrayList<>();
    for (int i = 0; i < count(); i++) {
      if (!(slots.get(i) instanceof Lane(var vector, int lane))
          || vector.type().lanes() % 2 != 0
          || !Integer.valueOf(i).equals(registers.get(slots.get(i)))) {
        return Optional.empty();
      }
      Integer other = registers.get(new Lane(vector, lane ^ 1));
      if (other == null) {
        return Optional.empty();
      }
      if (lane % 2 == 0) {
        pairs.add(List.of(i, other));
      }
    }
    return Optional.of(pairs);
  }

  /** The stream in which all registers lie, register {@code i} as element {@code i}, if any. */
  Optional<BitStream> stream() {
    if (!(slots.getFirst() instanceof Field(BitStream stream, int first)) || first != 0) {
      return Optional.empty();
    }
    for (int i = 1; i < count(); i++) {
      if (!slots.get(i).equals(new Field(stream, i))) {
        return Optional.empty();
      }
    }
    return Optional.of(stream);
  }

  /** The first elements of a stream. */
  static Registers of(BitStream stream, int count) {
    List<Slot> slots = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      slots.add(new Field(stream, i));
    }
    return new Registers(slots);
  }

  // ---------------------------------------------------------------- in loops and branches

  /** How many neighbouring registers are carried through control flow in one word of 32 bits. */
  private static int perWord(DType dtype, int count) {
    int most = dtype.bits() < 8 ? 1 : Math.max(1, 32 / dtype.bits());
    return Math.min(most, Integer.lowestOneBit(count));
  }

  /** Whether a tile is carried as a stream of bits; predicates stay predicates. */
  private static boolean isStream(DType dtype) {
    return dtype.bits() > 1 && dtype.bits() < 8;
  }

  /** The types of {@link #words}, for a tile of that many registers. */
  static List<ThreadType> wordTypes(DType dtype, int count) {
    if (isStream(dtype)) {
      return Collections.nCopies(Math.ceilDiv(count * dtype.bits(), 32), ThreadType.U32);
    }
    int per = perWord(dtype, count);
    return Collections.nCopies(count / per, ThreadType.vector(dtype, per));
  }

  /** The tile in as few 32-bit words as hold it. */
  List<ThreadValue> words(ThreadBuilder ops) {
    if (isStream(dtype())) {
      List<ThreadValue> all = new TileWords(ops, this).all();
      return all.subList(0, wordTypes(dtype(), count()).size());
    }
    int per = perWord(dtype(), count());
    List<ThreadValue> words = new ArrayList<>();
    for (int at = 0; at < count(); at += per) {
      words.add(packed(ops, range(at, per)));
    }
    return words;
  }

  /** The inverse of {@link #words}. */
  static Registers ofWords(DType dtype, int count, List<ThreadValue> words) {
    if (isStream(dtype)) {
      return of(new BitStream(words, dtype), count);
    }
    List<Slot> slots = new ArrayList<>();
    for (ThreadValue word : words) {
      for (int lane = 0; lane < word.type().lanes(); lane++) {
        slots.add(new Lane(word, lane));
      }
    }
    return new Registers(slots);
  }

  static List<Integer> range(int from, int count) {
    return IntStream.range(from, from + count).boxed().toList();
  }
}
