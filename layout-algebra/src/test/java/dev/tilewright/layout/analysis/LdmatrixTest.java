package dev.tilewright.layout.analysis;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.Axis.WARP;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LinearMap;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class LdmatrixTest {

  /**
   * Executes a plan as the instruction is defined and checks that every slot gets the element that
   * the fragment says it holds.
   */
  private static void execute(Ldmatrix plan, Layout shared, Layout fragment, int elementBytes) {
    int perRegister = 4 / elementBytes;
    int row = 16 / elementBytes;
    Layout rows = shared.compose(plan.rows()).orThrow();
    Layout wanted = shared.compose(fragment).orThrow();
    long warps = fragment.domain().extent(WARP);
    for (long warp = 0; warp < warps; warp++) {
      for (int i = 0; i < plan.instructions(); i++) {
        for (int j = 0; j < plan.matrices(); j++) {
          for (int lane = 0; lane < 32; lane++) {
            List<Integer> slots = plan.registers().get(i * plan.matrices() + j);
            for (int e = 0; e < perRegister; e++) {
              int r = plan.transposed() ? 2 * (lane % 4) + e : lane / 4;
              int c = plan.transposed() ? lane / 4 : perRegister * (lane % 4) + e;
              long start = rows.apply(point(rows.domain(), i, 8 * j + r, warp))[0];
              assertEquals(0, start % row, "a row starts at a multiple of 16 bytes");
              long expected = wanted.apply(point(wanted.domain(), slots.get(e), lane, warp))[0];
              // Swizzles move whole rows, so that a row's elements are adjacent.
              assertEquals(expected, start + c);
            }
          }
        }
      }
    }
  }

  /**
   * Executes the same plan as {@code stmatrix}: lane {@code 8j + i} supplies the address of row
   * {@code i} of matrix {@code j}, and lane {@code l} brings its part of every matrix. Afterwards
   * every element of the tile that some slot holds is where the shared layout has it.
   */
  private static void store(Ldmatrix plan, Layout shared, Layout fragment, int elementBytes) {
    int perRegister = 4 / elementBytes;
    Layout rows = shared.compose(plan.rows()).orThrow();
    long[] memory = new long[(int) shared.codomain().size()];
    Arrays.fill(memory, -1);
    for (long warp = 0; warp < fragment.domain().extent(WARP); warp++) {
      for (int i = 0; i < plan.instructions(); i++) {
        for (int j = 0; j < plan.matrices(); j++) {
          List<Integer> slots = plan.registers().get(i * plan.matrices() + j);
          for (int lane = 0; lane < 32; lane++) {
            for (int e = 0; e < perRegister; e++) {
              int r = plan.transposed() ? 2 * (lane % 4) + e : lane / 4;
              int c = plan.transposed() ? lane / 4 : perRegister * (lane % 4) + e;
              long at = rows.apply(point(rows.domain(), i, 8 * j + r, warp))[0] + c;
              long[] element = fragment.apply(point(fragment.domain(), slots.get(e), lane, warp));
              long number = fragment.codomain().flatten(element);
              assertTrue(memory[(int) at] == -1 || memory[(int) at] == number);
              memory[(int) at] = number;
            }
          }
        }
      }
    }
    for (long x = 0; x < fragment.domain().size(); x++) {
      long[] element = fragment.apply(fragment.domain().unflatten(x));
      assertEquals(fragment.codomain().flatten(element), memory[(int) shared.apply(element)[0]]);
    }
  }

  /** Random tiles of fragments in random shared layouts, loaded and stored by one plan. */
  @Property
  void onePlanLoadsAndStores(@ForAll long seed) {
    Random random = new Random(seed);
    boolean transposed = random.nextInt(3) == 0;
    Layout atom = List.of(Machines.A, Machines.B, Machines.C).get(random.nextInt(3));
    Layout fragment =
        Layout.local(1 + random.nextInt(3), 1 + random.nextInt(3))
            .product(Layout.spatial(WARP, 1 << random.nextInt(2), 1 << random.nextInt(2)))
            .product(atom);
    long[] shape = fragment.codomain().extents();
    long pad = 8L * random.nextInt(3);
    Layout plain =
        transposed
            ? Layout.strided(shape, new long[] {1, shape[0] + pad})
            : Layout.strided(shape, new long[] {shape[1] + pad, 1});
    Layout shared =
        random.nextBoolean() && plain.swizzle(2, 3, 3) instanceof Result.Ok<Layout>(Layout s)
            ? s
            : plain;
    Ldmatrix plan = Ldmatrix.applies(shared, fragment, 2, transposed).orThrow();
    execute(plan, shared, fragment, 2);
    store(plan, shared, fragment, 2);
  }

  /**
   * Refused is only what no choice of registers makes rows of, where every bit of register and lane
   * steps through a bit of the address of its own, or none: accepted are those addresses, random
   * and near those of a fragment, whose slots fall into registers of neighbours.
   */
  @Property
  void whatIsRefusedHasNoRows(@ForAll long seed) {
    Random random = new Random(seed);
    boolean transposed = random.nextBoolean();
    int bytes = transposed ? 2 : 1 << random.nextInt(3);
    int perRegister = 4 / bytes;
    int row = 16 / bytes;
    List<Long> columns = new ArrayList<>();
    for (long in = 1; in < perRegister; in *= 2) {
      columns.add(transposed ? 16L * row : in);
    }
    columns.add(row * 1L);
    columns.add(row * (1L << random.nextInt(5, 7)));
    Collections.shuffle(columns, random);
    int registers = 1 << columns.size();
    List<Long> rows = List.of(row * 2L, row * 4L, row * 8L);
    List<Long> inRow =
        transposed ? List.of(1L, 2L, 4L) : List.of((long) perRegister, 2L * perRegister);
    columns.addAll(transposed ? rows.subList(0, 2) : inRow);
    columns.addAll(transposed ? inRow : rows);
    if (random.nextBoolean()) {
      int changed = random.nextInt(columns.size());
      long other = 1L << random.nextInt(12);
      columns.set(changed, columns.contains(other) ? 0 : other);
    }
    Layout fragment =
        new LinearMap(Space.of(REGISTER, registers, LANE, 32), Space.tile(1 << 12), columns, 0)
            .toLayout();
    Layout shared = Layout.rowMajor(1 << 12);
    Result<Ldmatrix> plan = Ldmatrix.applies(shared, fragment, bytes, transposed);
    assertEquals(
        fallsIntoRegisters(fragment, registers, perRegister, row, transposed),
        plan.isOk(),
        fragment::toString);
    if (plan.isOk()) {
      execute(plan.orThrow(), shared, fragment.withDomainAxis(WARP), bytes);
    }
  }

  /** Whether slots can be put together so that every register of every lane is part of rows. */
  private static boolean fallsIntoRegisters(
      Layout fragment, int slots, int perRegister, int row, boolean transposed) {
    int firsts = 0;
    List<List<Long>> seen = new ArrayList<>();
    for (int slot = 0; slot < slots; slot++) {
      List<Long> own = new ArrayList<>();
      for (int lane = 0; lane < 32; lane++) {
        own.add(fragment.apply(slot, lane)[0]);
      }
      seen.add(own);
    }
    for (List<Long> own : seen) {
      boolean first = true;
      for (int lane = 0; lane < 32; lane++) {
        long inRow = transposed ? lane / 4 : (long) lane % 4 * perRegister;
        long start = own.get(transposed ? lane % 4 : lane - lane % 4);
        first &= start % row == 0 && own.get(lane) == start + inRow;
      }
      if (!first) {
        continue;
      }
      firsts++;
      for (int e = 1; e < perRegister && !transposed; e++) {
        int step = e;
        List<Long> wanted = own.stream().map(at -> at + step).toList();
        if (Collections.frequency(seen, wanted) != Collections.frequency(seen, own)) {
          return false;
        }
      }
    }
    return transposed ? firsts == slots : firsts * perRegister == slots;
  }

  private static long[] point(Space hardware, long register, long lane, long warp) {
    return hardware.axes().stream()
        .mapToLong(
            a -> a.equals(REGISTER) ? register : a.equals(LANE) ? lane : a.equals(WARP) ? warp : 0)
        .toArray();
  }

  /** Three fragments side by side: the four matrices of one instruction are taken around them. */
  @Test
  void anOddNumberOfFragments() {
    Layout fragment = Layout.local(1, 3).product(Layout.local(2, 1)).product(Machines.A);
    Layout shared = Layout.rowMajor(32, 48);
    Layout odd =
        Layout.into(Space.tile(32, 24))
            .digit(REGISTER, 2, Axis.dim(0), 1)
            .digit(REGISTER, 2, Axis.dim(0), 8)
            .digit(REGISTER, 3, Axis.dim(1), 8)
            .digit(REGISTER, 2, Axis.dim(0), 16)
            .digit(LANE, 4, Axis.dim(0), 2)
            .digit(LANE, 8, Axis.dim(1), 1)
            .digit(WARP, 1)
            .build();
    execute(
        Ldmatrix.applies(shared, fragment.withDomainAxis(WARP), 2, false).orThrow(),
        shared,
        fragment.withDomainAxis(WARP),
        2);
    Ldmatrix plan = Ldmatrix.applies(Layout.rowMajor(32, 24), odd, 2, true).orThrow();
    assertEquals(4, plan.matrices());
    execute(plan, Layout.rowMajor(32, 24), odd, 2);
  }

  @Test
  void fragmentsOfRowMajorTiles() {
    Layout swizzled = Layout.rowMajor(64, 64).swizzle(3, 3, 3).orThrow();
    Layout a = Layout.local(1, 4).product(Layout.spatial(WARP, 4, 1)).product(Machines.A);
    Ldmatrix plan = Ldmatrix.applies(swizzled, a, 2, false).orThrow();
    assertEquals(4, plan.matrices());
    assertEquals(4, plan.instructions());
    execute(plan, swizzled, a, 2);
    Layout b = Layout.local(8, 4).product(Machines.B);
    execute(Ldmatrix.applies(swizzled, b, 2, false).orThrow(), swizzled, b, 2);
    Layout odd = Layout.local(3, 1).product(Machines.B);
    Layout tile = Layout.rowMajor(24, 16);
    Ldmatrix pairs = Ldmatrix.applies(tile, odd, 2, false).orThrow();
    assertEquals(2, pairs.matrices());
    assertEquals(3, pairs.instructions());
    execute(pairs, tile, odd, 2);
  }

  @Test
  void anOddDigitBetweenTheRegistersOfAnInstruction() {
    Layout mixed = Layout.local(1, 2).product(Layout.local(3, 1)).product(Machines.B);
    Layout tile = Layout.rowMajor(24, 32);
    Ldmatrix plan = Ldmatrix.applies(tile, mixed, 2, false).orThrow();
    assertEquals(4, plan.matrices());
    assertEquals(3, plan.instructions());
    execute(plan, tile, mixed, 2);
  }

  @Test
  void transposedFragments() {
    Layout shared = Layout.columnMajor(64, 64);
    Layout b = Layout.local(8, 4).product(Machines.B);
    assertFalse(Ldmatrix.applies(shared, b, 2, false).isOk());
    execute(Ldmatrix.applies(shared, b, 2, true).orThrow(), shared, b, 2);
    Layout a = Layout.local(4, 4).product(Machines.A);
    execute(Ldmatrix.applies(shared, a, 2, true).orThrow(), shared, a, 2);
    assertFalse(Ldmatrix.applies(Layout.rowMajor(64, 64), a, 2, true).isOk());
    assertFalse(Ldmatrix.applies(shared, a, 1, true).isOk());
  }

  @Test
  void bytesAndWords() {
    Layout bytes =
        Layout.columnLocal(2, 2).product(Layout.spatial(LANE, 8, 4)).product(Layout.local(1, 4));
    execute(
        Ldmatrix.applies(Layout.rowMajor(16, 32), bytes, 1, false).orThrow(),
        Layout.rowMajor(16, 32),
        bytes,
        1);
    Layout words = Layout.columnLocal(2, 2).product(Layout.spatial(LANE, 8, 4));
    execute(
        Ldmatrix.applies(Layout.rowMajor(16, 8), words, 4, false).orThrow(),
        Layout.rowMajor(16, 8),
        words,
        4);
  }

  /** Strides 1 and 3 fill a register too, where offsets are added modulo 2: as 0, 1, 3, 2. */
  @Test
  void bytesInAnotherOrder() {
    Layout fragment =
        Layout.parse(
                "[register:4 -> dim1*1, lane:4 -> dim1*4, lane:8 -> dim0*1] : (dim0:8, dim1:16)")
            .orThrow();
    String shared =
        "[dim0:8 -> offset^16, dim1:2 -> offset^1, dim1:2 -> offset^%d, dim1:4 -> offset^4] :"
            + " (offset:128)";
    Layout inOrder = Layout.parse(shared.formatted(2)).orThrow();
    execute(Ldmatrix.applies(inOrder, fragment, 1, false).orThrow(), inOrder, fragment, 1);
    assertFalse(
        Ldmatrix.applies(Layout.parse(shared.formatted(3)).orThrow(), fragment, 1, false).isOk());
  }

  @Test
  void rowsMustBeAligned() {
    Layout padded = Layout.strided(new long[] {16, 16}, new long[] {20, 1});
    assertEquals(
        "layout-not-a-factor: not a factor: lane bit 4 moves by 20 elements where ldmatrix needs 8",
        org.junit.jupiter.api.Assertions.assertThrows(
                IllegalArgumentException.class,
                () -> Ldmatrix.applies(padded, Machines.A, 2, false).orThrow())
            .getMessage());
    Layout aligned = Layout.strided(new long[] {16, 16}, new long[] {24, 1});
    execute(Ldmatrix.applies(aligned, Machines.A, 2, false).orThrow(), aligned, Machines.A, 2);
  }

  @Test
  void theFragmentsAreThoseOfTheIsa() {
    for (int lane = 0; lane < 32; lane++) {
      for (int e = 0; e < 8; e++) {
        assertArrayEquals(
            new long[] {lane / 4 + 8 * (e / 2 % 2), 2 * (lane % 4) + e % 2 + 8 * (e / 4)},
            Machines.A.apply(e, lane));
      }
      for (int e = 0; e < 4; e++) {
        assertArrayEquals(
            new long[] {lane / 4, 2 * (lane % 4) + e % 2 + 8 * (e / 2)}, Machines.B.apply(e, lane));
        assertArrayEquals(
            new long[] {lane / 4 + 8 * (e / 2), 2 * (lane % 4) + e % 2}, Machines.C.apply(e, lane));
      }
    }
    assertEquals(Space.of(Axis.dim(0), 16, Axis.dim(1), 8), Machines.C.codomain());
  }
}
