package dev.tilewright;

import static dev.tilewright.dtype.DType.I32;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * A random program of loops, branches and updates of a few tiles, with two meanings: as a kernel,
 * and as Java that computes the same at once.
 */
record Nest(List<Statement> body) implements Kernel {
  static final int TILES = 4;
  static final int EXTENT = 2;

  sealed interface Statement {
    record Assign(int to, int from) implements Statement {}

    record Add(int to, int from) implements Statement {}

    record AddConstant(int to, int value) implements Statement {}

    /** Adds the index of an enclosing loop, counted from the innermost; nothing outside loops. */
    record AddIndex(int to, int loop) implements Statement {}

    record Multiply(int to, int factor) implements Statement {}

    /** Exchanges two tiles through a third that lives in the region only. */
    record Swap(int one, int other) implements Statement {}

    record Loop(int from, int count, int step, List<Statement> body) implements Statement {}

    /**
     * Repeats until a counter of its own is at the count or an element of a tile is at the limit.
     */
    record Repeat(int count, int tile, int limit, List<Statement> body) implements Statement {}

    /** Branches on whether an enclosing loop's index, or the parameter, is below the limit. */
    record Branch(int loop, int limit, List<Statement> then, List<Statement> otherwise)
        implements Statement {}
  }

  static Arbitrary<Nest> any() {
    return block(3).map(Nest::new);
  }

  private static Arbitrary<List<Statement>> block(int depth) {
    return statement(depth).list().ofMaxSize(4);
  }

  private static Arbitrary<Statement> statement(int depth) {
    Arbitrary<Integer> tile = Arbitraries.integers().between(0, TILES - 1);
    Arbitrary<Integer> small = Arbitraries.integers().between(-3, 5);
    Arbitrary<Integer> loop = Arbitraries.integers().between(0, 3);
    List<Arbitrary<? extends Statement>> choices = new ArrayList<>();
    choices.add(Combinators.combine(tile, tile).as(Statement.Assign::new));
    choices.add(Combinators.combine(tile, tile).as(Statement.Add::new));
    choices.add(Combinators.combine(tile, small).as(Statement.AddConstant::new));
    choices.add(Combinators.combine(tile, loop).as(Statement.AddIndex::new));
    choices.add(Combinators.combine(tile, small).as(Statement.Multiply::new));
    choices.add(Combinators.combine(tile, tile).as(Statement.Swap::new));
    if (depth > 0) {
      Arbitrary<List<Statement>> inner = Arbitraries.lazy(() -> block(depth - 1));
      Arbitrary<Integer> count = Arbitraries.integers().between(0, 3);
      Arbitrary<Integer> step = Arbitraries.integers().between(1, 3);
      Arbitrary<Statement> loops =
          Combinators.combine(small, count, step, inner).as(Statement.Loop::new);
      Arbitrary<Statement> branches =
          Combinators.combine(loop, small, inner, inner).as(Statement.Branch::new);
      Arbitrary<Statement> repeats =
          Combinators.combine(count, tile, Arbitraries.integers().between(0, 40), inner)
              .as(Statement.Repeat::new);
      for (int i = 0; i < 3; i++) {
        choices.add(repeats);
        choices.add(loops);
        choices.add(branches);
      }
    }
    return Arbitraries.oneOf(choices);
  }

  // ---------------------------------------------------------------- as a kernel

  @Override
  public void define(KernelBuilder k) {
    var out = k.out("out", I32, TILES * EXTENT);
    var parameter = k.scalar("parameter", I32);
    k.grid1d(k.dim(1));
    Tile[] tiles = new Tile[TILES];
    for (int i = 0; i < TILES; i++) {
      tiles[i] = k.iota(EXTENT).times(i + 3).plus(i);
    }
    write(k, body, tiles, List.of(parameter));
    for (int i = 0; i < TILES; i++) {
      out.tile(i, EXTENT).set(tiles[i]);
    }
  }

  /** Loop indices with the innermost first; the parameter is the outermost. */
  private static void write(
      KernelBuilder k, List<Statement> statements, Tile[] tiles, List<Scalar> indices) {
    for (Statement statement : statements) {
      switch (statement) {
        case Statement.Assign(int to, int from) -> tiles[to].assign(tiles[from]);
        case Statement.Add(int to, int from) -> tiles[to].plusAssign(tiles[from]);
        case Statement.AddConstant(int to, int value) -> tiles[to].plusAssign(value);
        case Statement.AddIndex(int to, int loop) -> tiles[to].plusAssign(at(indices, loop));
        case Statement.Multiply(int to, int factor) -> tiles[to].timesAssign(factor);
        case Statement.Swap(int one, int other) -> {
          Tile kept = tiles[one].load();
          tiles[one].assign(tiles[other]);
          tiles[other].assign(kept);
        }
        case Statement.Loop(int from, int count, int step, List<Statement> inner) ->
            k.range(
                from, from + count * step, step, i -> write(k, inner, tiles, prepend(i, indices)));
        case Statement.Repeat(int count, int tile, int limit, List<Statement> inner) -> {
          Tile counter = k.zeros(I32, 1);
          k.whileLoop(
              () -> counter.scalar().lt(count).and(tiles[tile].max(0).scalar().lt(limit)),
              () -> {
                write(k, inner, tiles, indices);
                counter.plusAssign(1);
              });
        }
        case Statement.Branch(int loop, int limit, List<Statement> then, List<Statement> other) ->
            k.when(
                at(indices, loop).lt(limit),
                () -> write(k, then, tiles, indices),
                () -> write(k, other, tiles, indices));
      }
    }
  }

  private static <T> T at(List<T> indices, int loop) {
    return indices.get(Math.min(loop, indices.size() - 1));
  }

  private static <T> List<T> prepend(T first, List<T> rest) {
    List<T> all = new ArrayList<>();
    all.add(first);
    all.addAll(rest);
    return all;
  }

  // ---------------------------------------------------------------- as Java

  /** What the kernel leaves in its output. */
  int[] compute(int parameter) {
    int[][] tiles = new int[TILES][EXTENT];
    for (int i = 0; i < TILES; i++) {
      for (int j = 0; j < EXTENT; j++) {
        tiles[i][j] = j * (i + 3) + i;
      }
    }
    run(body, tiles, List.of(parameter));
    int[] all = new int[TILES * EXTENT];
    for (int i = 0; i < TILES; i++) {
      System.arraycopy(tiles[i], 0, all, i * EXTENT, EXTENT);
    }
    return all;
  }

  private static void run(List<Statement> statements, int[][] tiles, List<Integer> indices) {
    for (Statement statement : statements) {
      switch (statement) {
        case Statement.Assign(int to, int from) -> tiles[to] = tiles[from].clone();
        case Statement.Add(int to, int from) -> {
          int[] source = tiles[from].clone();
          for (int j = 0; j < EXTENT; j++) {
            tiles[to][j] += source[j];
          }
        }
        case Statement.AddConstant(int to, int value) -> addTo(tiles[to], value);
        case Statement.AddIndex(int to, int loop) -> addTo(tiles[to], at(indices, loop));
        case Statement.Multiply(int to, int factor) -> {
          for (int j = 0; j < EXTENT; j++) {
            tiles[to][j] *= factor;
          }
        }
        case Statement.Swap(int one, int other) -> {
          int[] kept = tiles[one];
          tiles[one] = tiles[other];
          tiles[other] = kept;
        }
        case Statement.Loop(int from, int count, int step, List<Statement> inner) -> {
          for (int i = from; i < from + count * step; i += step) {
            run(inner, tiles, prepend(i, indices));
          }
        }
        case Statement.Repeat(int count, int tile, int limit, List<Statement> inner) -> {
          for (int i = 0;
              i < count && Arrays.stream(tiles[tile]).max().orElseThrow() < limit;
              i++) {
            run(inner, tiles, indices);
          }
        }
        case Statement.Branch(int loop, int limit, List<Statement> then, List<Statement> other) ->
            run(at(indices, loop) < limit ? then : other, tiles, indices);
      }
    }
  }

  private static void addTo(int[] tile, int value) {
    for (int j = 0; j < EXTENT; j++) {
      tile[j] += value;
    }
  }

  // ---------------------------------------------------------------- analysis

  /** Which tiles the statements update, in order of their numbers. */
  static Set<Integer> updates(List<Statement> statements) {
    Set<Integer> updated = new TreeSet<>();
    for (Statement statement : statements) {
      switch (statement) {
        case Statement.Assign s -> updated.add(s.to());
        case Statement.Add s -> updated.add(s.to());
        case Statement.AddConstant s -> updated.add(s.to());
        case Statement.AddIndex s -> updated.add(s.to());
        case Statement.Multiply s -> updated.add(s.to());
        case Statement.Swap s -> updated.addAll(List.of(s.one(), s.other()));
        case Statement.Loop s -> updated.addAll(updates(s.body()));
        case Statement.Repeat s -> updated.addAll(updates(s.body()));
        case Statement.Branch s -> {
          updated.addAll(updates(s.then()));
          updated.addAll(updates(s.otherwise()));
        }
      }
    }
    return updated;
  }
}
