package dev.tilewright.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.interpret.Arguments;
import dev.tilewright.ir.interpret.HostTensor;
import dev.tilewright.ir.interpret.Interpreter;
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
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Roles that learn from each other which tile is next: what the passes make of a product. */
class FetchedTilesTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden");

  private static PassContext context(boolean storeRole) {
    Schedule schedule =
        Schedule.AUTOMATIC.withDynamic(true).withBlocks(2).withStages(3).withStoreRole(storeRole);
    return new PassContext(NvidiaTargets.SM_90A, schedule, new CompileReport());
  }

  private static KernelFunction product() throws IOException {
    return Parser.parse(Files.readString(FOLDER.resolve("fetched_tiles.tile")));
  }

  @Test
  void theProducerSendsNumbersAndTheConsumersReceiveThem() throws IOException {
    PassContext context = context(false);
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

  /**
   * That no role ends before another is one of the verifier's rules; that all stages compute the
   * same, whoever is faster, the interpreter tries in a few schedules of the roles.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyPassKeepsTheRulesAndTheMeaning(boolean storeRole) throws IOException {
    KernelFunction product = product();
    HostTensor expected = computed(product, 1);
    KernelFunction staged =
        Pipeline.run(
            product,
            context(storeRole),
            (pass, f) -> {
              assertEquals(List.of(), Verifier.verify(f, NvidiaTargets.SM_90A), "after " + pass);
              boolean roles = AsyncOp.Roles.of(f).isPresent();
              assertTrue(expected.sameCodes(computed(f, roles ? 3 : 1)), "after " + pass);
            });
    assertEquals(List.of(), Verifier.verifyStaged(staged));
    assertEquals(staged, Parser.parse(Printer.print(staged)));
    assertEquals(storeRole ? 3 : 2, AsyncOp.Roles.of(staged).orElseThrow().roles().size());
  }

  private static HostTensor computed(KernelFunction function, int schedules) {
    Random random = new Random(7);
    HostTensor a = random(random, 70, 72);
    HostTensor b = random(random, 88, 72);
    HostTensor c = HostTensor.zeros(DType.F16, 70, 88);
    Arguments arguments =
        new Arguments(Map.of("m", 70L, "n", 88L, "k", 72L), Map.of("a", a, "b", b, "c", c));
    Interpreter.explore(function, arguments, new Interpreter.Exploration.Random(3, schedules));
    return c;
  }

  private static HostTensor random(Random random, long rows, long columns) {
    HostTensor tensor = HostTensor.zeros(DType.F16, rows, columns);
    for (long place = 0; place < tensor.elements(); place++) {
      tensor.setCode(place, DType.F16.encode(random.nextInt(33) / 4.0 - 4));
    }
    return tensor;
  }
}
