package dev.tilewright.samples.mutation;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What became of the mutants, as Markdown. */
final class Summary {
  private Summary() {}

  static String of(List<MutationTest.Outcome> outcomes) {
    StringBuilder out = new StringBuilder();
    long unreported =
        outcomes.stream().filter(o -> o.verdict() instanceof Verdict.Unreported).count();
    out.append(
        "%d mutants: %d reported, %d unreported.%n%n"
            .formatted(outcomes.size(), outcomes.size() - unreported, unreported));
    byInstruction(outcomes, out);
    out.append("\n| first reported as | mutants |\n|---|--:|\n");
    counts(outcomes.stream().flatMap(o -> reported(o.verdict())).toList(), out);
    out.append("\n| harmless because | mutants |\n|---|--:|\n");
    counts(outcomes.stream().flatMap(o -> o.harmless().stream()).map(h -> h.reason).toList(), out);
    return out.toString();
  }

  private static Stream<String> reported(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Finding(String code) -> Stream.of("`" + code + "`");
      case Verdict.WrongResult _ -> Stream.of("a wrong product");
      case Verdict.Refused _, Verdict.Unreported _ -> Stream.of();
    };
  }

  /** Reported and all mutants of each instruction and change. */
  private static void byInstruction(List<MutationTest.Outcome> outcomes, StringBuilder out) {
    out.append("Reported, of all:\n\n| instruction |");
    for (Change change : Change.values()) {
      out.append(' ').append(change.name().toLowerCase(Locale.ROOT)).append(" |");
    }
    out.append("\n|---|").append("--:|".repeat(Change.values().length)).append('\n');
    Map<String, List<MutationTest.Outcome>> families =
        outcomes.stream()
            .collect(
                Collectors.groupingBy(o -> o.mutant().family(), TreeMap::new, Collectors.toList()));
    families.forEach(
        (family, all) -> {
          out.append("| `").append(family).append("` |");
          for (Change change : Change.values()) {
            List<MutationTest.Outcome> some =
                all.stream().filter(o -> o.mutant().change() == change).toList();
            long reported =
                some.stream().filter(o -> !(o.verdict() instanceof Verdict.Unreported)).count();
            out.append(some.isEmpty() ? " |" : " %d/%d |".formatted(reported, some.size()));
          }
          out.append('\n');
        });
  }

  private static void counts(List<String> labels, StringBuilder out) {
    labels.stream()
        .collect(Collectors.groupingBy(label -> label, TreeMap::new, Collectors.counting()))
        .entrySet()
        .stream()
        .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
        .forEach(e -> out.append("| %s | %d |%n".formatted(e.getKey(), e.getValue())));
  }
}
