package dev.tilewright;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.Nest.Statement;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.text.Parser;
import dev.tilewright.ir.text.Printer;
import dev.tilewright.ir.verify.Verifier;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Tracing turns updates of tiles in nested regions into SSA. */
class TracePropertyTest {

  @Provide
  Arbitrary<Nest> nests() {
    return Nest.any();
  }

  /** Exactly the tiles that a region updates are its operation's results. */
  @Property
  void regionsCarryWhatTheyUpdateAndNothingElse(@ForAll("nests") Nest nest) {
    List<Integer> expected = new ArrayList<>();
    collect(nest.body(), expected);
    List<Integer> actual = new ArrayList<>();
    collectResults(Trace.of(nest).body().ops(), actual);
    assertEquals(expected, actual);
  }

  private static void collect(List<Statement> statements, List<Integer> counts) {
    for (Statement statement : statements) {
      switch (statement) {
        case Statement.Loop s -> {
          counts.add(Nest.updates(s.body()).size());
          collect(s.body(), counts);
        }
        case Statement.Repeat s -> {
          // The counter, too.
          counts.add(Nest.updates(s.body()).size() + 1);
          collect(s.body(), counts);
        }
        case Statement.Branch s -> {
          counts.add(Nest.updates(List.of(s)).size());
          collect(s.then(), counts);
          collect(s.otherwise(), counts);
        }
        case Statement.Assign _,
            Statement.Add _,
            Statement.AddConstant _,
            Statement.AddIndex _,
            Statement.Multiply _,
            Statement.Swap _ -> {}
      }
    }
  }

  private static void collectResults(List<Op> ops, List<Integer> counts) {
    for (Op op : ops) {
      if (op instanceof Op.For || op instanceof Op.While || op instanceof Op.If) {
        counts.add(op.results().size());
      }
      op.regions().forEach(region -> collectResults(region.ops(), counts));
    }
  }

  @Property
  void tracesAreWellFormed(@ForAll("nests") Nest nest) {
    KernelFunction function = Trace.of(nest);
    assertEquals(List.of(), Verifier.verify(function));
    assertEquals(function, Parser.parse(Printer.print(function)));
  }

  @Property(tries = 50)
  void tracingIsDeterministic(@ForAll("nests") Nest nest) {
    Iterator<String> second = Printer.print(Trace.of(nest)).lines().iterator();
    Printer.print(Trace.of(nest)).lines().forEach(line -> assertEquals(line, second.next()));
  }
}
