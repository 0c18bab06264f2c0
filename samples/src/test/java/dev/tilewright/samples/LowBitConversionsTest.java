package dev.tilewright.samples;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.Rounding;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Conversions of whole words of packed elements, bit by bit against the element types: every code
 * of every type at every place of the words, in streams of every length up to two blocks of lanes
 * and a rest.
 */
class LowBitConversionsTest {
  private static final List<String> TARGETS = List.of("sm_80", "sm_90a");

  /** Elements of two blocks of halves, and more. */
  private static int most(DType from) {
    int run = PackedCast.run(from);
    return 4 * Math.max(4, 16 / Integer.lowestOneBit(from.bits())) + 3 * run;
  }

  private static void everyLength(DType from, DType to, Rounding rounding, boolean saturate) {
    int run = PackedCast.run(from);
    for (String target : TARGETS) {
      for (int elements = run; elements <= most(from); elements += run) {
        new PackedCast(from, to, rounding, saturate, elements, target).check();
      }
    }
  }

  static Stream<IntType> integers() {
    return IntStream.rangeClosed(1, 8)
        .boxed()
        .flatMap(bits -> Stream.of(new IntType(bits, false), new IntType(bits, true)));
  }

  static Stream<Arguments> integersToHalves() {
    return integers()
        .flatMap(from -> Stream.of(DType.F16, DType.BF16).map(to -> Arguments.of(from, to)));
  }

  @ParameterizedTest
  @MethodSource("integersToHalves")
  void integersBecomeHalves(DType from, DType to) {
    everyLength(from, to, Rounding.NEAREST_EVEN, false);
  }
}
