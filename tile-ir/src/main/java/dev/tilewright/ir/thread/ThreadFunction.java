package dev.tilewright.ir.thread;

import java.util.List;

/**
 * A kernel as one thread runs it.
 *
 * @param target the target's name
 * @param threads threads of a block
 * @param sharedBytes shared memory of a block, in bytes
 */
public record ThreadFunction(
    String name,
    String target,
    List<ThreadParameter> parameters,
    int threads,
    int sharedBytes,
    ThreadBlock body) {
  public ThreadFunction {
    parameters = List.copyOf(parameters);
  }

  public ThreadFunction withBody(ThreadBlock newBody) {
    return newBody == body
        ? this
        : new ThreadFunction(name, target, parameters, threads, sharedBytes, newBody);
  }
}
