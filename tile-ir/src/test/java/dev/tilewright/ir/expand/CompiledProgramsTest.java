package dev.tilewright.ir.expand;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.dtype.FloatType;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.interpret.Arguments;
import dev.tilewright.ir.interpret.HostTensor;
import dev.tilewright.ir.machine.GridRun;
import dev.tilewright.ir.machine.TensorData;
import dev.tilewright.ir.pass.CompileReport;
import dev.tilewright.ir.pass.PassContext;
import dev.tilewright.ir.pass.Pipeline;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.ir.random.Execution;
import dev.tilewright.ir.random.RandomPrograms;
import dev.tilewright.ir.text.Printer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Random programs, through the passes and the expansion, against the interpreter. */
class CompiledProgramsTest {

  @Provide
  Arbitrary<RandomPrograms.Program> programs() {
    return RandomPrograms.arbitrary(RandomPrograms.REGISTERS);
  }

  @Provide
  Arbitrary<Schedule> schedules() {
    return Arbitraries.of(1, 2, 4, 8).map(Schedule.AUTOMATIC::withWarps);
  }

  @Property(tries = 300)
  void threadsComputeWhatTheProgramMeans(
      @ForAll("programs") RandomPrograms.Program program, @ForAll("schedules") Schedule schedule) {
    Assume.that(Traversal.ops(program.function()).noneMatch(CompiledProgramsTest::isLoose));
    Optional<KernelFunction> staged = staged(program.function(), schedule);
    Assume.that(staged.isPresent());
    Arguments arguments = Execution.arguments(program.function(), program);
    Map<String, HostTensor> expected = Execution.run(program.function(), program);
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    Map<String, Long> scalars = new HashMap<>();
    for (Parameter parameter : program.function().parameters()) {
      switch (parameter) {
        case Parameter.Dimension _, Parameter.Workspace _ -> {}
        case Parameter.Scalar s ->
            scalars.put(s.name(), code(s, named(arguments.scalars(), s.name())));
        case Parameter.Tensor t ->
            tensors.put(t.name(), data(t, named(arguments.tensors(), t.name())));
      }
    }
    GridRun.run(
        ExpandTiles.expand(staged.get(), TestTarget.TARGET),
        staged.get(),
        tensors,
        program.dimensions(),
        scalars);
    expected.forEach(
        (name, tensor) -> {
          TensorData actual = named(tensors, name);
          actual.forEach(
              at ->
                  assertEquals(
                      tensor.code(tensor.place(at)),
                      actual.code(at),
                      () ->
                          "%s%s of %s\n%s"
                              .formatted(
                                  name,
                                  List.of(at[0], at[1]),
                                  program,
                                  Printer.printWithoutLocations(staged.get()))));
        });
  }

  /** What the program's meaning leaves open: in which order floats are added up. */
  private static boolean isLoose(Op op) {
    return op instanceof Op.Mma mma && mma.acc().type().dtype() instanceof FloatType;
  }

  /** Empty where the target has no such matrix instruction, or too little memory. */
  private static Optional<KernelFunction> staged(KernelFunction function, Schedule schedule) {
    try {
      return Optional.of(
          Pipeline.run(
              function,
              new PassContext(TestTarget.TARGET, schedule, new CompileReport()),
              (_, _) -> {}));
    } catch (CompileException refused) {
      return Optional.empty();
    }
  }

  private static <T> T named(Map<String, T> map, String name) {
    T value = map.get(name);
    if (value == null) {
      throw new AssertionError("nothing is named " + name);
    }
    return value;
  }

  private static long code(Parameter.Scalar parameter, Literal literal) {
    return TensorData.code(parameter.value().type().dtype(), literal);
  }

  /** The tensor as lavishly or as miserly placed as the facts allow. */
  private static TensorData data(Parameter.Tensor parameter, HostTensor host) {
    int bytes = parameter.dtype().bits() / 8;
    int pad = Math.max(1, parameter.alignment() / bytes);
    TensorData data =
        parameter.unitDimension() >= 0
            ? TensorData.dense(
                parameter.dtype(),
                host.shape(),
                parameter.unitDimension(),
                parameter.alignment(),
                pad)
            : TensorData.scattered(parameter.dtype(), host.shape(), parameter.alignment(), pad);
    data.forEach(at -> data.setCode(at, host.code(host.place(at))));
    return data;
  }
}
