/**
 * The passes: each takes a {@link dev.tilewright.ir.KernelFunction} and returns one that computes
 * the same. {@link dev.tilewright.ir.pass.Pipeline} lists them in order.
 *
 * <h2>Staged form</h2>
 *
 * What the pipeline ends in, and the expansion to thread IR starts from.
 *
 * <ol>
 *   <li>The launch is set, with its warps and shared bytes. Every tile and every shared buffer has
 *       a layout; every allocation has an offset, a multiple of 128 bytes, and ends within the
 *       launch's shared bytes.
 *   <li>Register layouts go from {@code (register, lane, warp)}, all three listed, to {@code (dim0,
 *       dim1, …)}; lane and warp have the extents of the target and the launch. A digit of lane or
 *       warp without a stride means that those threads hold the same. No register repeats another
 *       of its thread.
 *   <li>Shared layouts go from {@code (dim0, dim1, …)} to {@code (offset)}, in elements, swizzled
 *       or not. A slice of a ring has the layout of one stage; the ring's own says only where
 *       stages begin, by its stride along {@code dim0}.
 *   <li>Operands and result of an elementwise operation have one layout. Constants, splats and
 *       iotas have any.
 *   <li>Broadcast, reshape and transpose move nothing between threads: each thread holds already,
 *       in some register, what its result needs. The operand of a broadcast has the result's layout
 *       without the strides along the repeated dimensions, and without the registers that only
 *       walked along them.
 *   <li>A {@code ConvertLayout} that is left stays within each warp: {@link
 *       dev.tilewright.layout.analysis.Conversion#withinWarps} has a plan for it, which renumbers
 *       registers, the same way in every thread (or drops some), or shuffles. All others have
 *       become stores to and loads from shared memory.
 *   <li>The reduced dimension of a {@code Reduce} lies on registers and lanes, never on warps. The
 *       result's layout is the operand's without that dimension: its lane digits replicate, its
 *       register digits are gone.
 *   <li>An {@code Mma} has its instruction, and its operands' and result's layouts are the
 *       instruction's fragments, repeated: the lowest register digits are one whole fragment; the
 *       others, and the warps, count repetitions in some order. Accumulator and result have one
 *       layout.
 *   <li>Carried values of a loop have one layout as initial value, argument, yielded value and
 *       result; so have the values of a branch.
 *   <li>Loads and stores have any layout; the passes prefer those whose registers run along the
 *       tensor's unit dimension in the widest vectors that {@link
 *       dev.tilewright.ir.analysis.GlobalAccess} finds legal. Bounds flags are false where they are
 *       proved. A store may be replicated over lanes and warps.
 *   <li>{@code CopyAsync} has a layout whose lowest registers are one transfer, of the largest size
 *       that the target copies asynchronously and that {@link
 *       dev.tilewright.ir.analysis.GlobalAccess#alignedElements} finds aligned: contiguous along
 *       the unit dimension and in the buffer. It may cross the tensor's edge, where it fills with
 *       zeros.
 *   <li>Barriers stand wherever threads must meet: no expansion adds one. Loads of a ring's slot
 *       see what was copied to it.
 *   <li>Where warps have {@link dev.tilewright.ir.AsyncOp.Roles}, those stand in the function's
 *       body, once, with nothing but allocations and barriers in memory beside them, all of which
 *       have offsets. Every role is a program of its own over its own warps: the rules above hold
 *       in it with the role's warps for the launch's, and a {@code Barrier} is the role's. There
 *       are no arefs. Buffers of bulk copies lie as {@link dev.tilewright.ir.analysis.BulkTile}
 *       says, at multiples of its alignment.
 *   <li>Accumulators of an {@code MmaAsync} are its instruction's, repeated; its other operands lie
 *       in shared memory as a matrix descriptor can say, or in registers as its instruction asks.
 *       Until an {@code MmaWait} has taken a result, nothing but another product of the same
 *       accumulator, and the loop that carries it, uses it.
 * </ol>
 */
@NullMarked
package dev.tilewright.ir.pass;

import org.jspecify.annotations.NullMarked;
