package dev.tilewright.samples.mutation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.pass.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Drops, duplicates, moves and alters every synchronisation of generated sm_90a code, one at a
 * time. Each mutant is reported by the emulator, or gives a wrong product, or is harmless for a
 * reason that {@link Harmless} lists; and what is listed is never reported.
 *
 * <p>By default one mutant of each kind for each instruction, with {@code -Dmutants=all} and in the
 * nightly profile all of them; the summary is then in {@code target/mutants.md}.
 */
class MutationTest {
  private static final boolean ALL = "all".equals(System.getProperty("mutants"));
  private static final int LEAST = 500;

  @Test
  void everyMutantIsReportedOrHarmless() throws IOException {
    List<Outcome> outcomes = new ArrayList<>();
    Set<String> kinds = new HashSet<>();
    for (MutationCase each : cases()) {
      List<Mutant> mutants =
          each.mutants().stream()
              .filter(mutant -> kinds.add(mutant.change() + " " + mutant.family()) || ALL)
              .toList();
      outcomes.addAll(
          mutants.parallelStream()
              .map(mutant -> new Outcome(mutant, each.judge(mutant), Harmless.of(mutant)))
              .toList());
    }
    Files.writeString(Path.of("target", "mutants.md"), Summary.of(outcomes));
    List<String> mistaken =
        outcomes.stream().filter(Outcome::mistaken).map(Outcome::toString).toList();
    assertEquals(List.of(), mistaken, () -> "\n" + String.join("\n", mistaken));
    if (ALL) {
      assertTrue(outcomes.size() >= LEAST, () -> outcomes.size() + " mutants");
      Set<Harmless> used = new HashSet<>();
      outcomes.forEach(outcome -> outcome.harmless().ifPresent(used::add));
      assertEquals(Set.of(Harmless.values()), used, "a reason that no mutant needs");
    }
  }

  /**
   * @param harmless why it need not be reported, if it is listed
   */
  record Outcome(Mutant mutant, Verdict verdict, Optional<Harmless> harmless) {

    /** Neither reported nor listed, or both, or no mutant that could be run at all. */
    boolean mistaken() {
      return switch (verdict) {
        case Verdict.Unreported _ -> harmless.isEmpty();
        case Verdict.Finding _, Verdict.WrongResult _ -> harmless.isPresent();
        case Verdict.Refused _ -> true;
      };
    }

    @Override
    public String toString() {
      return mutant + ": " + verdict + harmless.map(reason -> ", listed as " + reason).orElse("");
    }
  }

  /**
   * Every slot of every ring is used several times, and every block has several tiles. Two warp
   * groups use a slot more often than they have warps: one arrival too few for a phase leaves one
   * more for the next each time, and a whole warp group must be left out before that is seen.
   */
  private static List<MutationCase> cases() {
    Schedule persistent = Schedule.AUTOMATIC.withStages(2).withBlocks(2);
    return List.of(
        MutationCase.of("persistent", DType.F16, 64, 32, persistent, 256, 32, 160),
        MutationCase.of("cluster", DType.F16, 64, 32, persistent.withCluster(2), 256, 64, 160),
        MutationCase.of(
            "two products under way",
            DType.F16,
            64,
            32,
            persistent.withStages(3).withMmaDepth(2),
            256,
            32,
            224),
        MutationCase.of("two warp groups", DType.F16, 128, 32, persistent, 512, 32, 288));
  }
}
