package dev.tilewright.ir.machine;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Overflow;

/**
 * {@code mma.sync.m16n8kK} from the fragment formulas of the PTX ISA, for lanes in groups of four:
 * {@code g = lane / 4}, {@code t = lane % 4}.
 *
 * @param k columns of a
 * @param accumulator the type of c and d
 */
record MatrixMultiplyAdd(int k, DType a, DType b, DType accumulator) {

  /** By name: {@code mma.m16n8k16.f32.f16.f16.f32}. */
  static MatrixMultiplyAdd named(String instruction) {
    String[] parts = instruction.split("\\.");
    int k = Integer.parseInt(parts[1].substring("m16n8k".length()));
    return new MatrixMultiplyAdd(k, type(parts[3]), type(parts[4]), type(parts[2]));
  }

  private static DType type(String name) {
    return DType.parse(name.replaceFirst("^s", "i"));
  }

  /**
   * @param aCodes by lane, the elements of its registers in order
   * @return the same of d
   */
  long[][] apply(long[][] aCodes, long[][] bCodes, long[][] cCodes) {
    int per = 32 / a.bits();
    double[][] left = new double[16][k];
    double[][] right = new double[k][8];
    for (int lane = 0; lane < 32; lane++) {
      int g = lane / 4;
      int t = lane % 4;
      for (int e = 0; e < 4 * per; e++) {
        int j = e / per;
        left[g + 8 * (j % 2)][per * t + e % per + 4 * per * (j / 2)] = a.decode(aCodes[lane][e]);
      }
      for (int e = 0; e < 2 * per; e++) {
        right[per * t + e % per + 4 * per * (e / per)][g] = b.decode(bCodes[lane][e]);
      }
    }
    long[][] result = new long[32][4];
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; i < 4; i++) {
        int row = lane / 4 + 8 * (i / 2);
        int column = 2 * (lane % 4) + i % 2;
        double sum = accumulator.decode(cCodes[lane][i]);
        for (int x = 0; x < k; x++) {
          sum += left[row][x] * right[x][column];
        }
        result[lane][i] =
            accumulator instanceof IntType integer
                ? integer.encodeLong((long) sum, Overflow.NATURAL)
                : accumulator.encode(sum);
      }
    }
    return result;
  }
}
