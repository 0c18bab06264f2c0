package dev.tilewright.samples;

import dev.tilewright.Compiler;
import picocli.CommandLine.Option;

/** The option that chooses what is compiled for. */
final class TargetChoice {
  @Option(
      names = "--target",
      paramLabel = "TARGET",
      defaultValue = "sm_80",
      description = "what to compile for (default: ${DEFAULT-VALUE})")
  private String target = "sm_80";

  /** The target's name, such as {@code sm_80}. */
  String name() {
    if (!Compiler.targets().contains(target)) {
      throw new InputException(
          "--target must be one of %s, not '%s'"
              .formatted(String.join(", ", Compiler.targets()), target));
    }
    return target;
  }
}
