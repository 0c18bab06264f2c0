package dev.tilewright.emulator.ptx;

import dev.tilewright.runtime.DeviceException;

/**
 * A module that the emulator refuses to load. The message starts with a stable code ({@code
 * EMU-SYNTAX}, {@code EMU-UNSUPPORTED-INSTRUCTION}, {@code EMU-INVALID-MODULE}) and names the line.
 */
public final class PtxException extends DeviceException {
  private static final long serialVersionUID = 1L;

  private final int line;

  public PtxException(String code, int line, String message) {
    super(code + ": line " + line + ": " + message);
    this.line = line;
  }

  /** The line of the PTX text, from 1. */
  public int line() {
    return line;
  }
}
