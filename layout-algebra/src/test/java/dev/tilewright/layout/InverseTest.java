package dev.tilewright.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class InverseTest {

  private static final Axis REST = new Axis("rest");

  /** Digits in random order over random axes; with gaps, and with replications, if wanted. */
  private static Layout tractable(Random random, boolean gaps, boolean replications) {
    int targets = 1 + random.nextInt(2);
    Space codomain = Space.POINT;
    List<Term> terms = new ArrayList<>();
    for (int t = 0; t < targets; t++) {
      long covered = 1;
      for (int d = random.nextInt(4); d > 0; d--) {
        if (gaps && random.nextInt(3) == 0) {
          covered *= 1 + random.nextInt(3);
        }
        long extent = random.nextLong(1, 6);
        long[] image = new long[targets];
        image[t] = covered;
        terms.add(new Term(0, extent, image));
        covered *= extent;
      }
      codomain = codomain.with(Axis.dim(t), covered * (gaps ? 1 + random.nextInt(2) : 1));
    }
    if (replications) {
      terms.add(new Term(0, 2, new long[targets]));
    }
    Collections.shuffle(terms, random);
    LayoutBuilder builder = Layout.into(codomain);
    builder.digit(Axis.REGISTER, 1).digit(Axis.LANE, 1);
    for (Term term : terms) {
      builder.add(random.nextBoolean() ? Axis.REGISTER : Axis.LANE, term.extent(), term.image());
    }
    return builder.build();
  }

  /** Random bits, of full rank on the side that is asked for. */
  private static Layout linear(Random random, boolean onto) {
    return linear(random, onto, random.nextLong(16));
  }

  private static Layout linear(Random random, boolean onto, long offset) {
    int in = onto ? 4 + random.nextInt(3) : 1 + random.nextInt(4);
    int out = onto ? 1 + random.nextInt(4) : 4 + random.nextInt(3);
    while (true) {
      List<Long> columns = new ArrayList<>();
      for (int i = 0; i < in; i++) {
        columns.add(random.nextLong(1L << out));
      }
      if (LinearMap.rank(columns) == Math.min(in, out)) {
        Space domain = Space.of(Axis.REGISTER, 2, Axis.LANE, 1L << (in - 1));
        Space codomain = Space.of(Axis.dim(0), 1L << out);
        return new LinearMap(domain, codomain, columns, offset % (1L << out)).toLayout();
      }
    }
  }

  @Provide
  Arbitrary<Layout> surjective() {
    return Arbitraries.randomValue(
        random -> random.nextBoolean() ? tractable(random, false, true) : linear(random, true));
  }

  @Provide
  Arbitrary<Layout> injective() {
    return Arbitraries.randomValue(
        random -> random.nextBoolean() ? tractable(random, true, false) : linear(random, false));
  }

  @Provide
  Arbitrary<Layout> injectiveFromZero() {
    return Arbitraries.randomValue(
        random -> random.nextBoolean() ? tractable(random, true, false) : linear(random, false, 0));
  }

  @Provide
  Arbitrary<Layout> bijective() {
    return Arbitraries.randomValue(random -> tractable(random, false, false));
  }

  @Provide
  Arbitrary<Layout> gappy() {
    return Arbitraries.randomValue(random -> tractable(random, true, false));
  }

  /** Law 10. */
  @Property
  void aRightInverseFindsAPointForEveryValue(@ForAll("surjective") Layout layout) {
    Layout inverse = layout.rightInverse().orThrow();
    assertEquals(Layout.identity(layout.codomain()), layout.compose(inverse).orThrow());
  }

  /** Law 11. */
  @Property
  void aLeftInverseFindsThePointOfEveryValue(@ForAll("injective") Layout layout) {
    Layout inverse = layout.leftInverse().orThrow();
    assertEquals(Layout.identity(layout.domain()), inverse.compose(layout).orThrow());
  }

  /** Law 12. */
  @Property
  void theInverseOfTheInverseOfABijection(@ForAll("bijective") Layout layout) {
    assertEquals(layout, layout.rightInverse().orThrow().rightInverse().orThrow());
    assertEquals(layout.rightInverse(), layout.leftInverse());
  }

  /** Laws 13 and 14: a layout and its complement reach every value once. */
  @Property
  void aComplementFillsTheGaps(@ForAll("injectiveFromZero") Layout layout) {
    if (!(layout.complement(REST) instanceof Result.Ok<Layout>(Layout complement))) {
      assertTrue(layout.sum() == Sum.INTEGER && !isTractable(layout), layout::toString);
      return;
    }
    Set<List<Long>> reached = new HashSet<>();
    Layout both = Spaces.into(layout, complement.codomain()).concat(complement).orThrow();
    for (long x = 0; x < both.domain().size(); x++) {
      reached.add(list(both.apply(both.domain().unflatten(x))));
    }
    assertEquals(both.domain().size(), reached.size(), "injective");
    assertEquals(both.codomain().size(), reached.size(), "onto");
    List<Long> values = Cute.values(complement);
    for (int i = 1; i < values.size(); i++) {
      assertTrue(values.get(i) > values.get(i - 1), "increasing");
    }
  }

  /** Whether, digits sorted by stride, each steps over whole runs of those below. */
  private static boolean isTractable(Layout layout) {
    for (Axis target : layout.codomain().axes()) {
      long covered = 1;
      for (Digit digit :
          layout.digits().stream()
              .filter(d -> d.stride(target) != 0)
              .sorted(Comparator.comparingLong(d -> d.stride(target)))
              .toList()) {
        if (digit.stride(target) % covered != 0) {
          return false;
        }
        covered = digit.stride(target) * digit.extent();
      }
    }
    return true;
  }

  private static List<Long> list(long[] values) {
    return java.util.Arrays.stream(values).boxed().toList();
  }

  /** Law 15: what the complement leaves out is the layout, sorted. */
  @Property
  void theComplementOfTheComplementIsTheSortedLayout(@ForAll("gappy") Layout layout) {
    Layout complement = layout.complement(REST).orThrow();
    Layout back = complement.complement(REST).orThrow();
    List<Long> values =
        Cute.values(Spaces.into(layout, complement.codomain())).stream().sorted().toList();
    assertEquals(values, Cute.values(back).stream().sorted().toList());
  }

  /** Law 27. */
  @Property
  void aPullMapFetchesEveryValue(@ForAll long seed) {
    Random random = new Random(seed);
    Layout source = random.nextBoolean() ? tractable(random, false, true) : linear(random, true);
    Layout target = shuffled(source, random);
    Layout pull = target.invertAndCompose(source).orThrow();
    assertEquals(target, source.compose(pull).orThrow());
  }

  /** The digits of a layout on other axes, in another order. */
  private static Layout shuffled(Layout layout, Random random) {
    LayoutBuilder builder = Layout.into(layout.codomain());
    builder.digit(Axis.LANE, 1).digit(Axis.WARP, 1);
    if (layout.sum() == Sum.XOR) {
      builder.xor();
    }
    List<Digit> digits = new ArrayList<>(layout.bits());
    Collections.shuffle(digits, random);
    for (Digit digit : digits) {
      Axis axis = random.nextBoolean() ? Axis.LANE : Axis.WARP;
      builder.digit(new Digit(axis, digit.extent(), digit.strides()));
    }
    layout.codomain().axes().forEach(axis -> builder.offset(axis, layout.offset(axis)));
    return builder.build();
  }

  /** Law 28. */
  @Property
  void rankAndKernel(@ForAll long seed) {
    Layout layout = linear(new Random(seed), (seed & 1) == 0);
    LinearMap map = layout.toLinear().orThrow();
    assertEquals(map.columns().size(), map.rank() + Long.bitCount(map.freeBits()));
    Set<Long> image = new HashSet<>(Cute.values(layout));
    assertEquals(1L << map.rank(), image.size());
    assertEquals(image.size() == layout.domain().size(), layout.leftInverse().isOk());
    assertEquals(image.size() == layout.codomain().size(), layout.rightInverse().isOk());
  }

  @Test
  void refusalsSayWhy() {
    Layout gap = Layout.strided(new long[] {4, 2}, new long[] {1, 16});
    assertEquals(
        "not surjective on axis offset: no chain of digits counts through its extent 20",
        reason(gap.rightInverse()).sentence());
    Layout twice = Layout.strided(new long[] {4, 3}, new long[] {1, 0});
    assertEquals("layout-not-injective", reason(twice.leftInverse()).code());
    Layout overlap = Layout.strided(new long[] {4, 3}, new long[] {1, 3});
    assertEquals("layout-not-injective", reason(overlap.complement(REST)).code());
    assertFalse(gap.invertAndCompose(twice).isOk());
  }

  private static Reason reason(Result<Layout> result) {
    return switch (result) {
      case Result.Ok<Layout> ok -> throw new AssertionError(ok.value().toString());
      case Result.Refused<Layout>(Reason reason) -> reason;
    };
  }
}
