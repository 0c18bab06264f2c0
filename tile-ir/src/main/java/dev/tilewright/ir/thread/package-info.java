/**
 * Thread IR: what one thread does. Scalars and short vectors in SSA form, structured control flow,
 * and the target's own instructions as typed operations. Code generators print it.
 */
@NullMarked
package dev.tilewright.ir.thread;

import org.jspecify.annotations.NullMarked;
