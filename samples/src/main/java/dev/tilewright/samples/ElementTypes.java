package dev.tilewright.samples;

import dev.tilewright.dtype.DType;
import java.util.List;

/** Element types as options name them: as {@link DType} does, or as PTX does. */
final class ElementTypes {
  private ElementTypes() {}

  /** {@code e2m1} is short for {@code f4e2m1}, {@code s8} is {@code i8}; others are as written. */
  static String name(String text) {
    if (text.equals("s8")) {
      return "i8";
    }
    if (text.matches("e\\dm\\d")) {
      int bits = 1 + text.charAt(1) - '0' + text.charAt(3) - '0';
      return text.equals("e8m0") ? "f8e8m0" : "f" + bits + text;
    }
    return text;
  }

  /**
   * The type that an option names.
   *
   * @throws InputException if it is not one of those that are allowed
   */
  static DType oneOf(String option, String text, List<DType> allowed) {
    String name = name(text);
    return allowed.stream()
        .filter(type -> type.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    "%s must be one of %s, not '%s'"
                        .formatted(
                            option,
                            String.join(", ", allowed.stream().map(DType::name).toList()),
                            text)));
  }
}
