/**
 * A machine that runs thread IR: all threads of a block in step, shared memory that notices races,
 * copies that are late. It knows nothing of layouts.
 */
@NullMarked
package dev.tilewright.ir.machine;

import org.jspecify.annotations.NullMarked;
