package dev.tilewright.ir.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.golden.Golden;
import dev.tilewright.ir.random.Execution;
import dev.tilewright.ir.random.RandomPrograms;
import dev.tilewright.ir.verify.Verifier;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CanonicalizeTest {

  @Provide
  Arbitrary<RandomPrograms.Program> programs() {
    return RandomPrograms.arbitrary(RandomPrograms.EVERYTHING);
  }

  @Property(tries = 400)
  void computesTheSameAndIsDoneAfterOnce(@ForAll("programs") RandomPrograms.Program program) {
    KernelFunction canonical = Canonicalize.run(program.function());
    assertEquals(List.of(), Verifier.verify(canonical));
    assertSame(canonical, Canonicalize.run(canonical));
    Execution.assertSameResults(program, canonical);
  }

  /** Of a random program, more than a quarter is not needed or known beforehand. */
  @Test
  void programsGetShorter() {
    long before = 0;
    long after = 0;
    for (long seed = 0; seed < 100; seed++) {
      KernelFunction f = RandomPrograms.program(RandomPrograms.EVERYTHING, seed, 20).function();
      before += Traversal.ops(f).count();
      after += Traversal.ops(Canonicalize.run(f)).count();
    }
    assertTrue(after < before * 3 / 4, after + " operations of " + before);
  }

  static Stream<String> goldens() {
    return Golden.cases("canonicalize").stream();
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void golden(String name) {
    Golden.check(name, Canonicalize::run);
  }
}
