package dev.tilewright.emulator.instruction;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The names visible at a place: those of a scope hide those around it. */
public final class Scope {
  private final @Nullable Scope outer;
  private final Map<String, Symbol> symbols = new HashMap<>();

  public Scope(@Nullable Scope outer) {
    this.outer = outer;
  }

  public void put(String name, Symbol symbol) {
    symbols.put(name, symbol);
  }

  public @Nullable Symbol find(String name) {
    for (Scope s = this; s != null; s = s.outer) {
      Symbol symbol = s.symbols.get(name);
      if (symbol != null) {
        return symbol;
      }
    }
    return null;
  }
}
