package dev.tilewright.emulator.decode;

import dev.tilewright.emulator.ptx.Function;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How many registers a kernel's threads start with, as far as its directives say. */
final class RegistersPerThread {
  private static final int PARTITIONS = 4;
  private static final int OF_PARTITION = 16_384;
  private static final int MOST = 256;
  private static final int UNIT = 8;

  private RegistersPerThread() {}

  /**
   * The number {@code .maxnreg} gives, or what remains for each thread when {@code .minnctapersm}
   * blocks of {@code .maxntid} (or {@code .reqntid}) threads share a multiprocessor, whose warps
   * lie in four partitions of 16,384 registers; 0 if neither is there. With a bound on the threads
   * alone ptxas 13.0 does not fix the number: it says C7508 and ignores {@code setmaxnreg}.
   */
  static int of(Function entry) {
    List<Integer> most = entry.attributes().get("maxnreg");
    if (most != null) {
      return Math.min(MOST, Math.ceilDiv(most.getFirst(), UNIT) * UNIT);
    }
    List<Integer> threads = threads(entry);
    List<Integer> blocks = entry.attributes().get("minnctapersm");
    if (threads == null || blocks == null) {
      return 0;
    }
    int perBlock = Math.ceilDiv(threads.stream().reduce(1, (a, b) -> a * b), 32);
    int warps = Math.ceilDiv(perBlock * Math.max(1, blocks.getFirst()), PARTITIONS);
    return Math.min(MOST, OF_PARTITION / (32 * Math.max(1, warps)) / UNIT * UNIT);
  }

  private static @Nullable List<Integer> threads(Function entry) {
    List<Integer> exact = entry.attributes().get("reqntid");
    return exact != null ? exact : entry.attributes().get("maxntid");
  }
}
