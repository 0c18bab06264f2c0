package dev.tilewright.layout.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tilewright.dtype.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/**
 * Matrices stored as their formats' descriptions say, one element at a time, mean the same here.
 */
class ForeignWeightsTest {
  private static final int K = 64;
  private static final int N = 16;
  private static final int GROUP = 32;
  private static final int[] AWQ_NIBBLE = {0, 4, 1, 5, 2, 6, 3, 7};

  /** A random layer: codes by input and output, zero points and scales by group and output. */
  private record Layer(int[][] codes, int[][] zeros, long[] scales) {
    static Layer random(long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      int[][] codes = new int[K][N];
      int[][] zeros = new int[K / GROUP][N];
      long[] scales = new long[K / GROUP * N];
      for (int[] line : codes) {
        for (int i = 0; i < N; i++) {
          line[i] = random.nextInt(16);
        }
      }
      for (int[] line : zeros) {
        for (int i = 0; i < N; i++) {
          line[i] = 1 + random.nextInt(15);
        }
      }
      for (int i = 0; i < scales.length; i++) {
        scales[i] = DType.F16.encode(random.nextDouble(0.01, 1));
      }
      return new Layer(codes, zeros, scales);
    }

    double weight(int input, int output) {
      int group = input / GROUP;
      return (codes[input][output] - zeros[group][output])
          * DType.F16.decode(scales[group * N + output]);
    }

    void check(QuantizedMatrix matrix) {
      double[] weights = matrix.decode();
      for (int input = 0; input < K; input++) {
        for (int output = 0; output < N; output++) {
          assertEquals(weight(input, output), weights[output * K + input]);
        }
      }
    }
  }

  @Property(tries = 20)
  void gptq(@ForAll long seed) {
    Layer layer = Layer.random(seed);
    int[] qweight = new int[K / 8 * N];
    int[] qzeros = new int[K / GROUP * N / 8];
    for (int input = 0; input < K; input++) {
      for (int output = 0; output < N; output++) {
        qweight[input / 8 * N + output] |= layer.codes()[input][output] << 4 * (input % 8);
      }
    }
    for (int group = 0; group < K / GROUP; group++) {
      for (int output = 0; output < N; output++) {
        int stored = layer.zeros()[group][output] - 1;
        qzeros[group * N / 8 + output / 8] |= stored << 4 * (output % 8);
      }
    }
    layer.check(ForeignWeights.gptq(K, N, GROUP, qweight, qzeros, layer.scales()));
  }

  @Property(tries = 20)
  void awq(@ForAll long seed) {
    Layer layer = Layer.random(seed);
    int[] qweight = new int[K * N / 8];
    int[] qzeros = new int[K / GROUP * N / 8];
    for (int input = 0; input < K; input++) {
      for (int output = 0; output < N; output++) {
        qweight[input * N / 8 + output / 8] |=
            layer.codes()[input][output] << 4 * AWQ_NIBBLE[output % 8];
      }
    }
    for (int group = 0; group < K / GROUP; group++) {
      for (int output = 0; output < N; output++) {
        qzeros[group * N / 8 + output / 8] |=
            layer.zeros()[group][output] << 4 * AWQ_NIBBLE[output % 8];
      }
    }
    layer.check(ForeignWeights.awq(K, N, GROUP, qweight, qzeros, layer.scales()));
  }

  @Property(tries = 20)
  void ggufBlocks(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int rows = 3;
    ByteBuffer halves = ByteBuffer.allocate(rows * K / 32 * 18).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer bytes = ByteBuffer.allocate(rows * K / 32 * 34).order(ByteOrder.LITTLE_ENDIAN);
    double[] ofHalves = new double[rows * K];
    double[] ofBytes = new double[rows * K];
    for (int block = 0; block < rows * K / 32; block++) {
      long scale = DType.F16.encode(random.nextDouble(0.01, 1));
      halves.putShort((short) scale);
      bytes.putShort((short) scale);
      double value = DType.F16.decode(scale);
      for (int i = 0; i < 16; i++) {
        int low = random.nextInt(16);
        int high = random.nextInt(16);
        halves.put((byte) (low | high << 4));
        ofHalves[block * 32 + i] = (low - 8) * value;
        ofHalves[block * 32 + 16 + i] = (high - 8) * value;
      }
      for (int i = 0; i < 32; i++) {
        byte code = (byte) random.nextInt(256);
        bytes.put(code);
        ofBytes[block * 32 + i] = code * value;
      }
    }
    double[] q40 = ForeignWeights.ggufQ40(rows, K, halves.array()).decode();
    double[] q80 = ForeignWeights.ggufQ80(rows, K, bytes.array()).decode();
    for (int i = 0; i < rows * K; i++) {
      assertEquals(ofHalves[i], q40[i], 0);
      assertEquals(ofBytes[i], q80[i], 0);
    }
  }

  @Test
  void sizesThatDisagreeAreRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> ForeignWeights.gptq(K, N, GROUP, new int[3], new int[4], new long[2 * N]));
    assertThrows(IllegalArgumentException.class, () -> ForeignWeights.ggufQ80(1, 48, new byte[51]));
  }
}
