/**
 * What every PTX instruction does, one file per family of the PTX ISA.
 *
 * <p>To add an instruction: put its opcode into its family's {@code register} (a new family also
 * into {@code Families}); take the modifiers it knows from the {@code Decoding}, which reports any
 * that is left over; resolve the operands to indices in the register file; return a {@code Decoded}
 * with its counter and an {@code Action}, most often a lane-wise {@code Step} from {@code Lanes}.
 * Reads and writes of registers are noted while operands are resolved, so the check for undefined
 * registers needs nothing more. Test it with {@code Snippet} against an oracle that shares no code.
 */
@NullMarked
package dev.tilewright.emulator.instruction;

import org.jspecify.annotations.NullMarked;
