package dev.tilewright.emulator;

import dev.tilewright.runtime.DeviceException;

/**
 * Which emulated device, and how it runs kernels: {@code sm_90a?seed=7&steps=1000000}.
 *
 * @param target the name before the question mark; empty for the first
 * @param options the defaults, but for what stands after it: {@code seed} and {@code steps}
 */
record Selector(String target, EmulatorOptions options) {

  /**
   * @throws DeviceException for an option that there is not, or whose value is no fitting number
   */
  static Selector parse(String text) {
    int question = text.indexOf('?');
    if (question < 0) {
      return new Selector(text, EmulatorOptions.DEFAULT);
    }
    EmulatorOptions options = EmulatorOptions.DEFAULT;
    for (String option : text.substring(question + 1).split("&", -1)) {
      int equals = option.indexOf('=');
      String name = equals < 0 ? option : option.substring(0, equals);
      String value = equals < 0 ? "" : option.substring(equals + 1);
      options =
          switch (name) {
            case "seed" -> options.withSeed(number(name, value, Long.MIN_VALUE));
            case "steps" -> options.withInstructionBudget(number(name, value, 1));
            default ->
                throw new DeviceException(
                    "emulator: no option '" + name + "'; there are seed=N and steps=N");
          };
    }
    return new Selector(text.substring(0, question), options);
  }

  private static long number(String name, String value, long least) {
    try {
      long number = Long.parseLong(value);
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new DeviceException("emulator: " + name + "='" + value + "' is no number", e);
    }
    throw new DeviceException("emulator: " + name + "=" + value + " is less than " + least);
  }
}
