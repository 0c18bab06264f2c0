package dev.tilewright.emulator;

import java.util.List;
import java.util.Optional;

/**
 * An emulated architecture and its limits.
 *
 * @param capability the number in {@code sm_NN}
 * @param own whether it also runs code for this architecture alone ({@code sm_90a})
 * @param sharedBytesPerBlock the most shared memory a block may use, static and dynamic (CUDA
 *     programming guide, "Technical Specifications per Compute Capability")
 * @param label what a person calls it
 */
record Target(int capability, boolean own, int sharedBytesPerBlock, String label) {
  static final int THREADS_PER_BLOCK = 1024;

  /** The largest cluster; 8 is the largest that every device has. */
  static final int BLOCKS_PER_CLUSTER = 16;

  /** All of them, the default first. */
  static final List<Target> ALL =
      List.of(
          new Target(80, false, 166_912, "emulated A100 (compute capability 8.0)"),
          new Target(86, false, 101_376, "emulated compute capability 8.6"),
          new Target(89, false, 101_376, "emulated compute capability 8.9"),
          new Target(90, false, 232_448, "emulated compute capability 9.0"),
          new Target(90, true, 232_448, "emulated H100 (compute capability 9.0)"));

  String name() {
    return "sm_" + capability + (own ? "a" : "");
  }

  /** Targets whose code it runs, best first: its own and earlier ones. */
  List<String> accepts() {
    return ALL.reversed().stream()
        .filter(t -> t.capability <= capability && (!t.own || own))
        .map(Target::name)
        .toList();
  }

  static Optional<Target> named(String name) {
    return ALL.stream().filter(t -> t.name().equals(name)).findFirst();
  }
}
