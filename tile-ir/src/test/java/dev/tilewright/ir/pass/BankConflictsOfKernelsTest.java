package dev.tilewright.ir.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.pass.Kernels.Gemm;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Matrix products have no bank conflicts: copies, matrix loads, epilogue stores and the loads that
 * read it back, for tiles of powers of two and others.
 */
final class BankConflictsOfKernelsTest {
  private static final Pattern CONFLICTS = Pattern.compile("(\\d+) bank conflicts");

  private record Types(DType in, DType factor, DType acc, DType out, int k) {}

  @Provide
  Arbitrary<Gemm> gemms() {
    Arbitrary<Types> types =
        Arbitraries.of(
            new Types(DType.F16, DType.F16, DType.F32, DType.F16, 16),
            new Types(DType.F16, DType.F16, DType.F32, DType.F32, 16),
            new Types(DType.BF16, DType.BF16, DType.F32, DType.BF16, 16),
            new Types(DType.F32, DType.TF32, DType.F32, DType.F32, 8),
            new Types(DType.I8, DType.I8, DType.I32, DType.I32, 32));
    return Combinators.combine(
            types,
            Arbitraries.of(16, 32, 48, 64, 96, 128),
            Arbitraries.of(8, 16, 24, 32, 64, 96, 128),
            Arbitraries.of(1, 2, 3, 4),
            Arbitraries.of(1, 16))
        .as(
            (t, bm, bn, bk, divisor) ->
                Gemm.of(t.in(), t.acc(), t.out(), bm, bn, bk * t.k())
                    .withFactor(t.factor())
                    .facts(divisor, 16));
  }

  /** As many tries as there are combinations, so that all of them are tried. */
  @Property(tries = 2000)
  void thereAreNone(@ForAll("gemms") Gemm gemm) {
    List<String> proofs = proofs(gemm);
    assertTrue(proofs.size() >= 2, "both factors go through shared memory");
    for (String proof : proofs) {
      Matcher matcher = CONFLICTS.matcher(proof);
      assertTrue(matcher.find(), proof);
      do {
        assertEquals("0", matcher.group(1), proof);
      } while (matcher.find());
    }
  }

  private static List<String> proofs(Gemm gemm) {
    CompileReport report = new CompileReport();
    PassContext context = new PassContext(TestTargets.FULL, Schedule.AUTOMATIC, report);
    Pipeline.run(gemm.build(), context, (_, _) -> {});
    return report.notes().stream()
        .filter(note -> note.pass().equals("PlanMemory"))
        .map(CompileReport.Note::text)
        .toList();
  }
}
