package dev.tilewright.ir.interpret;

import dev.tilewright.ir.Literal;
import java.util.Map;

/**
 * What a kernel is run with, by parameter name.
 *
 * @param tensors inputs, and outputs to be written into
 */
public record Arguments(
    Map<String, Long> dimensions, Map<String, HostTensor> tensors, Map<String, Literal> scalars) {
  public Arguments {
    dimensions = Map.copyOf(dimensions);
    tensors = Map.copyOf(tensors);
    scalars = Map.copyOf(scalars);
  }

  public Arguments(Map<String, Long> dimensions, Map<String, HostTensor> tensors) {
    this(dimensions, tensors, Map.of());
  }
}
