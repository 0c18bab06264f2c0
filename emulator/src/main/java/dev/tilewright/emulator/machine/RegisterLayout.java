package dev.tilewright.emulator.machine;

import java.util.List;

/**
 * The register file of one thread of a program. Registers of all functions lie side by side, so
 * that a call moves nothing; a recursive call saves the callee's columns. Constants are registers
 * that are never written.
 *
 * @param words how many 32-bit registers there are (16- and 8-bit ones use one too)
 * @param longs how many 64-bit registers there are
 * @param predicates how many predicates there are
 * @param names the register names by id, for messages
 */
public record RegisterLayout(
    int words,
    int longs,
    int predicates,
    List<WordConstant> wordConstants,
    List<LongConstant> longConstants,
    List<PredicateConstant> predicateConstants,
    List<Special> specials,
    int frame,
    List<String> names) {
  public RegisterLayout {
    wordConstants = List.copyOf(wordConstants);
    longConstants = List.copyOf(longConstants);
    predicateConstants = List.copyOf(predicateConstants);
    specials = List.copyOf(specials);
    names = List.copyOf(names);
  }

  /** A 32-bit register that holds {@code value} in every lane. */
  public record WordConstant(int slot, int value) {}

  /** A 64-bit register that holds {@code value} in every lane. */
  public record LongConstant(int slot, long value) {}

  /** A predicate that holds {@code value} in every lane. */
  public record PredicateConstant(int slot, boolean value) {}

  /** A 32-bit register that holds a special register's value from the start. */
  public record Special(int slot, SpecialRegister register) {}
}
