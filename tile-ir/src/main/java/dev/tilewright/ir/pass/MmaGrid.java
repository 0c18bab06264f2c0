package dev.tilewright.ir.pass;

import dev.tilewright.ir.Op;
import dev.tilewright.ir.pass.RegisterLayouts.WarpDigit;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.layout.Layout;
import java.util.List;

/**
 * How the warps of a block share one {@code mma}: a grid of {@code warpsM × warpsN} warps over the
 * result; warps beyond that do the same as others.
 */
record MmaGrid(MmaInstruction instruction, int m, int n, int k, int warpsM, int warpsN, int warps) {

  /**
   * The grid that keeps most warps from doing the same, then moves the fewest operand elements,
   * {@code m/warpsM + n/warpsN} rows and columns of each warp.
   *
   * @param rowsOnly whether a row of the result should lie within one warp, if that idles no warp
   */
  static MmaGrid choose(Op.Mma mma, MmaInstruction instruction, int warps, boolean rowsOnly) {
    int m = mma.a().tile().shape().get(0);
    int n = mma.b().tile().shape().get(1);
    int k = mma.a().tile().shape().get(1);
    int mostM = Integer.lowestOneBit(m / instruction.m());
    int mostN = Integer.lowestOneBit(n / instruction.n());
    if (rowsOnly && mostM >= warps) {
      return new MmaGrid(instruction, m, n, k, warps, 1, warps);
    }
    MmaGrid best = new MmaGrid(instruction, m, n, k, 1, 1, warps);
    for (int warpsM = 1; warpsM <= Math.min(mostM, warps); warpsM *= 2) {
      for (int warpsN = 1; warpsN <= Math.min(mostN, warps / warpsM); warpsN *= 2) {
        MmaGrid candidate = new MmaGrid(instruction, m, n, k, warpsM, warpsN, warps);
        if (candidate.isBetterThan(best)) {
          best = candidate;
        }
      }
    }
    return best;
  }

  private boolean isBetterThan(MmaGrid other) {
    int busy = warpsM * warpsN;
    int otherBusy = other.warpsM * other.warpsN;
    return busy != otherBusy
        ? busy > otherBusy
        : m / warpsM + n / warpsN < m / other.warpsM + n / other.warpsN;
  }

  private List<WarpDigit> grid(int dimensionOfM, int dimensionOfN) {
    return List.of(
        new WarpDigit(warpsM, dimensionOfM),
        new WarpDigit(warpsN, dimensionOfN),
        new WarpDigit(warps / (warpsM * warpsN), -1));
  }

  Layout a() {
    return RegisterLayouts.tiled(instruction.aLayout(), List.of(m, k), grid(0, -1));
  }

  Layout b() {
    return RegisterLayouts.tiled(instruction.bLayout(), List.of(k, n), grid(-1, 1));
  }

  Layout c() {
    return RegisterLayouts.tiled(instruction.cLayout(), List.of(m, n), grid(0, 1));
  }

  @Override
  public String toString() {
    return "%d×%d warps of %d×%d".formatted(warpsM, warpsN, m / warpsM, n / warpsN);
  }
}
