/**
 * Tile IR as text: {@link dev.tilewright.ir.text.Printer} writes it, {@link
 * dev.tilewright.ir.text.Parser} reads back the same function. The grammar is {@code TileIr.g4}.
 *
 * <pre>
 *   #0 = [register:2 -> dim1*1, …] : (dim0:16, dim1:8)
 *
 *   kernel @scale(
 *       %0 = dim m : i32,
 *       %1 = in x [m] unit 0 align 16 : tensor&lt;f16, rank 1&gt;,
 *       %2 = out y [m] unit 0 align 16 : tensor&lt;f16, rank 1&gt;
 *   ) grid (ceildiv(m, 128)) {
 *     %3 = program_id 0 : i32
 *     %4 = constant 128 : i32
 *     %5 = mul %3, %4 : i32
 *     %6 = load %1[%5 checked] fill 0.0 : tile&lt;128xf16&gt; loc("Scale.java":12 in "demo.Scale")
 *     %7 = add %6, %6 : tile&lt;128xf16&gt;
 *     store %7 to %2[%5 checked]
 *   }
 * </pre>
 *
 * The type after the colon is the result's; operand types are those of the definitions. A {@code
 * %number} is the value's id. In a text written by hand values may have names; they get ids in
 * order of appearance, after the greatest number.
 */
@NullMarked
package dev.tilewright.ir.text;

import org.jspecify.annotations.NullMarked;
