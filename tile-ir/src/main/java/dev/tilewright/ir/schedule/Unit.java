package dev.tilewright.ir.schedule;

/** What executes operations of a loop. */
public enum Unit {
  TENSOR_CORE("tensor cores"),
  SPECIAL_FUNCTION("special functions"),
  ARITHMETIC("arithmetic"),
  MEMORY("shared memory and shuffles"),
  /** The instructions of the role's warps, which they issue in order. */
  ISSUE("issue");

  private final String words;

  Unit(String words) {
    this.words = words;
  }

  /** Its name in a sentence. */
  public String words() {
    return words;
  }
}
