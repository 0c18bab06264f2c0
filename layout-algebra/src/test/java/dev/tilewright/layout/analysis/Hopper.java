package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Swizzle;
import java.util.List;

/** The facts of {@code sm_90a} as a target's description would pass them. */
final class Hopper {

  static final SwizzleMode NONE = SwizzleMode.none(16);
  static final SwizzleMode B32 = new SwizzleMode(32, new Swizzle(1, 4, 3));
  static final SwizzleMode B64 = new SwizzleMode(64, new Swizzle(2, 4, 3));
  static final SwizzleMode B128 = new SwizzleMode(128, new Swizzle(3, 4, 3));

  static final BoxCopy.Engine TMA = new BoxCopy.Engine(List.of(B128, B64, B32), 16, 128, 256, 5);

  /** 16-bit operands. */
  static final MatrixDescriptor.Format WGMMA =
      format(MatrixDescriptor.Major.K, MatrixDescriptor.Major.MN);

  /** Operands of 8 and 32 bits. */
  static final MatrixDescriptor.Format WGMMA_K = format(MatrixDescriptor.Major.K);

  private Hopper() {}

  private static MatrixDescriptor.Format format(MatrixDescriptor.Major... majors) {
    return new MatrixDescriptor.Format(
        List.of(B128, B64, B32, NONE), 8, 16, 0x3FFF * 16, List.of(majors));
  }
}
