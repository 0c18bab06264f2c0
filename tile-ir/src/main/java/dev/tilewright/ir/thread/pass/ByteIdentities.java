package dev.tilewright.ir.thread.pass;

import dev.tilewright.ir.Literal;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Permuted bytes and shifted pairs of words: of known ones, of none, and of permuted ones. */
final class ByteIdentities {
  private static final int WORD_BYTES = 4;

  private ByteIdentities() {}

  /** A byte of a word. */
  private record Byte(ThreadValue word, int index) {}

  static @Nullable Simpler permute(ThreadOp.BytePermute op, Definitions definitions) {
    List<Byte> bytes = new ArrayList<>();
    List<ThreadValue> words = new ArrayList<>();
    for (int i = 0; i < WORD_BYTES; i++) {
      Byte source = source(op, i);
      if (definitions.of(source.word()) instanceof ThreadOp.BytePermute inner) {
        source = source(inner, source.index());
      }
      bytes.add(source);
      if (!words.contains(source.word())) {
        words.add(source.word());
      }
    }
    if (words.size() > 2) {
      return null;
    }
    ThreadValue low = words.getFirst();
    ThreadValue high = words.getLast();
    int selector = 0;
    for (int i = 0; i < WORD_BYTES; i++) {
      Byte source = bytes.get(i);
      int index = source.index() + (source.word().equals(low) ? 0 : WORD_BYTES);
      selector |= index << WORD_BYTES * i;
    }
    if (selector == 0x3210) {
      return new Simpler.Same(low);
    }
    if (definitions.literal(low) instanceof Literal.Int(long lowBits)
        && definitions.literal(high) instanceof Literal.Int(long highBits)) {
      return constant(op, permuted(lowBits, highBits, selector));
    }
    boolean same = op.low().equals(low) && op.high().equals(high) && op.selector() == selector;
    return same
        ? null
        : new Simpler.Other(
            new ThreadOp.BytePermute(op.result(), low, high, selector, op.location()));
  }

  private static Byte source(ThreadOp.BytePermute op, int i) {
    int index = op.source(i);
    return new Byte(index < WORD_BYTES ? op.low() : op.high(), index % WORD_BYTES);
  }

  private static long permuted(long low, long high, int selector) {
    long both = high << 32 | low & 0xFFFFFFFFL;
    long result = 0;
    for (int i = 0; i < WORD_BYTES; i++) {
      long picked = both >>> 8 * (selector >> 4 * i & 7) & 0xFF;
      result |= picked << 8 * i;
    }
    return result;
  }

  static @Nullable Simpler shift(ThreadOp.FunnelShift op, Definitions definitions) {
    if (op.amount() == 0) {
      return new Simpler.Same(op.low());
    }
    if (definitions.literal(op.low()) instanceof Literal.Int(long low)
        && definitions.literal(op.high()) instanceof Literal.Int(long high)) {
      long both = high << 32 | low & 0xFFFFFFFFL;
      return constant(op, both >>> op.amount() & 0xFFFFFFFFL);
    }
    return null;
  }

  private static Simpler constant(ThreadOp.Pure op, long word) {
    return new Simpler.Other(new ThreadOp.Constant(op.result(), Literal.of(word), op.location()));
  }
}
