package dev.tilewright.samples.programs;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tilewright.hip.Clang;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * The random programs of {@link RandomProgramsTest} as HIP, executed on the CPU on waves of 64
 * lanes: bit for bit what the interpreter makes of them.
 */
class HipProgramsTest {
  @Property(tries = 10, edgeCases = EdgeCasesMode.NONE)
  void programs(@ForAll long seed) {
    assumeTrue(Clang.find().isPresent(), "no clang");
    RandomProgramsTest.check(seed, seed % 2 == 0 ? "hiphost:gfx942" : "hiphost:gfx950");
  }
}
