package dev.tilewright.ir.expand;

import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Layout;
import java.util.Optional;

/**
 * A buffer, or a stage of one, in the block's shared memory.
 *
 * @param layout from (dim0, dim1, …) to (offset), in elements
 * @param offset where it begins, in bytes, but for {@code stage}
 * @param stage the bytes to be added that are known only when the kernel runs, {@code i32}
 * @param alignment a power of two that divides the address of its first byte
 */
record SharedWindow(Layout layout, int offset, Optional<ThreadValue> stage, int alignment) {

  /** A thread's address in the window. */
  ThreadValue address(Code code, ThreadValue own) {
    return stage.isPresent() ? code.add(stage.get(), own) : own;
  }
}
