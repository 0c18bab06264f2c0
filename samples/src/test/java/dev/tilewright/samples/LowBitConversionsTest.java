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
 * of every type at every place of the words, in streams of two blocks of lanes and a rest, nightly
 * of every length up to that.
 */
class LowBitConversionsTest {
  private static final List<String> TARGETS = List.of("sm_80", "sm_90a");

  /** Elements of two blocks of halves, and more. */
  private static int most(DType from) {
    int run = PackedCast.run(from);
    return 4 * Math.max(4, 16 / Integer.lowestOneBit(from.bits())) + 3 * run;
  }

  /** Whether this is the nightly run: all lengths, all targets. */
  private static final boolean NIGHTLY = Integer.getInteger("jqwik.tries.default", 0) > 1000;

  private static void everyLength(DType from, DType to, Rounding rounding, boolean saturate) {
    int run = PackedCast.run(from);
    int longest = most(from) / run * run;
    for (String target : NIGHTLY || to.equals(DType.F8E4M3) ? TARGETS : TARGETS.subList(0, 1)) {
      for (int elements = NIGHTLY ? run : longest; elements <= longest; elements += run) {
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

  /**
   * To what matrix instructions multiply, over two blocks of lanes and a rest: this is where places
   * in words differ.
   */
  @ParameterizedTest
  @MethodSource("types")
  void everyPlaceInTheWords(DType from) {
    for (DType to : List.of(DType.F16, DType.BF16, DType.I8, DType.F8E4M3)) {
      everyLength(from, to, rounding(to), false);
    }
  }

  /** To other types, and with saturation; every code, at places of a short stream. */
  @ParameterizedTest
  @MethodSource("types")
  void everyDestination(DType from) {
    int elements = 2 * PackedCast.run(from);
    for (String target : NIGHTLY ? TARGETS : TARGETS.subList(1, 2)) {
      for (DType to : List.of(DType.U8, DType.F8E5M2, DType.F32, DType.I32)) {
        new PackedCast(from, to, rounding(to), false, elements, target).check();
      }
      for (DType to : List.of(DType.F16, DType.I8, DType.F8E4M3)) {
        for (Rounding rounding : NIGHTLY ? List.of(Rounding.values()) : List.of(rounding(to))) {
          new PackedCast(from, to, rounding, true, elements, target).check();
        }
      }
    }
  }

  static Stream<DType> some() {
    return Stream.concat(
        stored().filter(type -> type.bits() <= 4),
        Stream.of(DType.F6E3M2, DType.F8E4M3FNUZ, DType.U3, DType.I8));
  }

  /** To types of a few bits too, which code is generated for only as integers. */
  @ParameterizedTest
  @MethodSource("some")
  void theInterpreterAgrees(DType from) {
    int elements = 2 * PackedCast.run(from);
    for (DType to : List.of(DType.F16, DType.I8, DType.NF4)) {
      new PackedCast(from, to, rounding(to), true, elements, "sm_80").checkInterpreted();
    }
  }
}
