package dev.tilewright.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.pass.CompileReport;
import dev.tilewright.ir.pass.PartitionWarps;
import dev.tilewright.ir.pass.Pass;
import dev.tilewright.ir.pass.PassContext;
import dev.tilewright.ir.pass.Pipeline;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.ir.text.Parser;
import dev.tilewright.ir.text.Printer;
import dev.tilewright.ir.verify.Verifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Roles that learn from each other which tile is next: what the passes make of a product. */
class FetchedTilesTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden");

  private static PassContext context() {
    Schedule schedule = Schedule.AUTOMATIC.withDynamic(true).withBlocks(2).withStages(3);
    return new PassContext(NvidiaTargets.SM_90A, schedule, new CompileReport());
  }

  private static KernelFunction product() throws IOException {
    return Parser.parse(Files.readString(FOLDER.resolve("fetched_tiles.tile")));
  }

  @Test
  void theProducerSendsNumbersAndTheConsumersReceiveThem() throws IOException {
    PassContext context = context();
    KernelFunction cut = product();
    for (Pass pass : Pipeline.passes()) {
      cut = pass.run(cut, context);
      if (pass instanceof PartitionWarps) {
        break;
      }
    }
    String text = Printer.print(cut);
    Path golden = FOLDER.resolve("fetched_tiles.out.tile");
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(golden, text);
    }
    assertEquals(Files.readString(golden), text);
  }

  /** That no role ends before another is one of the verifier's rules. */
  @Test
  void everyPassKeepsTheRules() throws IOException {
    KernelFunction staged =
        Pipeline.run(
            product(),
            context(),
            (pass, f) ->
                assertEquals(List.of(), Verifier.verify(f, NvidiaTargets.SM_90A), "after " + pass));
    assertEquals(List.of(), Verifier.verifyStaged(staged));
    assertEquals(staged, Parser.parse(Printer.print(staged)));
  }
}
