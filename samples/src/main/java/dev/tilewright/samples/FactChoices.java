package dev.tilewright.samples;

import dev.tilewright.Specialization;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options that say what is known of a kernel's arguments. */
final class FactChoices {
  @Option(
      names = "--divisor",
      paramLabel = "DIMENSION=N",
      split = ",",
      description =
          "the size of this dimension is a multiple of N, a power of two up to 256 (default: any"
              + " size)")
  private Map<String, Integer> divisors = new LinkedHashMap<>();

  Specialization facts() {
    Specialization facts = Specialization.NONE;
    for (Map.Entry<String, Integer> each : divisors.entrySet()) {
      int divisor = each.getValue();
      if (divisor < 1 || divisor > 256 || Integer.bitCount(divisor) != 1) {
        throw new InputException("--divisor must be a power of two up to 256, not " + divisor);
      }
      facts = facts.withDivisor(each.getKey(), divisor);
    }
    return facts;
  }
}
