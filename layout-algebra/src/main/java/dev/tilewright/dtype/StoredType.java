package dev.tilewright.dtype;

/**
 * A type without arithmetic of its own: its elements are stored, moved, viewed and converted, and
 * computed with as what they are converted to.
 */
public sealed interface StoredType extends DType permits CodebookType, TernaryType {

  /** What to say where arithmetic on elements of this type is asked for. */
  default IllegalArgumentException noArithmetic() {
    return new IllegalArgumentException(
        name() + " has no arithmetic; cast to a type of integers or floats first");
  }

  /** The type of the codes. */
  default IntType codes() {
    return new IntType(bits(), false);
  }

  @Override
  default boolean signed() {
    for (long code = 0; code < 1L << bits(); code++) {
      if (decode(code) < 0) {
        return true;
      }
    }
    return false;
  }
}
