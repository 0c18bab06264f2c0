package dev.tilewright;

import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.interpret.Arguments;
import dev.tilewright.ir.interpret.HostTensor;
import dev.tilewright.ir.interpret.Interpreter;
import dev.tilewright.layout.SizeExpr;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A run of a kernel on the CPU, without compiling it: what the kernel means, and so the reference
 * for every device.
 *
 * <pre>{@code
 * var c = HostTensor.zeros(F16, m, n);
 * ReferenceRun.of(new Matmul(F16, F16, 128, 128, 32))
 *     .with("a", HostTensor.of(F16, aValues, m, k))
 *     .with("b", HostTensor.of(F16, bValues, n, k))
 *     .with("c", c)
 *     .run();
 * }</pre>
 *
 * <p>Immutable. Results are in the tensors.
 */
public final class ReferenceRun {
  private final KernelFunction function;
  private final SequencedMap<String, HostTensor> tensors;
  private final SequencedMap<String, Literal> scalars;

  private ReferenceRun(
      KernelFunction function,
      SequencedMap<String, HostTensor> tensors,
      SequencedMap<String, Literal> scalars) {
    this.function = function;
    this.tensors = tensors;
    this.scalars = scalars;
  }

  /**
   * A run of that kernel, its arguments yet to be given.
   *
   * @throws KernelDefinitionException if the kernel is not well formed
   */
  public static ReferenceRun of(Kernel kernel) {
    return of(Compiler.trace(kernel));
  }

  /** A run of tile IR of any stage. */
  public static ReferenceRun of(KernelFunction function) {
    return new ReferenceRun(function, new LinkedHashMap<>(), new LinkedHashMap<>());
  }

  /** This run with a tensor; its sizes give the dimensions. */
  public ReferenceRun with(String name, HostTensor tensor) {
    SequencedMap<String, HostTensor> extended = new LinkedHashMap<>(tensors);
    extended.put(name, tensor);
    return new ReferenceRun(function, extended, scalars);
  }

  /**
   * This run with a number for a scalar parameter.
   *
   * @throws IllegalArgumentException if the kernel has no such parameter, or it is an integer and
   *     the number is not
   */
  public ReferenceRun with(String name, double value) {
    Parameter parameter =
        function.parameters().stream()
            .filter(p -> p instanceof Parameter.Scalar && p.name().equals(name))
            .findFirst()
            .orElseThrow(
                () -> new IllegalArgumentException("the kernel has no scalar '" + name + "'"));
    SequencedMap<String, Literal> extended = new LinkedHashMap<>(scalars);
    extended.put(name, literal(parameter, value));
    return new ReferenceRun(function, tensors, extended);
  }

  private static Literal literal(Parameter parameter, double value) {
    return switch (parameter.value().type().dtype()) {
      case FloatType _, StoredType _ -> Literal.of(value);
      case IntType type -> {
        if (value != Math.rint(value)) {
          throw new IllegalArgumentException(
              "scalar '" + parameter.name() + "' is " + type + ", not " + value);
        }
        yield Literal.of((long) value);
      }
    };
  }

  /**
   * Runs all blocks, with the arithmetic of the types.
   *
   * @throws IllegalArgumentException if the arguments are not those of the kernel
   * @throws dev.tilewright.ir.interpret.InterpreterException if the kernel does what has no meaning
   */
  public void run() {
    run(Interpreter.Precision.EXACT);
  }

  /** Runs all blocks; see {@link Interpreter.Precision}. */
  public void run(Interpreter.Precision precision) {
    Interpreter.run(function, new Arguments(dimensions(), tensors, scalars), precision);
  }

  private Map<String, Long> dimensions() {
    SequencedMap<String, Long> dimensions = new LinkedHashMap<>();
    for (Parameter parameter : function.parameters()) {
      HostTensor given = tensors.get(parameter.name());
      if (parameter instanceof Parameter.Tensor declared && given != null) {
        collect(declared, given, dimensions);
      }
    }
    return dimensions;
  }

  private static void collect(
      Parameter.Tensor declared, HostTensor given, Map<String, Long> dimensions) {
    if (given.rank() != declared.shape().size()) {
      throw new IllegalArgumentException(
          "tensor '" + declared.name() + "' is " + given + ", but has sizes " + declared.shape());
    }
    for (int i = 0; i < given.rank(); i++) {
      if (declared.shape().get(i) instanceof SizeExpr.Dimension(String name)) {
        Long known = dimensions.putIfAbsent(name, given.size(i));
        if (known != null && known != given.size(i)) {
          throw new IllegalArgumentException(
              name
                  + " is "
                  + known
                  + " elsewhere, but "
                  + given.size(i)
                  + " by dimension "
                  + i
                  + " of '"
                  + declared.name()
                  + "'");
        }
      }
    }
  }
}
