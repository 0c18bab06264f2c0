package dev.tilewright.ptx;

/** Hands out registers: as many as wanted, since {@code ptxas} allocates the real ones. */
final class Registers {
  private final int[] used = new int[RegisterKind.values().length];

  String fresh(RegisterKind kind) {
    return kind.prefix() + used[kind.ordinal()]++;
  }

  /** The {@code .reg} lines of everything handed out. */
  String declarations() {
    StringBuilder text = new StringBuilder();
    for (RegisterKind kind : RegisterKind.values()) {
      int count = used[kind.ordinal()];
      if (count > 0) {
        text.append("\t.reg %s %s<%d>;\n".formatted(kind.declaration(), kind.prefix(), count));
      }
    }
    return text.toString();
  }
}
