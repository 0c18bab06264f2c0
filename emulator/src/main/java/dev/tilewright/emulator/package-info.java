/**
 * A device that executes PTX text on the CPU, watches it and counts exactly. Written from the PTX
 * ISA manual; it shares no code with what generates PTX.
 *
 * <p>The way of a kernel, and where to read about each step:
 *
 * <ol>
 *   <li>{@code ptx}: the text becomes immutable values ({@code PtxReader}, grammar {@code Ptx.g4});
 *   <li>{@code decode}: names become register slots and addresses, instructions become actions, the
 *       control flow graph gets the block order that reconvergence follows ({@code ProgramLoader});
 *   <li>{@code instruction}: what each instruction does, one file per family ({@code Families}
 *       lists them all);
 *   <li>{@code machine}: a {@code Launch} runs {@code Cluster}s of {@code Block}s of {@code Warp}s;
 *       {@code Divergence} chooses which lanes go on; {@code MemoryPort} is every access's way to
 *       memory; the {@code TensorMemoryAccelerator} copies in bulk, {@code PendingOperations}
 *       decides when, and {@code Mbarrier}s tell who waits;
 *   <li>{@code sanitizer}: who wrote and read what, and the findings; {@code counters}: the
 *       figures;
 *   <li>{@code numeric}: correctly rounded arithmetic.
 * </ol>
 *
 * <p>The machine knows no PTX: a reader of another instruction set hands it a {@code Program} of
 * the same actions.
 */
@NullMarked
package dev.tilewright.emulator;

import org.jspecify.annotations.NullMarked;
