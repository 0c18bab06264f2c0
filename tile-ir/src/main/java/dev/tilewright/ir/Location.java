package dev.tilewright.ir;

/**
 * The line of the user's Java source that made an operation.
 *
 * @param className the binary name of the class, from which the source file is found
 * @param file the file's simple name
 * @param line the line, from 1; 0 when unknown
 */
public record Location(String className, String file, int line) {

  /** Made by the compiler, or by a program that was not traced from Java. */
  public static final Location UNKNOWN = new Location("", "", 0);

  public boolean known() {
    return line > 0;
  }

  @Override
  public String toString() {
    return known() ? file + ":" + line : "unknown";
  }
}
