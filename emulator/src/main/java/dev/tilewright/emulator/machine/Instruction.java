package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.counters.Counter;
import java.util.Optional;

/**
 * A decoded instruction.
 *
 * @param text the mnemonic, for messages
 * @param line the line of the program text
 * @param source the user's source position
 * @param guard predicate register, or -1
 * @param reads ids of the registers read (see {@link RegisterLayout#names})
 * @param writes ids of the registers written
 */
public record Instruction(
    String text,
    int line,
    Optional<String> source,
    int guard,
    int guardId,
    boolean guardInverted,
    int[] reads,
    int[] writes,
    Counter counter,
    Action action) {}
