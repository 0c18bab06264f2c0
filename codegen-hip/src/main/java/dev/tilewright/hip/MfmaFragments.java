package dev.tilewright.hip;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.Axis.dim;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Space;

/**
 * The fragments of {@code V_MFMA} with one block (AMD Instinct MI300 and CDNA4 ISA, "Matrix
 * Arithmetic Instructions"; the AMD Matrix Instruction Calculator). Of a and b a lane holds
 * neighbours along k: lane l those of row (column) {@code l % m} from {@code elements · (l / m)}
 * on. Of the accumulators of 16×16 it holds four neighbours along m; of 32×32 four times four,
 * eight apart.
 */
final class MfmaFragments {
  private static final int LANES = 64;

  private MfmaFragments() {}

  /**
   * @param builtin what follows {@code __builtin_amdgcn_} in clang's name of it
   * @param size 16 or 32: m and n
   */
  static MmaInstruction instruction(
      String builtin, int size, int k, DType a, DType b, DType accumulator) {
    int groups = LANES / size;
    int elements = k / groups;
    return new MmaInstruction(
        builtin,
        size,
        size,
        k,
        a,
        b,
        accumulator,
        Layout.into(Space.tile(size, k))
            .digit(REGISTER, elements, dim(1), 1)
            .digit(LANE, size, dim(0), 1)
            .digit(LANE, groups, dim(1), elements)
            .build(),
        Layout.into(Space.tile(k, size))
            .digit(REGISTER, elements, dim(0), 1)
            .digit(LANE, size, dim(1), 1)
            .digit(LANE, groups, dim(0), elements)
            .build(),
        Layout.into(Space.tile(size, size))
            .digit(REGISTER, 4, dim(0), 1)
            .digit(REGISTER, size * size / LANES / 4, dim(0), 4L * groups)
            .digit(LANE, size, dim(1), 1)
            .digit(LANE, groups, dim(0), 4)
            .build());
  }
}
