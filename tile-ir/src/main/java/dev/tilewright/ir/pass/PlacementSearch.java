package dev.tilewright.ir.pass;

import dev.tilewright.ir.Type;
import dev.tilewright.ir.pass.SharedPlacement.AccessCount;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.analysis.SharedAccess;
import dev.tilewright.layout.analysis.SharedAccess.Kind;
import dev.tilewright.layout.analysis.SwizzleChoice;
import dev.tilewright.layout.analysis.Swizzles;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The search for where the elements of one buffer lie.
 *
 * <p>Each dimension may be the contiguous one, the others in their order; matrix loads may be used
 * where they apply, or vectors of any width: these ways are tried from the one that would cost
 * least without conflicts. In each, the best XOR swizzle comes first; if that leaves conflicts,
 * rows are padded, by some bytes or, under a swizzle, to a power of two; and if that does too, rows
 * are cut into chunks, all first chunks side by side, then all second ones. A candidate is priced
 * by what the accesses become in it, whatever way led to it.
 */
final class PlacementSearch {
  private static final int MATRIX_ROWS = 8;

  private final Type.Shared buffer;
  private final List<SharedUse> uses;
  private final Target target;
  private final boolean compact;

  /**
   * What placements without bank conflicts cost at least: those that were priced, or could not win.
   */
  private OptionalLong withoutConflicts = OptionalLong.empty();

  /**
   * @param uses all accesses
   * @param compact whether nothing may be padded
   */
  PlacementSearch(Type.Shared buffer, List<SharedUse> uses, Target target, boolean compact) {
    this.buffer = buffer;
    this.uses = uses;
    this.target = target;
    this.compact = compact;
  }

  /**
   * The placement with the least cost that was found. Where that has bank conflicts, in wide
   * accesses that are worth them, its description says what narrower ones without would have cost.
   */
  SharedPlacement best() {
    List<Way> ways = new ArrayList<>();
    for (int contiguous = buffer.rank() - 1; contiguous >= 0; contiguous--) {
      ways.addAll(ways(contiguous));
    }
    ways.sort(Comparator.comparingLong(Way::leastCost));
    Optional<SharedPlacement> best = Optional.empty();
    for (Way way : ways) {
      best = best(way, best);
    }
    return best.map(this::compared).orElseGet(this::plain);
  }

  private SharedPlacement compared(SharedPlacement best) {
    if (best.conflicts() == 0 || withoutConflicts.isEmpty()) {
      return best;
    }
    return new SharedPlacement(
        best.memory(),
        "%s, %d issue slots where no bank conflict would cost %d or more"
            .formatted(best.description(), best.cost(), withoutConflicts.getAsLong()),
        best.accesses());
  }

  /** A buffer of rank 0, or one that nobody uses. */
  private SharedPlacement plain() {
    long[] shape = buffer.shape().stream().mapToLong(Integer::longValue).toArray();
    return new SharedPlacement(Layout.rowMajor(shape), "row-major", List.of());
  }

  // ---------------------------------------------------------------- ways

  /**
   * The contiguous dimension, with what the accesses become if rows follow each other.
   *
   * @param leastCost the cost if no access has conflicts
   */
  private record Way(int contiguous, List<SharedAccess> accesses, long leastCost) {}

  private List<Way> ways(int contiguous) {
    Layout memory = strided(contiguous, buffer.shape().get(contiguous));
    int bits = buffer.dtype().bits();
    List<Way> ways = new ArrayList<>();
    way(contiguous, use -> use.access(memory, bits, target)).ifPresent(ways::add);
    for (int bytes : target.vectorBytes().reversed()) {
      if (bytes >= target.sharedBanks().bytesPerBank()) {
        way(contiguous, use -> use.vectors(memory, bits, bytes))
            .filter(way -> ways.stream().noneMatch(w -> w.accesses().equals(way.accesses())))
            .ifPresent(ways::add);
      }
    }
    return ways;
  }

  private Optional<Way> way(int contiguous, Function<SharedUse, Optional<SharedAccess>> become) {
    List<SharedAccess> accesses = new ArrayList<>();
    long cost = 0;
    for (SharedUse use : uses) {
      Optional<SharedAccess> access = become.apply(use);
      if (access.isEmpty()) {
        return Optional.empty();
      }
      accesses.add(access.get());
      cost += leastCost(access.get());
    }
    return Optional.of(new Way(contiguous, accesses, cost));
  }

  private long leastCost(SharedAccess access) {
    boolean rows = access.kind() == Kind.ROWS;
    Space hardware = access.points().domain();
    long requests =
        hardware.extent(Axis.REGISTER)
            * hardware.extent(Axis.WARP)
            / (rows ? 1 : access.elements());
    int bytes = access.elements() * buffer.dtype().bits() / 8;
    long lanes = rows ? addressed(access.points()) : hardware.extent(Axis.LANE);
    long phases =
        target.sharedBanks().of(access.kind(), bytes).lanes().stream()
            .filter(phase -> phase.stream().anyMatch(lane -> lane < lanes))
            .count();
    return requests * (1 + phases);
  }

  /** The lanes whose addresses matter: the higher ones repeat those of others. */
  private static long addressed(Layout rows) {
    long lanes = MATRIX_ROWS;
    for (int i = 0; i < rows.digits().size(); i++) {
      Digit digit = rows.digits().get(i);
      if (digit.axis().equals(Axis.LANE) && !digit.isReplication()) {
        lanes = Math.max(lanes, rows.placeOf(i) * digit.extent());
      }
    }
    return lanes;
  }

  // ---------------------------------------------------------------- placements

  /** The best of those that one way leads to and the one that is known. */
  private Optional<SharedPlacement> best(Way way, Optional<SharedPlacement> known) {
    int contiguous = way.contiguous();
    int row = buffer.shape().get(contiguous);
    int power = Integer.highestOneBit(2 * row - 1);
    int even = Integer.lowestOneBit(row);
    List<Supplier<Optional<SharedPlacement>>> candidates = new ArrayList<>();
    candidates.add(() -> swizzled(way, rows(contiguous, row)));
    candidates.add(() -> priced(rows(contiguous, row)));
    if (!compact) {
      paddings().forEach(padding -> candidates.add(() -> priced(rows(contiguous, row + padding))));
      if (power != row) {
        candidates.add(() -> swizzled(way, rows(contiguous, power)));
        candidates.add(() -> swizzled(way, chunks(contiguous, even, 0)));
      }
      for (int chunk : chunks(row)) {
        candidates.add(() -> priced(chunks(contiguous, chunk, 0)));
        paddings().forEach(p -> candidates.add(() -> priced(chunks(contiguous, chunk, p))));
      }
    }
    Optional<SharedPlacement> best = known;
    for (Supplier<Optional<SharedPlacement>> candidate : candidates) {
      if (best.filter(b -> b.cost() <= way.leastCost()).isPresent()) {
        costsWithoutConflicts(way.leastCost());
        break;
      }
      Optional<SharedPlacement> next = candidate.get();
      next.filter(n -> n.conflicts() == 0).ifPresent(n -> costsWithoutConflicts(n.cost()));
      if (next.isPresent() && best.filter(b -> b.cost() <= next.get().cost()).isEmpty()) {
        best = next;
      }
    }
    return best;
  }

  private void costsWithoutConflicts(long cost) {
    withoutConflicts = OptionalLong.of(Math.min(cost, withoutConflicts.orElse(cost)));
  }

  /** A layout without a swizzle. */
  private record Plain(Layout memory, String description) {}

  private Optional<SharedPlacement> priced(Plain plain) {
    return SharedPlacement.priced(
        plain.memory(), plain.description(), buffer.dtype().bits(), uses, target);
  }

  private Optional<SharedPlacement> swizzled(Way way, Plain plain) {
    int bits = buffer.dtype().bits();
    if (!(Swizzles.best(plain.memory(), way.accesses(), bits / 8, target.sharedBanks())
        instanceof Result.Ok<SwizzleChoice>(SwizzleChoice choice))) {
      return Optional.empty();
    }
    String swizzle =
        choice.memory().equals(plain.memory())
            ? ""
            : choice.swizzle().map(s -> ", swizzle " + s).orElse(", XOR of higher offset bits");
    String description = plain.description() + swizzle;
    // The choice holds the counts already, unless the swizzle makes other accesses of the uses.
    boolean same = true;
    for (int i = 0; i < uses.size() && same; i++) {
      SharedAccess counted = way.accesses().get(i);
      same =
          uses.get(i)
              .access(choice.memory(), bits, target)
              .filter(a -> a.kind() == counted.kind() && a.elements() == counted.elements())
              .isPresent();
    }
    return same
        ? Optional.of(
            new SharedPlacement(
                choice.memory(),
                description,
                choice.costs().stream().map(c -> new AccessCount(c.access(), c.after())).toList()))
        : priced(new Plain(choice.memory(), description));
  }

  /** Rows of the contiguous dimension, one after the other. */
  private Plain rows(int contiguous, int pitch) {
    String order =
        contiguous == buffer.rank() - 1 ? "row-major" : "dimension " + contiguous + " contiguous";
    String padding =
        bytes(pitch - buffer.shape().get(contiguous))
            .map(bytes -> ", rows padded by " + bytes + " bytes")
            .orElse("");
    return new Plain(strided(contiguous, pitch), order + padding);
  }

  /**
   * Rows cut into chunks: first the first chunks of all rows, then the second ones, and so on.
   *
   * @param padding elements between the last row's chunk and the first one's next
   */
  private Plain chunks(int contiguous, int chunk, int padding) {
    int row = buffer.shape().get(contiguous);
    long step = buffer.elements() / row * chunk + padding;
    long[] strides = strides(contiguous, chunk);
    LayoutBuilder layout = Layout.into(Space.of(Axis.OFFSET, step * (row / chunk)));
    for (int d = 0; d < strides.length; d++) {
      int extent = d == contiguous ? chunk : buffer.shape().get(d);
      layout.digit(Axis.dim(d), extent, Axis.OFFSET, strides[d]);
      layout.digit(Axis.dim(d), buffer.shape().get(d) / extent, Axis.OFFSET, step);
    }
    String words =
        "dimension %d in chunks of %d bytes"
            .formatted(contiguous, chunk * buffer.dtype().bits() / 8);
    return new Plain(
        layout.build(),
        words + bytes(padding).map(bytes -> ", padded by " + bytes + " bytes each").orElse(""));
  }

  /** Vectors of a bank and more, up to the widest access, in elements. */
  private List<Integer> chunks(int row) {
    int bits = buffer.dtype().bits();
    List<Integer> chunks = new ArrayList<>();
    for (int bytes : target.vectorBytes()) {
      int elements = bytes * 8 / bits;
      boolean banks = bytes >= target.sharedBanks().bytesPerBank() && elements > 0;
      if (banks && elements < row && row % elements == 0) {
        chunks.add(elements);
      }
    }
    return chunks;
  }

  /** In elements: a bank, and vectors up to all banks. */
  private List<Integer> paddings() {
    int bits = buffer.dtype().bits();
    int bank = target.sharedBanks().bytesPerBank();
    int vector = target.vectorBytes().getLast();
    List<Integer> paddings = new ArrayList<>(List.of(Math.max(1, bank * 8 / bits)));
    for (int bytes = vector; bytes < target.sharedBanks().banks() * bank; bytes += vector) {
      paddings.add(bytes * 8 / bits);
    }
    return paddings;
  }

  /** Empty for none. */
  private Optional<Integer> bytes(int elements) {
    return Optional.of(elements * buffer.dtype().bits() / 8).filter(bytes -> bytes > 0);
  }

  /** Rows of the contiguous dimension, {@code pitch} elements apart, whole to the last. */
  private Layout strided(int contiguous, int pitch) {
    long[] strides = strides(contiguous, pitch);
    long size = buffer.elements() / buffer.shape().get(contiguous) * pitch;
    LayoutBuilder layout = Layout.into(Space.of(Axis.OFFSET, size));
    for (int d = 0; d < strides.length; d++) {
      layout.digit(Axis.dim(d), buffer.shape().get(d), Axis.OFFSET, strides[d]);
    }
    return layout.build();
  }

  /** Of rows {@code pitch} elements apart: the last of the other dimensions is the minor one. */
  private long[] strides(int contiguous, int pitch) {
    long[] strides = new long[buffer.rank()];
    strides[contiguous] = 1;
    long next = pitch;
    for (int d = buffer.rank() - 1; d >= 0; d--) {
      if (d != contiguous) {
        strides[d] = next;
        next *= buffer.shape().get(d);
      }
    }
    return strides;
  }
}
