package dev.tilewright.runtime.cuda;

import dev.tilewright.runtime.KernelImage;
import java.util.ArrayList;
import java.util.List;

/**
 * Which targets run on which compute capability (PTX ISA, {@code .target}; CUDA C++ Programming
 * Guide, "Application Compatibility").
 *
 * <p>PTX for {@code sm_N} is compiled by the driver for any capability from N on. The
 * architecture-specific features of {@code sm_Na} exist on capability N alone. Machine code runs on
 * the same major version, from its minor version on.
 */
final class CudaTargets {
  private static final int[] ARCHITECTURES = {121, 120, 110, 103, 100, 90, 89, 87, 86, 80};

  /** The first capability with an architecture-specific target. */
  private static final int FIRST_SPECIFIC = 90;

  private CudaTargets() {}

  /**
   * The targets of a device, best first.
   *
   * @param capability ten times the major plus the minor compute capability
   */
  static List<String> of(int capability) {
    List<String> targets = new ArrayList<>();
    if (capability >= FIRST_SPECIFIC) {
      targets.add("sm_" + capability + "a");
    }
    targets.add("sm_" + capability);
    for (int architecture : ARCHITECTURES) {
      if (architecture < capability) {
        targets.add("sm_" + architecture);
      }
    }
    return List.copyOf(targets);
  }

  /** Whether code in that format and for that target (one of {@link #of}) can be loaded. */
  static boolean loads(int capability, KernelImage.Format format, String target) {
    return switch (format) {
      case PTX -> true;
      case CUBIN -> {
        int architecture = Integer.parseInt(target.replaceAll("[^0-9]", ""));
        yield architecture / 10 == capability / 10 && architecture <= capability;
      }
      case HIP_SOURCE, CODE_OBJECT -> false;
    };
  }
}
