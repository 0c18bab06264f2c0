/** The expansion, judged by running its output. */
@NullMarked
package dev.tilewright.ir.expand;

import org.jspecify.annotations.NullMarked;
