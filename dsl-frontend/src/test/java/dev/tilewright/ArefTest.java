package dev.tilewright;

import static dev.tilewright.dtype.DType.F16;
import static dev.tilewright.dtype.DType.F32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.interpret.Arguments;
import dev.tilewright.ir.interpret.HostTensor;
import dev.tilewright.ir.interpret.Interpreter;
import dev.tilewright.ir.interpret.InterpreterException;
import dev.tilewright.ir.verify.Verifier;
import dev.tilewright.kernels.Matmul;
import dev.tilewright.kernels.RoleMatmul;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernels that are written as roles and arefs. */
class ArefTest {
  private static final int M = 40;
  private static final int N = 24;
  private static final int K = 50;

  private static HostTensor random(int rows, int cols, long seed) {
    Random random = new Random(seed);
    HostTensor tensor = HostTensor.zeros(F16, rows, cols);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < cols; j++) {
        tensor.set(random.nextInt(17) - 8, i, j);
      }
    }
    return tensor;
  }

  private static HostTensor product(KernelFunction kernel, Interpreter.Exploration exploration) {
    HostTensor c = HostTensor.zeros(F32, M, N);
    Arguments arguments =
        new Arguments(
            Map.of("m", (long) M, "n", (long) N, "k", (long) K),
            Map.of("a", random(M, K, 1), "b", random(N, K, 2), "c", c));
    Interpreter.explore(kernel, arguments, exploration);
    return c;
  }

  /** The order of operations is the same, and so is every bit, whoever is faster. */
  @ParameterizedTest
  @CsvSource({"1", "2", "4"})
  void twoRolesComputeWhatOneProgramDoes(int depth) {
    KernelFunction roles = Compiler.trace(new RoleMatmul(F16, F32, 16, 16, 16, depth));
    assertEquals(List.of(), Verifier.verify(roles));
    var schedules = new Interpreter.Exploration.Random(7, 5);
    HostTensor expected = product(Compiler.trace(new Matmul(F16, F32, 16, 16, 16)), schedules);
    assertTrue(product(roles, schedules).sameCodes(expected));
  }

  @Test
  void theTraceIsAsExpected() throws IOException {
    Golden.check(
        "trace/RoleMatmul.tile",
        dev.tilewright.ir.text.Printer.printWithoutLocations(
            Compiler.trace(new RoleMatmul(F16, F16, 64, 64, 32, 3))));
  }

  /** Slots taken and given by hand, filled by stores and by asynchronous copies of the writer. */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void slotsMayBeTakenByHand(boolean copies) {
    KernelFunction kernel =
        Compiler.trace(
            k -> {
              var n = k.dim("n");
              var x = k.in("x", F16, n);
              var y = k.out("y", F16, n);
              var block = k.grid1d(n.ceilDiv(64));
              var ring = k.aref(2, TileSpec.of(F16, 16));
              k.roles(
                  r -> {
                    r.role(
                        "writer",
                        1,
                        () ->
                            k.range(
                                4,
                                i -> {
                                  var source = x.tile(block.times(4).plus(i), 16);
                                  var slot = ring.acquireWrite();
                                  if (copies) {
                                    slot.tile(0).copyAsync(source);
                                  } else {
                                    slot.tile(0).set(source);
                                  }
                                  slot.commit();
                                }));
                    r.role(
                        "reader",
                        2,
                        () ->
                            k.range(
                                4,
                                i -> {
                                  var slot = ring.acquireRead();
                                  y.tile(block.times(4).plus(i), 16).set(slot.tile(0).times(2));
                                  slot.release();
                                }));
                  });
            });
    assertEquals(List.of(), Verifier.verify(kernel));
    HostTensor x = HostTensor.zeros(F16, 100);
    HostTensor y = HostTensor.zeros(F16, 100);
    for (int i = 0; i < 100; i++) {
      x.set(i, i);
    }
    Interpreter.explore(
        kernel,
        new Arguments(Map.of("n", 100L), Map.of("x", x, "y", y)),
        new Interpreter.Exploration.Exhaustive(10_000));
    for (int i = 0; i < 100; i++) {
      assertEquals(2 * i, y.get(i));
    }
  }

  /** What only the whole shows: two roles that wait for each other. */
  private static Kernel deadlocked() {
    return k -> {
      var y = k.out("y", F16, k.dim("n"));
      var block = k.grid1d(k.dim(1));
      var there = k.aref(1, TileSpec.of(F16, 8));
      var back = k.aref(1, TileSpec.of(F16, 8));
      k.roles(
          r -> {
            r.role(
                "first",
                1,
                () -> {
                  var slot = back.get();
                  y.tile(block, 8).set(slot.tile(0));
                  slot.consumed();
                  there.put(k.zeros(F16, 8));
                });
            r.role(
                "second",
                1,
                () -> {
                  there.get().consumed();
                  back.put(k.zeros(F16, 8));
                });
          });
    };
  }

  @Test
  void deadlocksAreFoundBeforeAndWhileRunning() {
    KernelFunction kernel = Compiler.trace(deadlocked());
    CompileException refused =
        assertThrows(CompileException.class, () -> Verifier.verifyOrThrow(kernel));
    assertEquals("TW-V18", refused.code());
    assertEquals("ArefTest.java", refused.location().file());
    HostTensor y = HostTensor.zeros(F16, 8);
    Arguments arguments = new Arguments(Map.of("n", 8L), Map.of("y", y));
    InterpreterException stuck =
        assertThrows(InterpreterException.class, () -> Interpreter.run(kernel, arguments));
    assertEquals(refused.location(), stuck.location());
    assertTrue(String.valueOf(stuck.getMessage()).startsWith("deadlock in block (0, 0, 0):"));
  }

  /** A role that only has copies made needs one thread. */
  @Test
  void rolesThatOnlyIssueCopiesAreOneThread() {
    List<Boolean> single =
        Compiler.trace(new RoleMatmul(F16, F32, 16, 16, 16, 2)).body().ops().stream()
            .filter(dev.tilewright.ir.AsyncOp.Roles.class::isInstance)
            .map(dev.tilewright.ir.AsyncOp.Roles.class::cast)
            .flatMap(roles -> roles.roles().stream())
            .map(dev.tilewright.ir.AsyncOp.Role::single)
            .toList();
    assertEquals(List.of(true, false), single);
  }

  /** The page shows what is compiled here. */
  @Test
  void theDocumentedExampleIsThisKernel() throws IOException {
    String page = Files.readString(Path.of("../docs/arefs.md"));
    String source =
        Files.readString(Path.of("src/test/java/dev/tilewright/kernels/RoleMatmul.java"));
    String body =
        source.substring(source.indexOf("// arefs.md\n") + 12, source.indexOf("  // end\n"));
    String example = body.stripTrailing().stripIndent();
    assertTrue(page.contains(example), example);
  }
}
