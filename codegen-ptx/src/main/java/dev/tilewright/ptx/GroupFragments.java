package dev.tilewright.ptx;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.Axis.WARP;
import static dev.tilewright.layout.Axis.dim;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.target.GroupMma;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Space;

/**
 * The fragments of {@code wgmma.mma_async.m64nNkK} (PTX ISA, "Register Fragments and Shared Memory
 * Matrix Layouts"). Each of the four warps holds 16 rows, of a as {@code mma.sync} holds its own,
 * of d as many of its 8 columns side by side.
 */
final class GroupFragments {
  private static final int M = 64;
  private static final int WARPS = 4;
  private static final int WARP_ROWS = 16;
  private static final int MOST_N = 256;

  private GroupFragments() {}

  /** The family {@code wgmma.m64nNkK.d.a.b}; its k is 256 bits of the operands' type. */
  static GroupMma family(DType a, DType b, DType accumulator) {
    int perRegister = Integer.SIZE / a.bits();
    int k = 8 * perRegister;
    // Of integers there are also n = 8 and 24, which fit no multiple.
    int nStep = accumulator instanceof IntType ? 16 : 8;
    return new GroupMma(
        "wgmma.m64nNk%d.%s.%s.%s"
            .formatted(
                k,
                MmaFragments.ptxName(accumulator),
                MmaFragments.ptxName(a),
                MmaFragments.ptxName(b)),
        M,
        nStep,
        MOST_N,
        k,
        a,
        b,
        accumulator,
        PtxTypes.isHalf(a),
        aFragment(perRegister),
        accumulatorFragment(nStep));
  }

  private static Layout aFragment(int perRegister) {
    return Layout.into(Space.tile(M, 8 * perRegister))
        .digit(REGISTER, perRegister, dim(1), 1)
        .digit(REGISTER, 2, dim(0), 8)
        .digit(REGISTER, 2, dim(1), 4 * perRegister)
        .digit(LANE, 4, dim(1), perRegister)
        .digit(LANE, 8, dim(0), 1)
        .digit(WARP, WARPS, dim(0), WARP_ROWS)
        .build();
  }

  private static Layout accumulatorFragment(int n) {
    return Layout.into(Space.tile(M, n))
        .digit(REGISTER, 2, dim(1), 1)
        .digit(REGISTER, 2, dim(0), 8)
        .digit(REGISTER, n / 8, dim(1), 8)
        .digit(LANE, 4, dim(1), 2)
        .digit(LANE, 8, dim(0), 1)
        .digit(WARP, WARPS, dim(0), WARP_ROWS)
        .build();
  }
}
