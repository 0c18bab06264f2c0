package dev.tilewright.layout;

import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/** Random layouts, adversarial ones among them: overlaps, gaps, ties, odd extents, extent 1. */
final class RandomLayouts {

  private static final List<Axis> HARDWARE = List.of(Axis.REGISTER, Axis.LANE, Axis.WARP);

  private RandomLayouts() {}

  static Arbitrary<Layout> any() {
    return Arbitraries.oneOf(integer(), carryLess());
  }

  static Arbitrary<Layout> integer() {
    return Arbitraries.randomValue(RandomLayouts::integer);
  }

  static Arbitrary<Layout> carryLess() {
    return Arbitraries.randomValue(RandomLayouts::carryLess);
  }

  static Layout integer(Random random) {
    int targets = 1 + random.nextInt(2);
    long[][] images = new long[5][targets];
    long[] extents = new long[5];
    int digits = random.nextInt(5);
    long[] least = new long[targets];
    long[] greatest = new long[targets];
    for (int d = 0; d < digits; d++) {
      extents[d] = List.of(1L, 2L, 2L, 3L, 4L, 5L, 6L).get(random.nextInt(7));
      for (int t = 0; t < targets; t++) {
        images[d][t] =
            switch (random.nextInt(5)) {
              case 0 -> 0;
              case 1 -> 1L << random.nextInt(6);
              case 2 -> -random.nextInt(9);
              case 3 -> d == 0 ? 1 : extents[d - 1] * images[d - 1][t];
              default -> random.nextInt(20);
            };
        long reach = (extents[d] - 1) * images[d][t];
        least[t] += Math.min(reach, 0);
        greatest[t] += Math.max(reach, 0);
      }
    }
    Space codomain = Space.POINT;
    for (int t = 0; t < targets; t++) {
      long extent = greatest[t] - least[t] + 1 + random.nextInt(3);
      codomain = codomain.with(Axis.dim(t), extent);
    }
    LayoutBuilder builder = Layout.into(codomain);
    int axes = 1 + random.nextInt(3);
    for (int d = 0; d < digits; d++) {
      builder.add(HARDWARE.get(d * axes / digits), extents[d], images[d]);
    }
    for (int t = 0; t < targets; t++) {
      builder.offset(Axis.dim(t), -least[t]);
    }
    return builder.build();
  }

  /** Register layouts of a tile of 4 by 4, linear over F₂, of few registers, lanes and warps. */
  static Layout linear(Random random) {
    int registers = random.nextInt(4);
    int lanes = random.nextInt(3);
    List<Long> columns = random.longs(registers + lanes + 1, 0, 16).boxed().toList();
    return new LinearMap(
            Space.hardware(1L << registers, 1L << lanes, 2),
            Space.tile(4, 4),
            columns,
            random.nextInt(3) == 0 ? random.nextLong(16) : 0)
        .toLayout();
  }

  static Layout carryLess(Random random) {
    int targets = 1 + random.nextInt(2);
    Space codomain = Space.POINT;
    for (int t = 0; t < targets; t++) {
      codomain = codomain.with(Axis.dim(t), 1L << random.nextInt(6));
    }
    int axes = 1 + random.nextInt(3);
    LayoutBuilder builder = Layout.into(codomain).xor();
    int digits = random.nextInt(6);
    long[] before = new long[targets];
    for (int d = 0; d < digits; d++) {
      int extent = List.of(2, 2, 2, 4, 3).get(random.nextInt(5));
      long[] image = new long[targets];
      for (int t = 0; t < targets; t++) {
        long limit = codomain.extent(t);
        long room = extent == 2 ? limit : limit / 2;
        image[t] =
            room == 0
                ? 0
                : switch (random.nextInt(4)) {
                  case 0 -> 0;
                  case 1 -> before[t] << 1 < room ? before[t] << 1 : 0;
                  default -> random.nextLong(room);
                };
      }
      builder.add(HARDWARE.get(d * axes / digits), extent, image);
      before = image;
    }
    for (int t = 0; t < targets; t++) {
      builder.offset(Axis.dim(t), random.nextLong(codomain.extent(t)));
    }
    return builder.build();
  }
}
