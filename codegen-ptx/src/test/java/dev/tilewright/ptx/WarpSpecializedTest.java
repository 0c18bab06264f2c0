package dev.tilewright.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tilewright.ir.text.ThreadParser;
import dev.tilewright.ir.thread.RegisterEstimate;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadPrinter;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A whole warp-specialised kernel, as a reader should see it and as {@code ptxas} does. */
class WarpSpecializedTest {

  @Test
  void readsLikeThis() throws IOException {
    GoldenPtxTest.check(
        "warp_specialized", WarpSpecializedProduct.of(2, 64, 4, 2), NvidiaTargets.SM_90A);
  }

  @Test
  void parsesBack() {
    ThreadFunction function = WarpSpecializedProduct.of(2, 64, 4, 2);
    assertEquals(function, ThreadParser.parse(ThreadPrinter.print(function)));
  }

  /** No advice on products or registers, no spill; all registers that the block may have. */
  @ParameterizedTest
  @CsvSource({
    "2, 256, 3, 1, 168",
    "2, 256, 3, 2, 168",
    "2, 128, 4, 1, 168",
    "1, 256, 4, 4, 240",
  })
  void assembles(int consumers, int n, int stages, int cluster, int registers) {
    assumeTrue(Ptxas.find().isPresent(), "ptxas is not on this machine");
    ThreadFunction function = WarpSpecializedProduct.of(consumers, n, stages, cluster);
    String text = new PtxBackend().generate(function, NvidiaTargets.SM_90A).text();
    Ptxas.Assembly assembly = Ptxas.require().assemble(text, "sm_90a");
    assertEquals(0, assembly.warnings().size(), () -> assembly.warnings().toString());
    assertEquals(0, assembly.stackBytes());
    assertEquals(0, assembly.spillStoreBytes());
    assertEquals(registers, assembly.registers());
  }

  /** The accumulators are counted once, although each product has them as operand and result. */
  @Test
  void registersAreThoseOfTheGreediestRole() {
    int estimate = RegisterEstimate.of(WarpSpecializedProduct.of(2, 256, 3, 1));
    assertTrue(estimate >= 128 && estimate <= 150, () -> "" + estimate);
  }
}
