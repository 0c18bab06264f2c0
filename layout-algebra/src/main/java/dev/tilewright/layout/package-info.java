/**
 * Layouts as algebra: functions between products of named axes, written as digits and strides.
 *
 * <p>{@link dev.tilewright.layout.Layout} says what a layout is; every operation of the algebra is
 * a method of it. Operations that do not always have a result return a {@link
 * dev.tilewright.layout.Result}, whose {@link dev.tilewright.layout.Reason} says why there is none.
 *
 * <h2>Text form</h2>
 *
 * One line, self-delimiting; spaces between tokens are free.
 *
 * <pre>
 *   layout  = "[" [ digit { "," digit } ] "]" [ "+" "(" point ")" ] ":" space
 *   digit   = axis ":" extent [ "->" point ]          a digit that goes nowhere is a replication
 *   point   = step { "+" step }
 *   step    = axis "*" integer                        integer stride
 *           | axis "^" integer                        F2 stride: carry-less product, XORed
 *   space   = "(" [ axis ":" extent { "," axis ":" extent } ] ")"
 *   axis    = letter { letter | decimal }             "_" counts as a letter
 *   extent  = a positive integer
 * </pre>
 *
 * The digits of an axis are written minor to major, the axes in the order of the domain; their
 * extents multiply to the extent of the axis. The offset stands in the parentheses after "+", the
 * codomain after ":". A text uses "*" or "^" throughout.
 *
 * <pre>
 *   [register:2 -> dim1*1, register:2 -> dim0*8, lane:4 -> dim1*2, lane:8 -> dim0*1] : (dim0:16, dim1:8)
 *   [dim0:8 -> offset^72, dim0:2 -> offset^512, dim1:64 -> offset^1] : (offset:1024)
 * </pre>
 */
@NullMarked
package dev.tilewright.layout;

import org.jspecify.annotations.NullMarked;
