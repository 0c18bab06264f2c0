package dev.tilewright.ir.verify;

import dev.tilewright.ir.Location;

/**
 * One rule of tile IR that a function breaks.
 *
 * @param code a stable code, {@code TW-V…}
 * @param location the operation's line
 * @param message what is wrong, what was expected, what to do
 */
public record Problem(String code, Location location, String message) {
  @Override
  public String toString() {
    return location + ": " + code + ": " + message;
  }
}
