package dev.tilewright.runtime;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The arguments of one launch, by name. Dimensions are read off the tensors' shapes and need not be
 * given; one that is given must agree with them.
 *
 * <pre>{@code
 * Arguments.of("a", a).with("b", b).with("c", c).with("alpha", 0.5)
 * }</pre>
 */
public final class Arguments {

  /** A value for a name. */
  sealed interface Argument {
    record OfTensor(Tensor tensor) implements Argument {}

    record Real(double value) implements Argument {}

    record Whole(long value) implements Argument {}
  }

  private static final Arguments NONE = new Arguments(new LinkedHashMap<>());

  private final SequencedMap<String, Argument> byName;

  private Arguments(Map<String, Argument> byName) {
    this.byName = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(byName));
  }

  /** No arguments. */
  public static Arguments none() {
    return NONE;
  }

  /** One tensor. */
  public static Arguments of(String name, Tensor tensor) {
    return NONE.with(name, tensor);
  }

  /** These and a tensor. */
  public Arguments with(String name, Tensor tensor) {
    return with(name, new Argument.OfTensor(tensor));
  }

  /** These and a number for a scalar parameter. */
  public Arguments with(String name, double value) {
    return with(name, new Argument.Real(value));
  }

  /** These and a whole number for a scalar parameter or a dimension. */
  public Arguments with(String name, long value) {
    return with(name, new Argument.Whole(value));
  }

  /** The tensor of that name, if a tensor was given under it. */
  public Optional<Tensor> tensor(String name) {
    return byName.get(name) instanceof Argument.OfTensor(Tensor tensor)
        ? Optional.of(tensor)
        : Optional.empty();
  }

  private Arguments with(String name, Argument argument) {
    var extended = new LinkedHashMap<>(byName);
    if (extended.putIfAbsent(name, argument) != null) {
      throw new IllegalArgumentException("argument '" + name + "' is given twice");
    }
    return new Arguments(extended);
  }

  SequencedMap<String, Argument> byName() {
    return byName;
  }
}
