package dev.tilewright.ir.interpret;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Type;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An asynchronous reference at work: a ring of slots, each <i>empty → full → borrowed → empty</i>.
 * The n-th write goes to slot n mod depth; every reader reads every write, in order; a slot is
 * empty again when all readers have given it back.
 */
final class Channel {

  /** What one side holds of a slot. */
  static final class Token {
    private final Channel channel;
    private final Slot slot;
    private final Type.Side side;
    private final Actor holder;
    private final SharedMemory.Access acquired;
    private SharedMemory.@Nullable Access used;

    private final List<SharedMemory.Write> writes = new ArrayList<>();

    private Token(
        Channel channel, Slot slot, Type.Side side, Actor holder, SharedMemory.Access acquired) {
      this.channel = channel;
      this.slot = slot;
      this.side = side;
      this.holder = holder;
      this.acquired = acquired;
    }

    Channel channel() {
      return channel;
    }

    int slot() {
      return slot.number;
    }

    Type.Side side() {
      return side;
    }

    Actor holder() {
      return holder;
    }

    SharedMemory.Access acquired() {
      return acquired;
    }

    /** The operation that used it up, if one has. */
    SharedMemory.@Nullable Access used() {
      return used;
    }

    /** What was written into the slot. */
    List<SharedMemory.Write> writes() {
      return writes;
    }
  }

  private enum State {
    EMPTY,
    HELD_BY_WRITER,
    FILLING,
    FULL
  }

  private static final class Slot {
    private final int number;
    private final int actor;
    private State state = State.EMPTY;

    /** How often it has been acquired for writing. */
    private long rounds;

    private SharedMemory.@Nullable Access writer;
    private Clock full = Clock.nothing();
    private Clock empty = Clock.nothing();

    /** Of each reader, its token in this round, and whether it has given the slot back. */
    private final @Nullable Token[] borrowed;

    private final boolean[] returned;

    Slot(int number, int actor, int readers) {
      this.number = number;
      this.actor = actor;
      this.borrowed = new Token[readers];
      this.returned = new boolean[readers];
    }
  }

  private final String name;
  private final List<String> readers;
  private final List<SharedBuffer> rings;
  private final List<Slot> slots = new ArrayList<>();
  private final List<Token> tokens = new ArrayList<>();
  private final long[] reads;
  private long written;

  /**
   * @param name how messages call it
   * @param readers the names of the roles that read it
   * @param firstActor of as many ids of actors as there are slots: what arrives in a slot is seen
   *     by those who see the slot
   */
  Channel(String name, int depth, List<String> readers, List<SharedBuffer> rings, int firstActor) {
    this.name = name;
    this.readers = List.copyOf(readers);
    this.rings = List.copyOf(rings);
    this.reads = new long[readers.size()];
    for (int i = 0; i < depth; i++) {
      slots.add(new Slot(i, firstActor + i, readers.size()));
    }
  }

  private int reader(Actor actor) {
    return readers.indexOf(actor.name());
  }

  private Slot slot(long round) {
    return slots.get((int) (round % slots.size()));
  }

  // ---------------------------------------------------------------- write

  boolean canWrite() {
    return slot(written).state == State.EMPTY;
  }

  Token acquireWrite(Actor actor, SharedMemory.Access by) {
    Slot slot = slot(written++);
    slot.state = State.HELD_BY_WRITER;
    slot.rounds++;
    slot.writer = by;
    actor.learn(slot.empty);
    return held(new Token(this, slot, Type.Side.WRITE, actor, by));
  }

  /**
   * @return whether the slot still has to be {@linkplain #fill filled} by what is on its way
   */
  boolean commit(Token token, AsyncOp.Completion completion, SharedMemory.Access by) {
    token.used = by;
    Slot slot = token.slot;
    slot.full = token.holder.publish();
    boolean later = completion != AsyncOp.Completion.GENERIC;
    slot.state = later ? State.FILLING : State.FULL;
    return later;
  }

  /** What was on its way has arrived. */
  void fill(Token token) {
    Slot slot = token.slot;
    token.writes.forEach(write -> write.arrive(slot.actor, slot.rounds));
    slot.full.see(slot.actor, slot.rounds + 1);
    slot.state = State.FULL;
  }

  // ---------------------------------------------------------------- read

  boolean canRead(Actor actor) {
    int reader = reader(actor);
    Slot slot = slot(reads[reader]);
    return slot.state == State.FULL
        && slot.borrowed[reader] == null
        && slot.rounds == reads[reader] / slots.size() + 1;
  }

  Token acquireRead(Actor actor, SharedMemory.Access by) {
    int reader = reader(actor);
    Slot slot = slot(reads[reader]++);
    actor.learn(slot.full);
    Token token = held(new Token(this, slot, Type.Side.READ, actor, by));
    slot.borrowed[reader] = token;
    return token;
  }

  /** Uses the token up; the slot is not given back before {@link #giveBack}. */
  void release(Token token, SharedMemory.Access by) {
    token.used = by;
    token.slot.empty.see(token.holder.publish());
  }

  void giveBack(Token token) {
    Slot slot = token.slot;
    slot.returned[reader(token.holder)] = true;
    for (boolean returned : slot.returned) {
      if (!returned) {
        return;
      }
    }
    slot.state = State.EMPTY;
    java.util.Arrays.fill(slot.borrowed, null);
    java.util.Arrays.fill(slot.returned, false);
  }

  private Token held(Token token) {
    tokens.removeIf(earlier -> earlier.used != null);
    tokens.add(token);
    return token;
  }

  /** The buffers of the token's slot. */
  List<SharedBuffer> views(Token token) {
    return rings.stream().map(ring -> ring.slice(token.slot.number).guardedBy(token)).toList();
  }

  // ---------------------------------------------------------------- messages

  String name() {
    return name;
  }

  /** Why the next slot cannot be written. */
  String whyNotWritten() {
    Slot slot = slot(written);
    return "slot "
        + slot.number
        + " of "
        + name
        + " in round "
        + written / slots.size()
        + " is "
        + describe(slot);
  }

  /** Why the next slot cannot be read. */
  String whyNotRead(Actor actor) {
    long next = reads[reader(actor)];
    Slot slot = slot(next);
    long round = next / slots.size();
    String place = "slot " + slot.number + " of " + name + " in round " + round + " is ";
    return place
        + (slot.rounds <= round ? "empty: nobody has acquired it for writing" : describe(slot));
  }

  private String describe(Slot slot) {
    return switch (slot.state) {
      case EMPTY -> "empty";
      case HELD_BY_WRITER -> "not committed since " + slot.writer;
      case FILLING -> "being filled";
      case FULL -> {
        List<String> open = new ArrayList<>();
        for (int i = 0; i < readers.size(); i++) {
          Token token = slot.borrowed[i];
          String who = readers.get(i).isEmpty() ? "the block" : "role '" + readers.get(i) + "'";
          if (token == null) {
            open.add("to be read by " + who);
          } else if (!slot.returned[i]) {
            open.add("held by " + who + " since " + token.acquired);
          }
        }
        yield open.isEmpty() ? "full, and no role reads it" : "full, " + String.join(", ", open);
      }
    };
  }

  /** What is left over when all have ended; empty when nothing is. */
  List<String> leftOver() {
    List<String> left = new ArrayList<>();
    for (Token token : tokens) {
      if (token.used == null) {
        left.add(
            "slot "
                + token.slot.number
                + " of "
                + name
                + ", acquired by "
                + token.acquired
                + " of "
                + token.holder
                + (token.side == Type.Side.WRITE ? ", is never committed" : ", is never released"));
      }
    }
    for (Slot slot : slots) {
      // A turn that nobody takes is harmless: nothing travels in it.
      if (!rings.isEmpty() && (slot.state == State.FULL || slot.state == State.FILLING)) {
        for (int i = 0; i < readers.size(); i++) {
          if (slot.borrowed[i] == null) {
            left.add(
                "slot "
                    + slot.number
                    + " of "
                    + name
                    + ", written by "
                    + slot.writer
                    + ", is never read by "
                    + (readers.get(i).isEmpty() ? "the block" : "role '" + readers.get(i) + "'"));
          }
        }
      }
    }
    return left;
  }

  void fingerprint(Fingerprint fingerprint) {
    fingerprint.add(written);
    for (Slot slot : slots) {
      fingerprint.add(slot.state.ordinal());
      slot.full.fingerprint(fingerprint);
      slot.empty.fingerprint(fingerprint);
      for (int i = 0; i < readers.size(); i++) {
        fingerprint.add((slot.borrowed[i] == null ? 0 : 1) + (slot.returned[i] ? 2 : 0));
      }
    }
  }
}
