package dev.tilewright.emulator.ptx;

import java.util.List;
import java.util.Optional;

/** One statement of a function body. */
public sealed interface Statement {

  int line();

  /** {@code name:}. */
  record Label(String name, int line) implements Statement {}

  /** {@code .reg}, {@code .shared}, {@code .local}, {@code .param} inside a body. */
  record Declaration(Variable variable) implements Statement {
    @Override
    public int line() {
      return variable.line();
    }
  }

  /** {@code { … }}: names declared inside end with it. */
  record Scope(List<Statement> statements, int line) implements Statement {
    public Scope {
      statements = List.copyOf(statements);
    }
  }

  /** {@code name: .branchtargets a, b;} or {@code .calltargets}. */
  record Targets(String name, List<String> targets, int line) implements Statement {
    public Targets {
      targets = List.copyOf(targets);
    }
  }

  /** {@code name: .callprototype …;}: names the shape of an indirect call. */
  record Prototype(String name, int line) implements Statement {}

  /**
   * An instruction.
   *
   * @param guard the predicate after {@code @}, negated when {@code guardInverted}
   * @param modifiers without their dots
   * @param source the position {@code .loc} gave
   */
  record Instruction(
      Optional<String> guard,
      boolean guardInverted,
      String opcode,
      List<String> modifiers,
      List<Operand> operands,
      int line,
      Optional<SourcePosition> source)
      implements Statement {
    public Instruction {
      modifiers = List.copyOf(modifiers);
      operands = List.copyOf(operands);
    }

    /** The opcode with its modifiers, as written. */
    public String mnemonic() {
      return modifiers.isEmpty() ? opcode : opcode + "." + String.join(".", modifiers);
    }
  }
}
