package dev.tilewright.ir.target;

import dev.tilewright.ir.thread.ThreadFunction;
import java.util.List;

/** A code generator, found by {@link java.util.ServiceLoader}. */
public interface Backend {

  /** The name of the language it writes: {@code ptx}, {@code hip}. */
  String language();

  /** The targets it generates code for. */
  List<Target> targets();

  /** Writes the code of one function for one of {@link #targets()}. Same input, same text. */
  GeneratedCode generate(ThreadFunction function, Target target);
}
