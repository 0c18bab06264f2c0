/** Programs of other people that code generators run: assemblers and compilers. */
@NullMarked
package dev.tilewright.ir.tool;

import org.jspecify.annotations.NullMarked;
