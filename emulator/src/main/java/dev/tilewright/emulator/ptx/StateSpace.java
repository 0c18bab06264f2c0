package dev.tilewright.emulator.ptx;

/** Where a variable lives (PTX ISA, "State Spaces"). */
public enum StateSpace {
  REG,
  PARAM,
  SHARED,
  GLOBAL,
  LOCAL,
  CONST;

  @Override
  public String toString() {
    return "." + name().toLowerCase(java.util.Locale.ROOT);
  }
}
