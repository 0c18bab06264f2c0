package dev.tilewright.layout.analysis;

import static dev.tilewright.layout.Axis.OFFSET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.LinearMap;
import dev.tilewright.layout.Reason;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.Swizzle;
import dev.tilewright.layout.analysis.MatrixDescriptor.Major;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class MatrixDescriptorTest {

  private static final Axis MN = Axis.dim(0);
  private static final Axis K = Axis.dim(1);

  // ---- the address model of wgmma, written from its table and not from the analysis ----

  private static int bits(SwizzleMode mode) {
    return switch ((int) mode.lineBytes()) {
      case 128 -> 3;
      case 64 -> 2;
      case 32 -> 1;
      default -> 0;
    };
  }

  /** The byte at which the instruction finds an element of its operand. */
  private static long address(
      Major major, SwizzleMode mode, long lbo, long sbo, long start, int es, long mn, long k) {
    long w = mode.lineBytes();
    long t = 16 / es;
    long tm = w / es;
    boolean none = bits(mode) == 0;
    long offset =
        switch (major) {
          case K ->
              none
                  ? mn / 8 * sbo + mn % 8 * 16 + k / t * lbo + k % t * es
                  : mn / 8 * sbo + mn % 8 * w + k * es;
          case MN ->
              none
                  ? mn / t * sbo + mn % t * es + k % 8 * 16 + k / 8 * lbo
                  : mn / tm * lbo + mn % tm * es + k % 8 * w + k / 8 * sbo;
        };
    long at = start + offset;
    return at ^ (at >> 7 & (1L << bits(mode)) - 1) << 4;
  }

  /** Every element of every instruction's tile is where the shared layout has it. */
  private static void check(MatrixDescriptor plan, Layout shared, Space instruction, int es) {
    long mns = instruction.extent(MN);
    long ks = instruction.extent(K);
    for (long mn = 0; mn < shared.domain().extent(MN); mn++) {
      for (long k = 0; k < shared.domain().extent(K); k++) {
        long start = plan.starts().apply(mn / mns, k / ks)[0] * es;
        assertEquals(0, start % 16, "a start address counts 16 bytes");
        assertEquals(
            shared.apply(mn, k)[0] * es,
            address(
                plan.major(),
                plan.swizzle(),
                plan.leadingBytes(),
                plan.strideBytes(),
                start,
                es,
                mn % mns,
                k % ks));
      }
    }
  }

  private static MatrixDescriptor.Format format(int es) {
    return es == 2 ? Hopper.WGMMA : Hopper.WGMMA_K;
  }

  // ---- what the constructor makes ----

  @Test
  void theTilesOfAGemmHaveTheKnownDescriptors() {
    Space instruction = Space.tile(64, 16);
    Layout a = Hopper.B128.tile(Space.tile(128, 64), K, 16).orThrow();
    MatrixDescriptor plan = MatrixDescriptor.of(a, MN, K, instruction, 16, Hopper.WGMMA).orThrow();
    assertEquals(Major.K, plan.major());
    assertEquals(Hopper.B128, plan.swizzle());
    assertEquals(1024, plan.strideBytes());
    assertEquals(16, plan.leadingBytes());
    // A k-step adds 32 bytes, the second 64 rows 8192.
    assertEquals(
        "[dim0:2 -> offset*4096, dim1:4 -> offset*16] : (offset:8192)", plan.starts().toString());
    check(plan, a, instruction, 2);

    Layout b = Hopper.B128.tile(Space.tile(128, 64), MN, 16).orThrow();
    Space wide = Space.tile(128, 16);
    MatrixDescriptor mn = MatrixDescriptor.of(b, MN, K, wide, 16, Hopper.WGMMA).orThrow();
    assertEquals(Major.MN, mn.major());
    assertEquals(64 * 128, mn.leadingBytes(), "the next 64 of n: 64 k's of 128 bytes");
    assertEquals(1024, mn.strideBytes(), "the next eight k's");
    assertEquals(
        "[dim0:1, dim1:4 -> offset*1024] : (offset:8192)", mn.starts().toString(), "2048 bytes");
    check(mn, b, wide, 2);
  }

  /** All modes, element sizes, both major-nesses; several slabs where the rows are longer. */
  @Property
  void whatTheConstructorMakesIsDescribed(@ForAll long seed) {
    Random random = new Random(seed);
    int es = List.of(1, 2, 2, 2, 4).get(random.nextInt(5));
    SwizzleMode mode = Hopper.WGMMA.modes().get(random.nextInt(4));
    Space instruction = Space.tile(8L << random.nextInt(6), 32 / es);
    long mn = instruction.extent(MN) * (1 + random.nextInt(3));
    long k = instruction.extent(K) * (1 + random.nextInt(6));
    boolean mnMajor = es == 2 && random.nextBoolean();
    Axis contiguous = mnMajor ? MN : K;
    Layout shared;
    switch (mode.tile(Space.tile(mn, k), contiguous, 8 * es)) {
      case Result.Refused<Layout>(Reason reason) -> {
        assertTrue((mnMajor ? mn : k) * es % mode.lineBytes() != 0, reason.sentence());
        return;
      }
      case Result.Ok<Layout>(Layout layout) -> shared = layout;
    }
    MatrixDescriptor plan =
        MatrixDescriptor.of(shared, MN, K, instruction, 8 * es, format(es)).orThrow();
    check(plan, shared, instruction, es);
    Layout turned = shared.transpose(1, 0);
    assertEquals(
        plan.leadingBytes(),
        MatrixDescriptor.of(
                turned,
                K,
                MN,
                Space.of(MN, instruction.extent(K), K, instruction.extent(MN)),
                8 * es,
                format(es))
            .orThrow()
            .leadingBytes(),
        "the order of the dimensions does not matter");
  }

  /** Any offsets, with gaps between the blocks: what the address model gives is found again. */
  @Property
  void whateverADescriptorReadsIsDescribed(@ForAll long seed) {
    Random random = new Random(seed);
    int es = 2;
    SwizzleMode mode = Hopper.WGMMA.modes().get(random.nextInt(4));
    Major major = Major.values()[random.nextInt(2)];
    Space instruction = Space.tile(8L << random.nextInt(4), 16);
    long lbo = 16L * random.nextInt(1 << random.nextInt(2, 10));
    long sbo = 16L * random.nextInt(1 << random.nextInt(2, 10));
    long start = 128L * random.nextInt(16) * 8;
    long[][] values = new long[(int) instruction.size()][];
    for (int i = 0; i < values.length; i++) {
      long[] x = instruction.unflatten(i);
      values[i] = new long[] {address(major, mode, lbo, sbo, start, es, x[0], x[1]) / es};
    }
    long extent = Arrays.stream(values).mapToLong(v -> v[0]).max().orElseThrow() + 1;
    Space offsets = Space.of(OFFSET, Long.highestOneBit(extent) * 2);
    if (!(recognised(instruction, offsets, values) instanceof Result.Ok<Layout>(Layout shared))) {
      return;
    }
    check(
        MatrixDescriptor.of(shared, MN, K, instruction, 16, Hopper.WGMMA).orThrow(),
        shared,
        instruction,
        es);
  }

  /** The layout of a function, if it is linear over F₂ or has a digit for each of its bits. */
  private static Result<Layout> recognised(Space domain, Space codomain, long[][] values) {
    List<Long> columns = new ArrayList<>();
    LayoutBuilder strided = Layout.into(codomain).offset(OFFSET, values[0][0]);
    int bit = 1;
    for (Space.Dim dim : domain.dims()) {
      strided.digit(dim.axis(), 1);
      for (long e = dim.extent(); e > 1; e /= 2, bit *= 2) {
        columns.add(values[bit][0] ^ values[0][0]);
        strided.digit(dim.axis(), 2, OFFSET, values[bit][0] - values[0][0]);
      }
    }
    Layout linear = new LinearMap(domain, codomain, columns, values[0][0]).toLayout();
    if (agrees(linear, values)) {
      return Result.ok(linear);
    }
    return strided
        .tryBuild()
        .then(
            layout ->
                agrees(layout, values)
                    ? Result.ok(layout)
                    : Result.refused(new Reason.NotALayout(domain)));
  }

  private static boolean agrees(Layout layout, long[][] values) {
    for (int i = 0; i < values.length; i++) {
      if (layout.apply(layout.domain().unflatten(i))[0] != values[i][0]) {
        return false;
      }
    }
    return true;
  }

  // ---- and nothing else ----

  /** A small machine: bytes, blocks of two lines, lines of one or two bytes, one of four. */
  private static final MatrixDescriptor.Format SMALL =
      new MatrixDescriptor.Format(
          List.of(
              new SwizzleMode(4, new Swizzle(1, 1, 2)),
              new SwizzleMode(2, new Swizzle(1, 0, 2)),
              SwizzleMode.none(2)),
          2,
          1,
          15,
          List.of(Major.K, Major.MN));

  /** All 20,160 invertible linear maps of a 4×4 tile, read by one or by two instructions. */
  @Test
  void whatIsRefusedIsNotRepresentable() {
    int[] described = new int[2];
    for (int code = 0; code < 1 << 16; code++) {
      List<Long> columns = new ArrayList<>();
      for (int column = 0; column < 4; column++) {
        columns.add((long) (code >> 4 * column & 15));
      }
      if (LinearMap.rank(columns) == 4) {
        count(
            new LinearMap(Space.tile(4, 4), Space.of(OFFSET, 16), columns, 0).toLayout(),
            described);
      }
    }
    assertEquals("[8, 9]", Arrays.toString(described));
  }

  /** All strides up to seven of the digits of a 4×4 tile: overlaps, gaps and repetitions. */
  @Test
  void stridesThatAreRefusedAreNotRepresentable() {
    int[] described = new int[2];
    for (int code = 0; code < 1 << 12; code++) {
      count(
          Layout.into(Space.of(OFFSET, 32))
              .digit(MN, 2, OFFSET, code & 7)
              .digit(MN, 2, OFFSET, code >> 3 & 7)
              .digit(K, 2, OFFSET, code >> 6 & 7)
              .digit(K, 2, OFFSET, code >> 9 & 7)
              .build(),
          described);
    }
    assertTrue(described[0] > 100 && described[1] > described[0], Arrays.toString(described));
  }

  private static void count(Layout shared, int[] described) {
    long[][] values = new long[4][4];
    for (int i = 0; i < 16; i++) {
      values[i % 4][i / 4] = shared.apply(i % 4, i / 4)[0];
    }
    for (int halves = 0; halves < 2; halves++) {
      Space instruction = Space.tile(4 >> halves, 4);
      Result<MatrixDescriptor> plan = MatrixDescriptor.of(shared, MN, K, instruction, 8, SMALL);
      assertEquals(isRepresentable(values, instruction), plan.isOk(), shared::toString);
      described[halves] += plan.isOk() ? 1 : 0;
    }
  }

  /** Tries every mode, offset and start. */
  private static boolean isRepresentable(long[][] shared, Space instruction) {
    for (SwizzleMode mode : SMALL.modes()) {
      for (Major major : Major.values()) {
        for (long across = 0; across < 16; across++) {
          for (long along = 0; along < 16; along++) {
            if (reads(mode, major, across, along, shared, instruction)) {
              return true;
            }
          }
        }
      }
    }
    return false;
  }

  private static boolean reads(
      SwizzleMode mode, Major major, long across, long along, long[][] shared, Space instruction) {
    long line = mode.lineBytes();
    if (major == Major.K && !mode.isNone() && instruction.extent(K) > line) {
      return false;
    }
    for (int mn = 0; mn < 4; mn++) {
      for (int k = 0; k < 4; k++) {
        int inMn = (int) (mn % instruction.extent(MN));
        int inK = (int) (k % instruction.extent(K));
        long c = major == Major.K ? inK : inMn;
        long o = major == Major.K ? inMn : inK;
        long start = mode.swizzle().apply(shared[mn - inMn][k - inK]);
        long at = start + c % line + c / line * across + o % 2 * line + o / 2 * along;
        if (mode.swizzle().apply(at) != shared[mn][k]) {
          return false;
        }
      }
    }
    return true;
  }

  @Test
  void refusalsSayWhatIsWrong() {
    Space instruction = Space.tile(64, 16);
    assertEquals(
        "no matrix descriptor describes this layout: the tile does not lie in blocks of 8 lines of"
            + " 16 bytes along dim1, unswizzled",
        sentence(Layout.rowMajor(64, 64), instruction, 16));
    assertEquals(
        "the extent 72 of axis dim0 is not a multiple of 64",
        sentence(Layout.rowMajor(72, 64), instruction, 16));
    assertEquals(
        "no matrix descriptor describes this layout: elements of 6 bits are no operand",
        sentence(Layout.rowMajor(64, 64), instruction, 6));
    Layout eight = Hopper.B128.tile(Space.tile(128, 64), MN, 8).orThrow();
    assertFalse(
        MatrixDescriptor.of(eight, MN, K, Space.tile(64, 32), 8, Hopper.WGMMA_K).isOk(),
        "8-bit operands are K-major only");
  }

  private static String sentence(Layout shared, Space instruction, int bits) {
    return switch (MatrixDescriptor.of(shared, MN, K, instruction, bits, Hopper.WGMMA)) {
      case Result.Ok<MatrixDescriptor>(var plan) -> throw new AssertionError(plan.toString());
      case Result.Refused<MatrixDescriptor>(Reason reason) -> reason.sentence();
    };
  }
}
