package dev.tilewright.samples;

/** What the command's exit status says. */
final class ExitStatus {

  /** Done, and every result within its bound. */
  static final int OK = 0;

  /** A result is wrong, or the sanitizer objects. */
  static final int WRONG = 1;

  /** The command line or an input is wrong; nothing was written. */
  static final int USAGE = 2;

  private ExitStatus() {}
}
