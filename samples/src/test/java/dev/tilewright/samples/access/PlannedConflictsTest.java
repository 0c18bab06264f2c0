package dev.tilewright.samples.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tilewright.KernelLauncher;
import dev.tilewright.ir.pass.CompileReport;
import dev.tilewright.runtime.Device;
import dev.tilewright.samples.gemm.GemmCase;
import dev.tilewright.samples.gemm.GemmRun;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * The compile report says of every buffer what its accesses cost; that is what they do cost: over a
 * whole matrix product the emulator counts the wavefronts and bank conflicts of the report, each
 * access as often as it is made.
 */
class PlannedConflictsTest {
  private static final Pattern ACCESS =
      Pattern.compile("([a-z. ]+)(?: of \\d+ bytes)?: (\\d+) bank conflicts in (\\d+) wavefronts");

  /** A ring has one dimension more than the tile in each of its stages. */
  private static final Pattern RING = Pattern.compile("\\[\\d+, \\d+, \\d+\\].*");

  @Provide
  Arbitrary<GemmCase> corpus() {
    return Arbitraries.of(GemmCase.corpus());
  }

  @Property(tries = 20, edgeCases = EdgeCasesMode.NONE)
  void reportEqualsCounters(@ForAll("corpus") GemmCase each) {
    try (Device device = Device.open("emulator:sm_80");
        KernelLauncher launcher = new KernelLauncher(device, each.schedule())) {
      GemmRun run = GemmRun.of(device, launcher, each.kernel(), each.problem());
      List<String> buffers =
          run.compilation().report().notes().stream()
              .filter(note -> note.pass().equals("PlanMemory"))
              .map(CompileReport.Note::text)
              .toList();
      assertFalse(buffers.isEmpty(), "both factors go through shared memory");
      long conflicts = 0;
      long wavefronts = 0;
      for (String buffer : buffers) {
        Matcher access = ACCESS.matcher(buffer);
        while (access.find()) {
          long times = times(each, buffer, access.group(1).strip());
          conflicts += times * Long.parseLong(access.group(2));
          wavefronts += times * Long.parseLong(access.group(3));
        }
      }
      assertEquals(conflicts, counter(run, "conflicts.shared"), () -> each + "\n" + buffers);
      assertEquals(
          wavefronts,
          counter(run, "wavefronts.shared.load") + counter(run, "wavefronts.shared.store"),
          () -> each + "\n" + buffers);
    }
  }

  /**
   * How often all blocks together make an access: factors once for each step along k, the product
   * once. Where factors reach a ring through registers, their stores run a step ahead of the
   * products, and so one further.
   */
  private static long times(GemmCase each, String buffer, String access) {
    long blocks =
        (long) Math.ceilDiv(each.m(), each.kernel().bm())
            * Math.ceilDiv(each.n(), each.kernel().bn());
    long steps = Math.ceilDiv(each.k(), each.kernel().bk());
    boolean ring = RING.matcher(buffer).matches();
    if (!ring && !buffer.contains("ldmatrix")) {
      return blocks;
    }
    return blocks * (ring && access.equals("store") ? steps + 1 : steps);
  }

  private static long counter(GemmRun run, String name) {
    return Objects.requireNonNull(run.report().counters().get(name), name);
  }
}
