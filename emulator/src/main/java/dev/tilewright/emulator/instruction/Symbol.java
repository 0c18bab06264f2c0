package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.machine.AddressSpace;
import java.util.List;

/** What a name stands for. */
public sealed interface Symbol {

  /** A register, or several for a vector register. */
  record Registered(List<Register> elements) implements Symbol {
    public Registered {
      elements = List.copyOf(elements);
    }
  }

  /**
   * A variable.
   *
   * @param address its offset in the space, or in the frame
   * @param framed whether it lies in the running function's frame
   */
  record Stored(AddressSpace space, long address, boolean framed, int bytes) implements Symbol {}

  /** A function, by number. */
  record Callable(int number) implements Symbol {}

  /** A label. */
  record Position(int pc) implements Symbol {}

  /** A {@code .branchtargets} list. */
  record Targets(List<String> labels) implements Symbol {
    public Targets {
      labels = List.copyOf(labels);
    }
  }
}
