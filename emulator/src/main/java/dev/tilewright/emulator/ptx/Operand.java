package dev.tilewright.emulator.ptx;

import java.util.List;

/** An operand as it was written. */
public sealed interface Operand {

  /**
   * A register, variable, label or special register.
   *
   * @param element the vector element behind the name ({@code "x"} in {@code %tid.x}), or empty
   * @param offset the constant added to it, usually 0
   */
  record Name(String name, String element, long offset) implements Operand {
    @Override
    public String toString() {
      return name
          + (element.isEmpty() ? "" : "." + element)
          + (offset == 0 ? "" : (offset > 0 ? "+" : "") + offset);
    }
  }

  /** An integer constant, 64 bits. */
  record IntegerConstant(long value) implements Operand {}

  /** A floating-point constant; {@code 0f…} is widened without changing its value or NaN bits. */
  record FloatConstant(long doubleBits, boolean single, int singleBits) implements Operand {}

  /** {@code {a, b, …}}. */
  record Vector(List<Operand> elements) implements Operand {
    public Vector {
      elements = List.copyOf(elements);
    }
  }

  /** {@code [base]} or {@code [base, more…]}. */
  record Address(Operand base, List<Operand> more) implements Operand {
    public Address {
      more = List.copyOf(more);
    }
  }

  /** {@code (a, b, …)} of a call. */
  record Arguments(List<Operand> elements) implements Operand {
    public Arguments {
      elements = List.copyOf(elements);
    }
  }

  /** {@code p|q}: two destinations. */
  record Pair(Name first, Name second) implements Operand {}

  /** {@code !p}. */
  record Inverted(Name name) implements Operand {}
}
