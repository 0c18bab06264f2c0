package dev.tilewright.ir.thread;

import java.util.List;

/**
 * A kernel as one thread runs it.
 *
 * @param target the target's name
 * @param threads threads of a block
 * @param sharedBytes shared memory of a block, in bytes
 * @param cluster blocks of a cluster, neighbours along x; 1 without clusters
 */
public record ThreadFunction(
    String name,
    String target,
    List<ThreadParameter> parameters,
    int threads,
    int sharedBytes,
    int cluster,
    ThreadBlock body) {
  public ThreadFunction {
    parameters = List.copyOf(parameters);
  }

  /** A function without clusters. */
  public ThreadFunction(
      String name,
      String target,
      List<ThreadParameter> parameters,
      int threads,
      int sharedBytes,
      ThreadBlock body) {
    this(name, target, parameters, threads, sharedBytes, 1, body);
  }

  public ThreadFunction withBody(ThreadBlock newBody) {
    return newBody == body
        ? this
        : new ThreadFunction(name, target, parameters, threads, sharedBytes, cluster, newBody);
  }

  /** One more than the greatest value id in use: where fresh values may start. */
  public int nextId() {
    int greatest = parameters.stream().mapToInt(p -> p.value().id()).max().orElse(-1);
    return Math.max(greatest, greatestId(body)) + 1;
  }

  private static int greatestId(ThreadBlock block) {
    int greatest = block.arguments().stream().mapToInt(ThreadValue::id).max().orElse(-1);
    for (ThreadOp op : block.ops()) {
      for (ThreadValue result : op.results()) {
        greatest = Math.max(greatest, result.id());
      }
      for (ThreadBlock region : op.regions()) {
        greatest = Math.max(greatest, greatestId(region));
      }
    }
    return greatest;
  }
}
