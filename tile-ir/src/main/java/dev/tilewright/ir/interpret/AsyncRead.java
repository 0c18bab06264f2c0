package dev.tilewright.ir.interpret;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * An asynchronous operation that reads shared memory until it has ended: a matrix product, or a
 * bulk store.
 */
final class AsyncRead {
  /**
   * @param places every unit that it reads
   */
  private record Part(SharedMemory memory, BitSet places) {}

  private final SharedMemory.Access by;
  private final Actor actor;
  private final List<Part> parts = new ArrayList<>();
  private boolean ended;

  AsyncRead(SharedMemory.Access by, Actor actor) {
    this.by = by;
    this.actor = actor;
  }

  SharedMemory.Access by() {
    return by;
  }

  Actor actor() {
    return actor;
  }

  boolean ended() {
    return ended;
  }

  /** Takes note that it reads elements of {@code bits} bits that begin at the units. */
  void reads(SharedMemory memory, int[] units, int bits) {
    int width = memory.count(bits);
    BitSet places = new BitSet(memory.size());
    for (int first : units) {
      places.set(first, first + width);
    }
    parts.add(new Part(memory, places));
    memory.reading(this, places, true);
    memory.stampReads(places, by, actor);
  }

  boolean reads(SharedMemory memory, int unit) {
    return parts.stream().anyMatch(part -> part.memory == memory && part.places.get(unit));
  }

  /** Whether it reads any of the elements that begin at the units. */
  boolean reads(SharedMemory memory, int[] units) {
    for (Part part : parts) {
      if (part.memory == memory) {
        for (int unit : units) {
          if (part.places.get(unit)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /** It reads no more; who may write what it has read is a matter of what follows its beginning. */
  void end() {
    if (!ended) {
      ended = true;
      parts.forEach(part -> part.memory.reading(this, part.places, false));
    }
  }

  /** Its actor has waited for its end: who may write is a matter of what follows now. */
  void endNow() {
    end();
    parts.forEach(part -> part.memory.stampReads(part.places, by, actor));
  }
}
