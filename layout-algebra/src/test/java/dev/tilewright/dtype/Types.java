package dev.tilewright.dtype;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Every element type there is. */
final class Types {
  private Types() {}

  /** All floats of up to 8 bits, in every convention that exists for them. */
  static List<FloatType> smallFloats() {
    List<FloatType> types = new ArrayList<>();
    for (int e = 1; e <= 7; e++) {
      for (int m = 0; e + m <= 7; m++) {
        if (e >= 2 && m >= 1) {
          types.add(new FloatType(e, m, Specials.IEEE));
        }
        types.add(new FloatType(e, m, Specials.FN));
        types.add(new FloatType(e, m, Specials.FNUZ));
      }
    }
    types.add(DType.F8E8M0);
    return types;
  }

  static List<FloatType> floatsUpTo16Bits() {
    return Stream.concat(smallFloats().stream(), Stream.of(DType.F16, DType.BF16)).toList();
  }

  static List<FloatType> floats() {
    return Stream.concat(floatsUpTo16Bits().stream(), Stream.of(DType.TF32, DType.F32, DType.F64))
        .toList();
  }

  static List<IntType> integers() {
    return Stream.concat(IntStream.rangeClosed(1, 8).boxed(), Stream.of(16, 32, 64))
        .flatMap(w -> Stream.of(new IntType(w, true), new IntType(w, false)))
        .toList();
  }

  static List<DType> all() {
    return Stream.of(
            floats().stream(),
            integers().stream(),
            Stream.of(DType.TERNARY, DType.NF4, CodebookType.of(-1, 0.25)))
        .<DType>flatMap(types -> types)
        .toList();
  }
}
