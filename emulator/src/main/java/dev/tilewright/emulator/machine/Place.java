package dev.tilewright.emulator.machine;

/** Where a call's argument or result lives in its function. */
public sealed interface Place {

  /** Bytes of the frame: a {@code .param} variable. */
  record FrameBytes(int offset, int bytes) implements Place {}

  /** A 32-bit register. */
  record WordRegister(int slot, int id) implements Place {}

  /** A 64-bit register. */
  record LongRegister(int slot, int id) implements Place {}

  /** A predicate. */
  record PredicateRegister(int slot, int id) implements Place {}
}
