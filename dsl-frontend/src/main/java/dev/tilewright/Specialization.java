package dev.tilewright;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Parameter;
import dev.tilewright.layout.SizeExpr;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/**
 * What is known of a kernel's arguments when it is compiled. Code is right for every launch that
 * satisfies these facts, and the launch checks them; the more is known, the faster it is.
 *
 * <p>Facts take few values, so that a kernel has few variants: alignments are powers of two up to
 * 16 bytes, divisors are powers of two up to 256.
 *
 * @param tensors by name; what is absent is row-major and aligned to 16 bytes
 * @param divisors by dimension: a number that divides its size; what is absent has any size
 */
public record Specialization(
    SequencedMap<String, TensorFacts> tensors, SequencedMap<String, Integer> divisors) {

  /** The widest access of one thread, in bytes: more alignment gains nothing. */
  private static final int MAX_ALIGNMENT = 16;

  /** Vectors ask for divisors up to 16, tiles for their extents: more gains nothing. */
  private static final int MAX_DIVISOR = 256;

  /** Dense row-major tensors of any size, aligned to 16 bytes. */
  public static final Specialization NONE =
      new Specialization(new LinkedHashMap<>(), new LinkedHashMap<>());

  /**
   * What is known of one tensor.
   *
   * @param unitDimension the dimension whose stride is one element; -1 when there is none
   * @param alignment a power of two of bytes that divides the address of the first element and
   *     every other stride
   */
  public record TensorFacts(int unitDimension, int alignment) {}

  public Specialization {
    tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
    divisors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(divisors));
  }

  /** These facts, and that a dimension's size is a multiple of {@code divisor}. */
  public Specialization withDivisor(String dimension, int divisor) {
    SequencedMap<String, Integer> extended = new LinkedHashMap<>(divisors);
    extended.put(dimension, divisor);
    return new Specialization(tensors, extended);
  }

  /** These facts, and those of a tensor. */
  public Specialization withTensor(String tensor, TensorFacts facts) {
    SequencedMap<String, TensorFacts> extended = new LinkedHashMap<>(tensors);
    extended.put(tensor, facts);
    return new Specialization(extended, divisors);
  }

  /**
   * What is true of these arguments. Arguments that do not fit the kernel are passed over: the
   * launch refuses them, and says why.
   */
  public static Specialization of(KernelFunction kernel, Arguments arguments) {
    SequencedMap<String, TensorFacts> tensors = new LinkedHashMap<>();
    SequencedMap<String, Integer> divisors = new LinkedHashMap<>();
    for (Parameter parameter : kernel.parameters()) {
      if (parameter instanceof Parameter.Tensor declared) {
        arguments
            .tensor(declared.name())
            .filter(tensor -> tensor.rank() == declared.shape().size())
            .ifPresent(
                tensor -> {
                  tensors.put(declared.name(), facts(tensor));
                  collectDivisors(declared, tensor, divisors);
                });
      }
    }
    return new Specialization(tensors, divisors);
  }

  private static void collectDivisors(
      Parameter.Tensor declared, Tensor tensor, Map<String, Integer> divisors) {
    for (int i = 0; i < tensor.rank(); i++) {
      if (declared.shape().get(i) instanceof SizeExpr.Dimension(String name)) {
        int divisor = (int) Long.lowestOneBit(tensor.shape()[i] | MAX_DIVISOR);
        if (divisor > 1) {
          divisors.putIfAbsent(name, divisor);
        }
      }
    }
  }

  private static TensorFacts facts(Tensor tensor) {
    int unit = unitDimension(tensor.shape(), tensor.strides());
    long bits = tensor.address() * Byte.SIZE;
    for (int i = 0; i < tensor.rank(); i++) {
      if (i != unit && tensor.shape()[i] > 1) {
        bits |= tensor.strides()[i] * tensor.dtype().bits();
      }
    }
    long aligned = Long.lowestOneBit(bits | (long) MAX_ALIGNMENT * Byte.SIZE) / Byte.SIZE;
    // No code reads elements that lie askew: promising their own size lets the launch refuse them.
    long element = Long.highestOneBit(Math.max(1, tensor.dtype().bits() / Byte.SIZE));
    return new TensorFacts(unit, (int) Math.max(element, aligned));
  }

  /** The last dimension along which neighbours touch; one of a single element will do. */
  private static int unitDimension(long[] shape, long[] strides) {
    return IntStream.iterate(shape.length - 1, i -> i >= 0, i -> i - 1)
        .filter(i -> shape[i] > 1 && strides[i] == 1)
        .findFirst()
        .orElseGet(
            () ->
                IntStream.iterate(shape.length - 1, i -> i >= 0, i -> i - 1)
                    .filter(i -> shape[i] == 1)
                    .findFirst()
                    .orElse(-1));
  }

  /**
   * The kernel with these facts.
   *
   * @throws IllegalArgumentException if a fact names no tensor or dimension of the kernel, or no
   *     dimension of the tensor
   */
  public KernelFunction applyTo(KernelFunction kernel) {
    checkNames(kernel);
    List<Parameter> parameters = kernel.parameters().stream().map(this::withFacts).toList();
    return new KernelFunction(
        kernel.name(), parameters, kernel.grid(), kernel.launch(), kernel.body());
  }

  private Parameter withFacts(Parameter parameter) {
    return switch (parameter) {
      case Parameter.Dimension d ->
          new Parameter.Dimension(
              d.name(), d.value(), divisors.getOrDefault(d.name(), 1), d.location());
      case Parameter.Scalar s -> s;
      case Parameter.Workspace w -> w;
      case Parameter.Tensor t -> {
        TensorFacts facts = tensors.get(t.name());
        if (facts == null) {
          yield t;
        }
        if (facts.unitDimension() < -1 || facts.unitDimension() >= t.shape().size()) {
          throw new IllegalArgumentException(
              "tensor '" + t.name() + "' has no dimension " + facts.unitDimension());
        }
        yield new Parameter.Tensor(
            t.name(),
            t.value(),
            t.shape(),
            t.access(),
            facts.unitDimension(),
            facts.alignment(),
            t.location());
      }
    };
  }

  private void checkNames(KernelFunction kernel) {
    List<String> dimensions = names(kernel, Parameter.Dimension.class);
    List<String> known = names(kernel, Parameter.Tensor.class);
    divisors.keySet().forEach(name -> check(dimensions, name, "dimension"));
    tensors.keySet().forEach(name -> check(known, name, "tensor"));
  }

  private static List<String> names(KernelFunction kernel, Class<? extends Parameter> kind) {
    return kernel.parameters().stream().filter(kind::isInstance).map(Parameter::name).toList();
  }

  private static void check(List<String> known, String name, String kind) {
    if (!known.contains(name)) {
      throw new IllegalArgumentException(
          "the kernel has no " + kind + " '" + name + "'; it has " + String.join(", ", known));
    }
  }
}
