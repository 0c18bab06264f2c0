package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.emulator.ptx.PtxException;
import dev.tilewright.runtime.spi.Finding;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code setmaxnreg}: registers that warps give back and others take. */
class SetMaxNRegTest {
  private static final String BOUNDS = ".maxntid 384 .minnctapersm 1";

  private static String ptx(String directives, String body) {
    return """
    .version 8.4
    .target sm_90a
    .address_size 64
    .visible .entry k() %s
    {
      .reg .pred %%p<4>;
      .reg .b32 %%r<4>;
      mov.u32 %%r0, %%tid.x;
      setp.lt.u32 %%p0, %%r0, 128;
      setp.lt.u32 %%p1, %%r0, 32;
    %s  ret;
    }
    """
        .formatted(directives, body);
  }

  private static List<Finding> run(String directives, String body, int threads, long seed) {
    return Kernels.run(
            ptx(directives, body),
            "k",
            Kernels.Config.of(1, threads)
                .target("sm_90a")
                .options(EmulatorOptions.DEFAULT.withSeed(seed)))
        .report()
        .findings();
  }

  private static String set(String what) {
    return "  setmaxnreg." + what.replace(" ", ".sync.aligned.u32 ") + ";\n";
  }

  /** A producer warpgroup and two consumers. */
  private static String roles(String producer, String consumers) {
    return "  @%p0 bra PRODUCER;\n"
        + consumers
        + "  bra.uni END;\nPRODUCER:\n"
        + producer
        + "END:\n";
  }

  @Test
  void theBlocksRegistersSuffice() {
    String body = roles(set("dec 24"), set("inc 240"));
    for (int seed = 0; seed < 20; seed++) {
      assertEquals(List.of(), run(BOUNDS, body, 384, seed));
    }
    Ptxas.accepts(ptx(BOUNDS, body));
  }

  @Test
  void moreThanThereAreIsADeadlock() {
    String body = roles(set("dec 24"), set("inc 248"));
    // 4 warps give back 144 a thread; 7 of 8 that want 80 more get them.
    for (int seed = 0; seed < 20; seed++) {
      Finding finding = run(BOUNDS, body, 384, seed).getLast();
      assertEquals("EMU-DEADLOCK", finding.code());
      String said =
          "for 2560 registers, to have 248 per thread instead of 168; 512 are free (warp 0: 24";
      assertTrue(finding.message().contains(said), finding.message());
    }
  }

  @Test
  void nobodyGivesBack() {
    Finding finding = run(BOUNDS, set("inc 176"), 384, 0).getLast();
    assertEquals("EMU-DEADLOCK", finding.code());
    assertTrue(finding.message().contains("256 registers, to have 176 per thread instead of 168"));
  }

  @ParameterizedTest
  @CsvSource({
    // ptxas 13.0 -v says as many, except that 255 stands for 256.
    ".maxnreg 168, 168",
    ".maxnreg 170, 176",
    ".maxntid 384 .minnctapersm 1, 168",
    ".reqntid 384 .minnctapersm 1, 168",
    ".maxntid 256 .minnctapersm 1, 256",
    ".maxntid 512 .minnctapersm 1, 128",
    ".maxntid 416 .minnctapersm 1, 128",
    ".maxntid 128 .minnctapersm 3, 168",
    ".maxntid 160 .minnctapersm 2, 168",
    ".maxntid 160 .minnctapersm 3, 128",
    ".maxntid 128 .minnctapersm 4 .maxnreg 96, 96",
  })
  void registersAtTheStartComeFromTheDirectives(String directives, int registers) {
    String body = set("dec " + Math.min(registers, 248));
    int threads = directives.startsWith(".reqntid") ? 384 : 128;
    assertEquals(List.of(), run(directives, body, threads, 0));
    if (registers < 256) {
      Finding finding = run(directives, set("dec " + (registers + 8)), threads, 0).getFirst();
      assertEquals("EMU-SETMAXNREG", finding.code());
      assertTrue(
          finding.message().matches(".*where warp \\d+ has " + registers + ".*"),
          finding.message());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".maxntid 384", ".reqntid 384"})
  void withoutAKnownStartItIsIgnored(String directives) {
    Finding finding = run(directives, set("inc 240"), 384, 0).getFirst();
    assertEquals("EMU-SETMAXNREG", finding.code());
    assertTrue(finding.message().contains("is ignored by the assembler"), finding.message());
    assertTrue(Ptxas.says("(C7508)", ptx(directives, set("inc 240"))));
  }

  @Test
  void theDirectionMustFit() {
    Finding finding = run(BOUNDS, set("inc 160"), 384, 0).getFirst();
    assertEquals("EMU-SETMAXNREG", finding.code());
    assertTrue(finding.message().contains("160 registers per thread"), finding.message());
    assertTrue(finding.message().contains("has 168: use .dec"), finding.message());
  }

  @Test
  void theWholeWarpgroupTakesPart() {
    String some = "  @%p1 bra SKIP;\n" + set("dec 160") + "SKIP:\n";
    for (int seed = 0; seed < 10; seed++) {
      List<Finding> findings = run(BOUNDS, some, 128, seed);
      assertEquals("EMU-WARPGROUP-DIVERGENT", findings.getFirst().code());
      String different =
          "  @%p1 bra OTHER;\n" + set("dec 160") + "  ret;\nOTHER:\n" + set("dec 160");
      assertEquals("EMU-WARPGROUP-DIVERGENT", run(BOUNDS, different, 128, seed).getFirst().code());
    }
  }

  @Test
  void theNextNeedsASynchronisation() {
    String twice = set("dec 160") + "%s" + set("dec 152");
    for (int seed = 0; seed < 10; seed++) {
      List<Finding> findings = run(BOUNDS, twice.formatted(""), 128, seed);
      assertEquals("EMU-SETMAXNREG", findings.getFirst().code());
      assertTrue(findings.getFirst().message().contains("nothing has synchronised warps"));
      assertEquals(List.of(), run(BOUNDS, twice.formatted("  bar.sync 1, 128;\n"), 128, seed));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "setmaxnreg.dec.sync.aligned.u32 16;",
        "setmaxnreg.dec.sync.aligned.u32 25;",
        "setmaxnreg.inc.sync.aligned.u32 264;",
        "setmaxnreg.inc.sync.aligned.u32 %r0;",
      })
  void whatTheAssemblerRefusesIsRefused(String instruction) {
    assertThrows(PtxException.class, () -> run(BOUNDS, instruction, 128, 0));
    assertTrue(Ptxas.refuses(ptx(BOUNDS, instruction)));
  }
}
