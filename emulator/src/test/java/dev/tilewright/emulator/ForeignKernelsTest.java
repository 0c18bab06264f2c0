package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** PTX that nvcc made of ordinary CUDA C++, against the same computation in Java. */
class ForeignKernelsTest {

  private static Kernels.Result run(String name, Kernels.Config config, Object... arguments) {
    Kernels.Result result =
        Kernels.run(Kernels.resource("/foreign/" + name + ".ptx"), name, config, arguments);
    assertEquals(List.of(), result.report().findings(), name);
    return result;
  }

  @Test
  void bitTricks() {
    int n = 300;
    int[] in = new Random(1).ints(2 * n).toArray();
    int[] out =
        run("bit_tricks", Kernels.Config.of(3, 128), in, new Kernels.Fresh(40 * n), n).ints(1);
    for (int i = 0; i < n; i++) {
      int a = in[2 * i];
      int b = in[2 * i + 1];
      long both = (long) b << 32 | a & 0xffffffffL;
      int permuted = 0;
      for (int j = 0; j < 4; j++) {
        permuted |= ((int) (both >>> 8 * (b >>> 4 * j & 7)) & 0xff) << 8 * j;
      }
      int[] expected = {
        Integer.bitCount(a),
        Integer.numberOfLeadingZeros(a),
        Integer.reverse(a),
        a == 0 ? 0 : Integer.numberOfTrailingZeros(a) + 1,
        permuted,
        (int) (both << (b & 31) >>> 32),
        (int) (both >>> (a & 31)),
        (int) ((a & 0xffffffffL) * (b & 0xffffffffL) >>> 32),
        (int) Math.abs((long) a - b) + 7,
        (a & b) | (~a & 0x0f0f0f0f) ^ b
      };
      assertArrayEquals(expected, Arrays.copyOfRange(out, 10 * i, 10 * i + 10));
    }
  }

  @Test
  void blockReduce() {
    int n = 1000;
    float[] in = new float[n];
    for (int i = 0; i < n; i++) {
      in[i] = i % 37 - 18;
    }
    float[] out =
        run("block_reduce", Kernels.Config.of(4, 256), in, new Kernels.Fresh(16), n).floats(1);
    for (int b = 0; b < 4; b++) {
      float sum = 0;
      for (int i = 256 * b; i < Math.min(n, 256 * b + 256); i++) {
        sum += in[i];
      }
      assertEquals(sum, out[b]);
    }
  }

  @Test
  void recursiveCalls() {
    int n = 200;
    int[] in = new Random(2).ints(2 * n, 1, 2_000_000).toArray();
    long[] out = run("calls", Kernels.Config.of(2, 128), in, new Kernels.Fresh(8 * n), n).longs(1);
    for (int i = 0; i < n; i++) {
      BigInteger gcd = BigInteger.valueOf(in[2 * i]).gcd(BigInteger.valueOf(in[2 * i + 1]));
      assertEquals(gcd.pow(3).longValue(), out[i]);
    }
  }

  @Test
  void divergentLoops() {
    int n = 500;
    int[] in = new Random(3).ints(n, 0, 1_000_000).toArray();
    Kernels.Result result =
        run("collatz", Kernels.Config.of(4, 128), in, new Kernels.Fresh(4 * n), n);
    int[] out = result.ints(1);
    for (int i = 0; i < n; i++) {
      long x = in[i];
      int steps = 0;
      for (; x > 1; steps++) {
        x = (x & 1) != 0 ? 3 * x + 1 : x / 2;
      }
      assertEquals(steps, out[i]);
    }
    assertTrue(result.counter("branches.divergent") > 0);
  }

  @Test
  void asynchronousStages() {
    for (int tiles : new int[] {1, 2, 3, 10}) {
      float[] in = new float[tiles * 128 * 4];
      for (int i = 0; i < in.length; i++) {
        in[i] = i % 101;
      }
      float[] out =
          run("cp_async_stages", Kernels.Config.of(1, 128), in, new Kernels.Fresh(2048), tiles)
              .floats(1);
      for (int t = 0; t < 128; t++) {
        for (int c = 0; c < 4; c++) {
          float sum = 0;
          for (int s = 0; s < tiles; s++) {
            sum += in[(s * 128 + 127 - t) * 4 + c];
          }
          assertEquals(sum, out[4 * t + c]);
        }
      }
    }
  }

  @Test
  void floatFunctions() {
    int n = 256;
    Random random = new Random(4);
    float[] in = new float[n];
    for (int i = 0; i < n; i++) {
      in[i] = (random.nextFloat() - 0.5f) * (i % 8 == 0 ? 2e5f : 20);
    }
    float[] out =
        run("float_functions", Kernels.Config.of(2, 128), in, new Kernels.Fresh(32 * n), n)
            .floats(1);
    // The bounds are those of the CUDA programming guide, in ulp, and 1 for our own rounding.
    int[] ulps = {0, 2 + 1, 1 + 1, 2 + 1, 1 + 2, 2 + 1, 0, 0};
    for (int i = 0; i < n; i++) {
      double x = in[i];
      float q = in[i] * in[i] + 1.0f;
      double[] expected = {
        Math.sqrt(Math.abs(x)),
        Math.exp(x),
        Math.log(Math.abs(in[i]) + 1.0f),
        Math.sin(x),
        1.0 / q,
        1.0 / Math.sqrt(in[i] * in[i] + 2.0f),
        0,
        x % 1.5
      };
      expected[6] =
          (float) Math.floor(x) + (float) Math.ceil(x) + (float) Math.rint(x) + (float) (long) x;
      for (int f = 0; f < 8; f++) {
        double tolerance = (ulps[f] + 0.5) * Math.ulp((float) expected[f]);
        String what = "function " + f + " of " + x;
        if (Math.abs(expected[f]) > Float.MAX_VALUE) {
          assertEquals((float) expected[f], out[8 * i + f], what);
        } else {
          assertEquals(expected[f], out[8 * i + f], tolerance, what);
        }
      }
    }
  }

  @Test
  void halfArithmetic() {
    int n = 200;
    Random random = new Random(5);
    short[] a = new short[2 * n];
    short[] b = new short[2 * n];
    for (int i = 0; i < 2 * n; i++) {
      a[i] = Float.floatToFloat16((float) random.nextGaussian());
      b[i] = Float.floatToFloat16((float) random.nextGaussian());
    }
    Kernels.Result result =
        run(
            "half_math",
            Kernels.Config.of(2, 128),
            a,
            b,
            new Kernels.Fresh(4 * n),
            new Kernels.Fresh(4 * n),
            new Kernels.Fresh(4 * n),
            new Kernels.Fresh(2 * n),
            n);
    for (int i = 0; i < 2 * n; i++) {
      double x = Float.float16ToFloat(a[i]);
      double y = Float.float16ToFloat(b[i]);
      // Exact in binary64, and in binary32 the 24 bits suffice for these magnitudes.
      assertEquals(Float.floatToFloat16((float) (x + y)), result.shorts(2)[i]);
      double fused = x * y + 0.5;
      float single = (float) fused;
      if (single == fused) {
        assertEquals(Float.floatToFloat16(single), result.shorts(3)[i]);
      }
    }
    for (int i = 0; i < n; i++) {
      float x0 = Float.float16ToFloat(a[2 * i]);
      float x1 = Float.float16ToFloat(a[2 * i + 1]);
      float y0 = Float.float16ToFloat(b[2 * i]);
      float y1 = Float.float16ToFloat(b[2 * i + 1]);
      float dot = Math.fma(x0, y0, x1 * y1);
      assertEquals(dot, result.floats(4)[i]);
      int bits = Float.floatToRawIntBits(dot);
      int rounded = bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
      assertEquals((short) rounded, result.shorts(5)[i]);
    }
  }

  @Test
  void histogramWithAtomics() {
    byte[] in = new byte[5000];
    new Random(6).nextBytes(in);
    int[] bins = run("histogram", Kernels.Config.of(6, 256), in, new int[256], in.length).ints(1);
    int[] expected = new int[256];
    for (byte b : in) {
      expected[b & 0xff]++;
    }
    assertArrayEquals(expected, bins);
  }

  @Test
  void inclusiveScan() {
    int[] in = new Random(7).ints(1024, -100, 100).toArray();
    int[] expected = in.clone();
    Arrays.parallelPrefix(expected, Integer::sum);
    assertArrayEquals(
        expected,
        run("inclusive_scan", Kernels.Config.of(1, 1024), in, new Kernels.Fresh(4096)).ints(1));
  }

  @Test
  void integerDivision() {
    int n = 300;
    Random random = new Random(8);
    long[] a = random.longs(n).toArray();
    long[] b = new long[n];
    for (int i = 0; i < n; i++) {
      b[i] = (random.nextLong() >> random.nextInt(63)) | 1;
    }
    long[] out =
        run("integer_division", Kernels.Config.of(3, 128), a, b, new Kernels.Fresh(48 * n), n)
            .longs(2);
    for (int i = 0; i < n; i++) {
      int x = (int) a[i];
      int y = (int) b[i] | 1;
      long[] expected = {
        a[i] / b[i],
        a[i] % b[i],
        Long.divideUnsigned(a[i], b[i]),
        Long.remainderUnsigned(a[i], b[i]),
        x / y,
        Integer.remainderUnsigned(x, y) & 0xffffffffL
      };
      assertArrayEquals(expected, Arrays.copyOfRange(out, 6 * i, 6 * i + 6));
    }
  }

  @Test
  void localArrays() {
    int[] in = new Random(9).ints(16 * 128).toArray();
    int[] out =
        run("local_array", Kernels.Config.of(2, 64), in, new Kernels.Fresh(4 * in.length)).ints(1);
    for (int t = 0; t < 128; t++) {
      int[] expected = Arrays.copyOfRange(in, 16 * t, 16 * t + 16);
      Arrays.sort(expected);
      assertArrayEquals(expected, Arrays.copyOfRange(out, 16 * t, 16 * t + 16));
    }
  }

  @Test
  void matrixTimesVectorInDoublePrecision() {
    int rows = 9;
    int columns = 70;
    Random random = new Random(10);
    double[] a = random.doubles(rows * columns).toArray();
    double[] x = random.doubles(columns).toArray();
    double[] y = random.doubles(rows).toArray();
    double[] out =
        run("matvec_f64", Kernels.Config.of(3, 128), a, x, y, 1.5, -0.5, rows, columns).doubles(2);
    for (int r = 0; r < rows; r++) {
      double[] lanes = new double[32];
      for (int c = 0; c < columns; c++) {
        lanes[c % 32] = Math.fma(a[r * columns + c], x[c], lanes[c % 32]);
      }
      for (int offset = 16; offset > 0; offset /= 2) {
        double[] next = new double[32];
        for (int l = 0; l < 32; l++) {
          next[l] = lanes[l] + lanes[l ^ offset];
        }
        lanes = next;
      }
      // The order of the two products' sum is the compiler's choice of one fused operation.
      double one = Math.fma(1.5, lanes[0], -0.5 * y[r]);
      double other = Math.fma(-0.5, y[r], 1.5 * lanes[0]);
      assertTrue(out[r] == one || out[r] == other);
    }
  }

  @Test
  void mmaAndLdmatrix() {
    Random random = new Random(11);
    short[] a = new short[256];
    short[] b = new short[128];
    for (int i = 0; i < 256; i++) {
      a[i] = Float.floatToFloat16(random.nextInt(-8, 9));
      b[i / 2] = Float.floatToFloat16(random.nextInt(-8, 9));
    }
    float[] d = run("mma_sync", Kernels.Config.of(1, 32), a, b, new Kernels.Fresh(512)).floats(2);
    for (int i = 0; i < 16; i++) {
      for (int j = 0; j < 8; j++) {
        float sum = 0;
        for (int k = 0; k < 16; k++) {
          sum += Float.float16ToFloat(a[16 * i + k]) * Float.float16ToFloat(b[8 * k + j]);
        }
        assertEquals(sum, d[8 * i + j]);
      }
    }
  }

  @Test
  void wmma() {
    int m = 32;
    int n = 48;
    int k = 80;
    Random random = new Random(12);
    short[] a = new short[m * k];
    short[] b = new short[n * k];
    for (int i = 0; i < a.length; i++) {
      a[i] = Float.floatToFloat16(random.nextInt(-8, 9));
    }
    for (int i = 0; i < b.length; i++) {
      b[i] = Float.floatToFloat16(random.nextInt(-8, 9));
    }
    float[] c =
        run(
                "wmma_gemm",
                Kernels.Config.of(1, 32).grid(n / 16, m / 16, 1),
                a,
                b,
                new Kernels.Fresh(4 * m * n),
                n,
                k)
            .floats(2);
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        float sum = 0;
        for (int l = 0; l < k; l++) {
          sum += Float.float16ToFloat(a[k * i + l]) * Float.float16ToFloat(b[k * j + l]);
        }
        assertEquals(sum, c[n * i + j]);
      }
    }
  }

  @Test
  void spinLockAmongLanes() {
    int[] counter = run("spin_lock", Kernels.Config.of(3, 64), new int[1], new int[1]).ints(1);
    assertEquals(3 * 64, counter[0]);
  }

  @Test
  void transposeOfARaggedMatrix() {
    int rows = 70;
    int columns = 45;
    int[] in = new Random(13).ints(rows * columns).toArray();
    Kernels.Result result =
        run(
            "transpose",
            Kernels.Config.of(1, 1).grid(2, 3, 1).threads(32, 8, 1),
            in,
            new Kernels.Fresh(4 * in.length),
            rows,
            columns);
    int[] out = result.ints(1);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        assertEquals(in[r * columns + c], out[c * rows + r]);
      }
    }
    assertEquals(0, result.counter("conflicts.shared"));
  }

  @Test
  void warpVotes() {
    int[] in = new Random(14).ints(32, -10, 10).toArray();
    int[] out = run("warp_votes", Kernels.Config.of(1, 32), in, new Kernels.Fresh(768)).ints(1);
    int positive = 0;
    int sum = 0;
    int odd = 0;
    for (int l = 0; l < 32; l++) {
      positive |= in[l] > 0 ? 1 << l : 0;
      odd |= (in[l] & 1) != 0 ? 1 << l : 0;
      sum += in[l];
    }
    for (int l = 0; l < 32; l++) {
      int v = in[l];
      boolean isOdd = (v & 1) != 0;
      int same = 0;
      int over = 0;
      for (int o = 0; o < 32; o++) {
        same |= in[o] == v ? 1 << o : 0;
        over |= in[o] > (isOdd ? 3 : 5) ? 1 << o : 0;
      }
      int[] expected = {
        positive,
        Arrays.stream(in).anyMatch(x -> x == 7) ? 1 : 0,
        1,
        same,
        over & (isOdd ? odd : ~odd),
        sum
      };
      assertArrayEquals(expected, Arrays.copyOfRange(out, 6 * l, 6 * l + 6));
    }
  }
}
