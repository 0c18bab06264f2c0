package dev.tilewright.ir.interpret;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.random.Execution;
import dev.tilewright.ir.random.RandomPrograms;
import dev.tilewright.ir.text.Parser;
import dev.tilewright.ir.text.Printer;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class RandomExecutionTest {

  @Provide
  Arbitrary<RandomPrograms.Program> programs() {
    return RandomPrograms.arbitrary(RandomPrograms.EVERYTHING);
  }

  /** That it runs at all says that the generator's promises hold. */
  @Property
  void whatParsesBackComputesTheSame(@ForAll("programs") RandomPrograms.Program program) {
    KernelFunction again = Parser.parse(Printer.print(program.function()));
    Execution.assertSameResults(program, again);
  }

  /** An oracle that always sees the same output sees nothing. */
  @Test
  void resultsDependOnProgramAndData() {
    Set<String> results = new HashSet<>();
    for (long seed = 0; seed < 50; seed++) {
      var program = RandomPrograms.program(RandomPrograms.REGISTERS, seed, 12);
      var out = Objects.requireNonNull(Execution.run(program.function(), program).get("out0"));
      StringBuilder codes = new StringBuilder(out.toString());
      for (long place = 0; place < out.elements(); place++) {
        codes.append(out.code(place)).append(' ');
      }
      results.add(codes.toString());
    }
    assertTrue(results.size() > 45, results.size() + " different results of 50");
  }
}
