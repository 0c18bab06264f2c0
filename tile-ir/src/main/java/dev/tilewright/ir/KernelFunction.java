package dev.tilewright.ir;

import dev.tilewright.layout.SizeExpr;
import java.util.List;
import java.util.Optional;

/**
 * A kernel in tile IR: the one value that flows through the compiler. Every pass takes one and
 * returns one.
 *
 * @param grid blocks along x, y, z: one to three sizes in the function's dimensions
 * @param launch how a block is made up; absent until the target is known
 */
public record KernelFunction(
    String name,
    List<Parameter> parameters,
    List<SizeExpr> grid,
    Optional<Launch> launch,
    Block body) {

  /**
   * How a block is made up.
   *
   * @param target the target's name, such as {@code sm_80}
   * @param warps warps in a block
   * @param sharedBytes shared memory of a block, in bytes; 0 until {@code PlanMemory}
   * @param cluster blocks of a cluster, neighbours along x; 1 without clusters
   */
  public record Launch(String target, int warps, int sharedBytes, int cluster) {
    /** Blocks without clusters. */
    public Launch(String target, int warps, int sharedBytes) {
      this(target, warps, sharedBytes, 1);
    }
  }

  public KernelFunction {
    parameters = List.copyOf(parameters);
    grid = List.copyOf(grid);
  }

  public KernelFunction withBody(Block newBody) {
    return newBody == body ? this : new KernelFunction(name, parameters, grid, launch, newBody);
  }

  public KernelFunction withLaunch(Launch newLaunch) {
    return new KernelFunction(name, parameters, grid, Optional.of(newLaunch), body);
  }

  /** The parameter that defines {@code value}. */
  public Optional<Parameter> parameterOf(Value value) {
    return parameters.stream().filter(p -> p.value().equals(value)).findFirst();
  }

  /** The tensor parameter that defines {@code value}. */
  public Parameter.Tensor tensorOf(Value value) {
    return parameterOf(value)
        .filter(Parameter.Tensor.class::isInstance)
        .map(Parameter.Tensor.class::cast)
        .orElseThrow(() -> new IllegalArgumentException(value + " is not a tensor parameter"));
  }

  /** One more than the greatest value id in use: where fresh values may start. */
  public int nextId() {
    int greatest = parameters.stream().mapToInt(p -> p.value().id()).max().orElse(-1);
    return Math.max(greatest, greatestId(body)) + 1;
  }

  private static int greatestId(Block block) {
    int greatest = block.arguments().stream().mapToInt(Value::id).max().orElse(-1);
    for (Op op : block.ops()) {
      for (Value result : op.results()) {
        greatest = Math.max(greatest, result.id());
      }
      for (Block region : op.regions()) {
        greatest = Math.max(greatest, greatestId(region));
      }
    }
    return greatest;
  }
}
