/**
 * Conversions of elements of up to 8 bits that lie packed in 32-bit words: whole words at a time,
 * two or four elements in each instruction.
 *
 * <p>{@link dev.tilewright.ir.expand.lowbit.BitStream} is how a thread holds such elements. {@link
 * dev.tilewright.ir.expand.lowbit.LaneStreams} brings elements at equal distances to the same place
 * in the halves or bytes of a word; what is then done to all lanes at once depends on the types:
 * {@link dev.tilewright.ir.expand.lowbit.LowBitCast} chooses. Results are exact where the
 * destination has the value and rounded once where it has not.
 */
@NullMarked
package dev.tilewright.ir.expand.lowbit;

import org.jspecify.annotations.NullMarked;
