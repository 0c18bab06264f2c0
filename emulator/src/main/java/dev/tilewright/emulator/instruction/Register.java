package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.ptx.PtxType;

/**
 * A register of the program.
 *
 * @param slot its place among the registers of its kind
 * @param id its number among all registers
 */
public record Register(Kind kind, int slot, int id, PtxType type, String name) {

  /** Which part of the register file holds it. */
  public enum Kind {
    PREDICATE,
    /** 8, 16 or 32 bits. */
    WORD,
    LONG,
    /** 128 bits: two long slots. */
    QUAD
  }

  /** The index of lane 0 in the register file. */
  public int base() {
    return kind == Kind.PREDICATE ? slot : slot * 32;
  }

  static Kind kind(PtxType type) {
    if (type == PtxType.PRED) {
      return Kind.PREDICATE;
    }
    return switch (type.bits()) {
      case 128 -> Kind.QUAD;
      case 64 -> Kind.LONG;
      default -> Kind.WORD;
    };
  }
}
