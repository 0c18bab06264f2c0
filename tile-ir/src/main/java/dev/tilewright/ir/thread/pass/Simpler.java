package dev.tilewright.ir.thread.pass;

import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadValue;

/** What an operation can be replaced by. */
sealed interface Simpler {

  /** It computes a value that is there already. */
  record Same(ThreadValue value) implements Simpler {}

  /** Another operation computes its result. */
  record Other(ThreadOp.Pure op) implements Simpler {}
}
