package dev.tilewright.ir.target;

/**
 * How much one multiprocessor does in a cycle, when nothing else is in the way: what schedules
 * weigh operations by.
 *
 * @param columns columns of a {@link GroupMma}'s result, for one of its steps along k
 * @param fused additions, multiplications and fused ones of {@code f32}
 * @param simple comparisons, selections, conversions and integer operations
 * @param special exponentials, logarithms, roots and reciprocals
 * @param shuffles of 32 bits between the lanes of a warp
 * @param sharedBytes read from or written to shared memory
 */
public record Throughput(
    int columns, int fused, int simple, int special, int shuffles, int sharedBytes) {}
