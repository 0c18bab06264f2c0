package dev.tilewright.ir.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.interpret.Arguments;
import dev.tilewright.ir.interpret.HostTensor;
import dev.tilewright.ir.interpret.Interpreter;
import dev.tilewright.ir.text.Printer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Runs random programs on random data: the same for every function with the same parameters. */
public final class Execution {
  private Execution() {}

  /** Runs the function on the program's data and gives back what it wrote. */
  public static Map<String, HostTensor> run(
      KernelFunction function, RandomPrograms.Program program) {
    Arguments arguments = arguments(function, program);
    Interpreter.run(function, arguments);
    Map<String, HostTensor> written = new LinkedHashMap<>();
    for (Parameter parameter : function.parameters()) {
      if (parameter instanceof Parameter.Tensor t && t.access() != Parameter.Access.IN) {
        written.put(t.name(), arguments.tensors().get(t.name()));
      }
    }
    return written;
  }

  /** That a transformed function writes what the program writes, bit for bit. */
  public static void assertSameResults(RandomPrograms.Program program, KernelFunction transformed) {
    Map<String, HostTensor> expected = run(program.function(), program);
    Map<String, HostTensor> actual = run(transformed, program);
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (name, tensor) ->
            assertTrue(
                tensor.sameCodes(actual.get(name)),
                () ->
                    "tensor "
                        + name
                        + " differs\n"
                        + program
                        + "\nbecame\n"
                        + Printer.printWithoutLocations(transformed)));
  }

  public static Arguments arguments(KernelFunction function, RandomPrograms.Program program) {
    Random random = new Random(program.seed());
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    Map<String, Literal> scalars = new LinkedHashMap<>();
    for (Parameter parameter : function.parameters()) {
      switch (parameter) {
        case Parameter.Dimension _, Parameter.Workspace _ -> {}
        case Parameter.Scalar scalar ->
            scalars.put(scalar.name(), RandomLiterals.of(random, scalar.value().type().dtype()));
        case Parameter.Tensor tensor ->
            tensors.put(tensor.name(), tensor(tensor, program.dimensions(), random));
      }
    }
    return new Arguments(program.dimensions(), tensors, scalars);
  }

  private static HostTensor tensor(
      Parameter.Tensor parameter, Map<String, Long> dimensions, Random random) {
    long[] shape = parameter.shape().stream().mapToLong(s -> s.evaluate(dimensions)).toArray();
    HostTensor tensor = HostTensor.zeros(parameter.dtype(), shape);
    for (long place = 0; place < tensor.elements(); place++) {
      tensor.setCode(place, code(parameter.dtype(), random));
    }
    return tensor;
  }

  /** Mostly ordinary numbers, now and then any code. */
  private static long code(DType dtype, Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> random.nextLong() & -1L >>> (64 - dtype.bits());
      default -> dtype.encode(random.nextInt(33) / 4.0 - 4);
    };
  }
}
