package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.machine.Action;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * Lane by lane application of a function to registers. All arguments are bases in the register
 * file: the index of lane 0.
 */
final class Lanes {
  private Lanes() {}

  interface IntTernary {
    int apply(int a, int b, int c);
  }

  interface LongTernary {
    long apply(long a, long b, long c);
  }

  interface IntsToLong {
    long apply(int a, int b);
  }

  interface IntsLongToLong {
    long apply(int a, int b, long c);
  }

  interface IntToLong {
    long apply(int a);
  }

  interface LongToInt {
    int apply(long a);
  }

  interface LongIntToLong {
    long apply(long a, int b);
  }

  interface IntPredicateOf2 {
    boolean test(int a, int b);
  }

  interface LongPredicateOf2 {
    boolean test(long a, long b);
  }

  static Action.Step words(int d, int a, IntUnaryOperator f) {
    return (warp, mask) -> {
      int[] r = warp.words;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        r[d + lane] = f.applyAsInt(r[a + lane]);
      }
    };
  }

  static Action.Step words(int d, int a, int b, IntBinaryOperator f) {
    return (warp, mask) -> {
      int[] r = warp.words;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        r[d + lane] = f.applyAsInt(r[a + lane], r[b + lane]);
      }
    };
  }

  static Action.Step words(int d, int a, int b, int c, IntTernary f) {
    return (warp, mask) -> {
      int[] r = warp.words;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        r[d + lane] = f.apply(r[a + lane], r[b + lane], r[c + lane]);
      }
    };
  }

  static Action.Step longs(int d, int a, LongUnaryOperator f) {
    return (warp, mask) -> {
      long[] r = warp.longs;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        r[d + lane] = f.applyAsLong(r[a + lane]);
      }
    };
  }

  static Action.Step longs(int d, int a, int b, LongBinaryOperator f) {
    return (warp, mask) -> {
      long[] r = warp.longs;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        r[d + lane] = f.applyAsLong(r[a + lane], r[b + lane]);
      }
    };
  }

  static Action.Step longs(int d, int a, int b, int c, LongTernary f) {
    return (warp, mask) -> {
      long[] r = warp.longs;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        r[d + lane] = f.apply(r[a + lane], r[b + lane], r[c + lane]);
      }
    };
  }

  static Action.Step wordsToLong(int d, int a, int b, IntsToLong f) {
    return (warp, mask) -> {
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        warp.longs[d + lane] = f.apply(warp.words[a + lane], warp.words[b + lane]);
      }
    };
  }

  static Action.Step wordsLongToLong(int d, int a, int b, int c, IntsLongToLong f) {
    return (warp, mask) -> {
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        warp.longs[d + lane] =
            f.apply(warp.words[a + lane], warp.words[b + lane], warp.longs[c + lane]);
      }
    };
  }

  static Action.Step wordToLong(int d, int a, IntToLong f) {
    return (warp, mask) -> {
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        warp.longs[d + lane] = f.apply(warp.words[a + lane]);
      }
    };
  }

  static Action.Step longToWord(int d, int a, LongToInt f) {
    return (warp, mask) -> {
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        warp.words[d + lane] = f.apply(warp.longs[a + lane]);
      }
    };
  }

  static Action.Step longWordToLong(int d, int a, int b, LongIntToLong f) {
    return (warp, mask) -> {
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        warp.longs[d + lane] = f.apply(warp.longs[a + lane], warp.words[b + lane]);
      }
    };
  }
}
