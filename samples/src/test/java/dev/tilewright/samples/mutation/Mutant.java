package dev.tilewright.samples.mutation;

/**
 * Generated code with one change.
 *
 * @param kernel the name of the case whose code it is
 * @param instruction what is changed: the text of the first instruction of its unit
 * @param place the memory and synchronisation instructions around it: {@code two before | three
 *     after}, by operation
 * @param crossed for a moved one the instructions it was moved across, by operation; for an altered
 *     one what it became
 * @param ordinal a number that tells mutants of one case apart
 * @param text the changed code
 */
record Mutant(
    String kernel,
    Change change,
    String instruction,
    String place,
    String crossed,
    int ordinal,
    String text) {

  /** The family of the instruction, under which results are counted. */
  String family() {
    return Unit.family(instruction);
  }

  @Override
  public String toString() {
    return "%s #%d: %s %s  [%s]%s"
        .formatted(
            kernel,
            ordinal,
            change,
            instruction,
            place,
            crossed.isEmpty() ? "" : "  <> " + crossed);
  }
}
