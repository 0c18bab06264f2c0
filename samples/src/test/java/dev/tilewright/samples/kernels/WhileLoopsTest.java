package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.I32;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.samples.kernels.KernelRun.Input;
import dev.tilewright.samples.kernels.KernelRun.Output;
import java.math.BigInteger;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Loops whose number of iterations the data decide. */
class WhileLoopsTest {

  /** Greatest common divisors, by Euclid's algorithm on all pairs of a tile at once. */
  record Gcd(int bn) implements Kernel {
    @Override
    public void define(KernelBuilder k) {
      var n = k.dim("n");
      var x = k.in("x", I32, n);
      var y = k.in("y", I32, n);
      var gcd = k.out("gcd", I32, n);
      var tile = k.grid1d(n.ceilDiv(bn));
      var a = x.tile(tile, bn).load();
      var b = y.tile(tile, bn).load();
      k.whileLoop(
          () -> b.max(0).scalar().ne(0),
          () -> {
            var rest = a.rem(b.maximum(1));
            a.assign(b.ne(0).select(b, a));
            b.assign(b.ne(0).select(rest, b));
          });
      gcd.tile(tile, bn).set(a);
    }
  }

  @Property(tries = 12, edgeCases = EdgeCasesMode.NONE)
  void euclidEndsWhenAllRemaindersAreZero(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int n = random.nextInt(1, 700);
    double[] x = random.ints(n, 1, 1 << random.nextInt(1, 31)).asDoubleStream().toArray();
    double[] y = random.ints(n, 0, 1 << random.nextInt(1, 31)).asDoubleStream().toArray();
    String device = random.nextBoolean() ? "emulator:sm_80" : "emulator:sm_90a";
    KernelRun run =
        KernelRun.of(
            new Gcd(64 << random.nextInt(3)),
            Map.of("x", new Input(I32, x, n), "y", new Input(I32, y, n)),
            Map.of("gcd", new Output(I32, n)),
            device);
    for (int i = 0; i < n; i++) {
      long expected =
          BigInteger.valueOf((long) x[i]).gcd(BigInteger.valueOf((long) y[i])).longValueExact();
      assertEquals(expected, run.output("gcd")[i], "gcd(" + x[i] + ", " + y[i] + ")");
    }
  }
}
