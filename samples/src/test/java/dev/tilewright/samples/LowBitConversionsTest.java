package dev.tilewright.samples;

import dev.tilewright.dtype.CodebookType;
import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Specials;
import dev.tilewright.ir.Rounding;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
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

  static Stream<DType> integers() {
    return IntStream.rangeClosed(1, 8)
        .boxed()
        .flatMap(bits -> Stream.of(new IntType(bits, false), new IntType(bits, true)));
  }

  static Stream<DType> floats() {
    List<DType> types = new ArrayList<>();
    for (Specials specials : List.of(Specials.IEEE, Specials.FN, Specials.FNUZ)) {
      for (int e = 1; e <= 7; e++) {
        for (int m = 0; e + m <= 7; m++) {
          if (specials != Specials.IEEE || (e >= 2 && m >= 1)) {
            types.add(new FloatType(e, m, specials));
          }
        }
      }
    }
    types.add(DType.F8E8M0);
    return types.stream();
  }

  /** Ternary, the table of QLoRA, and one table of any values for every width. */
  static Stream<DType> stored() {
    Random random = new Random(5);
    Stream<DType> tables =
        IntStream.rangeClosed(1, 8)
            .mapToObj(
                bits ->
                    CodebookType.of(
                        random.doubles(1L << bits).map(d -> Math.scalb(d - 0.5, 9)).toArray()));
    return Stream.concat(Stream.of(DType.TERNARY, DType.NF4), tables);
  }

  static Stream<DType> types() {
    return Stream.of(integers(), floats(), stored()).flatMap(s -> s);
  }

  private static Rounding rounding(DType to) {
    return to instanceof IntType ? Rounding.TOWARD_ZERO : Rounding.NEAREST_EVEN;
  }

  /** To what matrix instructions multiply, at all lengths: this is where places in words differ. */
  @ParameterizedTest
  @MethodSource("types")
  void everyPlaceInTheWords(DType from) {
    for (DType to : List.of(DType.F16, DType.BF16, DType.I8, DType.F8E4M3)) {
      everyLength(from, to, rounding(to), false);
    }
  }

  /** To other types, and with saturation. */
  @ParameterizedTest
  @MethodSource("types")
  void everyDestination(DType from) {
    int elements = most(from);
    for (DType to : List.of(DType.U8, DType.F8E5M2, DType.F32, DType.I32, DType.F64)) {
      for (String target : TARGETS) {
        new PackedCast(from, to, rounding(to), false, elements, target).check();
      }
    }
    for (DType to : List.of(DType.F16, DType.BF16, DType.I8, DType.U8, DType.F8E4M3)) {
      for (Rounding rounding : Rounding.values()) {
        new PackedCast(from, to, rounding, true, elements, "sm_90a").check();
      }
    }
  }
}
