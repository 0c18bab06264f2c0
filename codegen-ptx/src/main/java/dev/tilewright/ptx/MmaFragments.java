package dev.tilewright.ptx;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.Axis.dim;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Space;

/**
 * The fragments of {@code mma.sync.m16n8kK.row.col} (PTX ISA, "Matrix Fragments for mma.m16n8k16"
 * and its siblings). They are one family: a 32-bit register holds {@code p} neighbours along k,
 * four lanes side by side hold {@code 4p} of them, and eight such rows make an 8 × 4p matrix. Of
 * these, A has 2 × 2, first along m; B has two along k.
 */
final class MmaFragments {
  private static final int M = 16;
  private static final int N = 8;

  private MmaFragments() {}

  /** The instruction {@code mma.m16n8kK.d.a.b.c}; its k is 256 bits of the operands' type. */
  static MmaInstruction instruction(DType a, DType b, DType accumulator) {
    int perRegister = Integer.SIZE / a.bits();
    int k = 8 * perRegister;
    String acc = ptxName(accumulator);
    String name = "mma.m%dn%dk%d.%s.%s.%s.%s".formatted(M, N, k, acc, ptxName(a), ptxName(b), acc);
    return new MmaInstruction(
        name,
        M,
        N,
        k,
        a,
        b,
        accumulator,
        aFragment(perRegister),
        bFragment(perRegister),
        accumulatorFragment());
  }

  private static Layout aFragment(int perRegister) {
    return Layout.into(Space.tile(M, 8 * perRegister))
        .digit(REGISTER, perRegister, dim(1), 1)
        .digit(REGISTER, 2, dim(0), 8)
        .digit(REGISTER, 2, dim(1), 4 * perRegister)
        .digit(LANE, 4, dim(1), perRegister)
        .digit(LANE, 8, dim(0), 1)
        .build();
  }

  private static Layout bFragment(int perRegister) {
    return Layout.into(Space.tile(8 * perRegister, N))
        .digit(REGISTER, perRegister, dim(0), 1)
        .digit(REGISTER, 2, dim(0), 4 * perRegister)
        .digit(LANE, 4, dim(0), perRegister)
        .digit(LANE, 8, dim(1), 1)
        .build();
  }

  private static Layout accumulatorFragment() {
    return Layout.into(Space.tile(M, N))
        .digit(REGISTER, 2, dim(1), 1)
        .digit(REGISTER, 2, dim(0), 8)
        .digit(LANE, 4, dim(1), 2)
        .digit(LANE, 8, dim(0), 1)
        .build();
  }

  /** PTX writes {@code s8} where we write {@code i8}, and {@code e4m3} for {@code f8e4m3}. */
  static String ptxName(DType type) {
    String name = type.name();
    if (name.startsWith("f8")) {
      return name.substring(2);
    }
    return name.startsWith("i") ? "s" + type.bits() : name;
  }
}
