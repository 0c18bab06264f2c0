package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;

/** What a family makes of an instruction. */
public record Decoded(Counter counter, Action action) {

  static Decoded of(Counter counter, Action.Step step) {
    return new Decoded(counter, step);
  }
}
