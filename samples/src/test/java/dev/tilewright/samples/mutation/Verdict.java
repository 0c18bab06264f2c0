package dev.tilewright.samples.mutation;

/** What came of running a mutant. */
sealed interface Verdict {
  /**
   * @param code of the first finding
   */
  record Finding(String code) implements Verdict {}

  /** No finding, and another product than the unchanged code gives. */
  record WrongResult() implements Verdict {}

  /** Not run at all: the text breaks a rule that is checked when it is loaded. */
  record Refused(String message) implements Verdict {}

  record Unreported() implements Verdict {}
}
