package dev.tilewright.emulator.ptx;

import java.util.List;
import java.util.Optional;

/**
 * A declared variable or parameterised set of registers.
 *
 * @param count {@code n} of {@code %r<n>}, or -1 when the name is used as it is
 * @param elements array elements times vector width; 0 for an array of unknown size ({@code .extern
 *     .shared .b8 s[]})
 */
public record Variable(
    StateSpace space,
    PtxType type,
    int alignment,
    String name,
    int count,
    int vector,
    long elements,
    boolean external,
    Optional<Initializer> initializer,
    int line) {

  /** Size in bytes; 0 if unknown. */
  public long bytes() {
    return elements * type.bytes();
  }

  /** The value a global or constant variable starts with. */
  public sealed interface Initializer {
    /** Elements in order; the rest is zero. */
    record Elements(List<Initializer> elements) implements Initializer {
      public Elements {
        elements = List.copyOf(elements);
      }
    }

    /** A number. */
    record Number(Operand constant) implements Initializer {}

    /** The address of another variable; {@code generic(name)} gives the generic one. */
    record AddressOf(String name, long offset, boolean generic) implements Initializer {}
  }
}
