package dev.tilewright.ir.pass;

import dev.tilewright.ir.Type;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.Sum;
import dev.tilewright.layout.analysis.BankConflicts;
import dev.tilewright.layout.analysis.SharedAccess;
import dev.tilewright.layout.analysis.SharedAccess.Kind;
import dev.tilewright.layout.analysis.SwizzleChoice;
import dev.tilewright.layout.analysis.Swizzles;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where the elements of one buffer lie, with what each access to it costs.
 *
 * @param memory (dim0, dim1, …) of one stage to offsets in elements
 * @param description of the layout, for the report
 * @param accesses what the accesses are and cost, in bank conflicts too
 */
record SharedPlacement(Layout memory, String description, List<AccessCount> accesses) {

  /** An access and its exact count over the warps of a block. */
  record AccessCount(SharedAccess access, BankConflicts count) {}

  /** Wavefronts and instructions, over all accesses. */
  private long cost() {
    return accesses.stream().mapToLong(a -> a.count().wavefronts() + a.count().requests()).sum();
  }

  long conflicts() {
    return accesses.stream().mapToLong(a -> a.count().conflicts()).sum();
  }

  /** The conflicts of every access, in words. */
  String proof() {
    return accesses.stream()
        .map(
            a ->
                "%s: %d bank conflicts in %d wavefronts"
                    .formatted(
                        a.access().name(), a.count().conflicts(), a.count().wavefronts()))
        .distinct()
        .collect(Collectors.joining("; "));
  }

  /**
   * The placement with the least cost. Each dimension may be the contiguous one, the others in
   * their order; those that need the fewest instructions are tried first, with the best XOR
   * swizzle, and with padded rows if that leaves conflicts or if the stages of a ring could not be
   * told apart after it.
   *
   * @param stage the type of one stage
   * @param stages how many there are
   */
  static SharedPlacement choose(
      Type.Shared stage, int stages, List<SharedUse> uses, Target target) {
    List<Order> orders = new ArrayList<>();
    for (int contiguous = stage.rank() - 1; contiguous >= 0; contiguous--) {
      Order.of(stage, contiguous, uses, target).ifPresent(orders::add);
    }
    orders.sort(Comparator.comparingLong(Order::leastCost));
    SharedPlacement best = null;
    for (Order order : orders) {
      if (best != null && best.cost() <= order.leastCost()) {
        break;
      }
      SharedPlacement candidate = choose(order, stage, stages, uses, target);
      if (best == null || candidate.cost() < best.cost()) {
        best = candidate;
      }
    }
    return best != null ? best : plain(stage);
  }

  /**
   * An order of the dimensions, with what the accesses become in it.
   *
   * @param leastCost the cost if no access has conflicts
   */
  private record Order(
      int contiguous, Layout memory, List<SharedAccess> accesses, long leastCost) {

    static Optional<Order> of(
        Type.Shared stage, int contiguous, List<SharedUse> uses, Target target) {
      Layout memory = strided(stage, contiguous, 0);
      return SharedPlacement.accesses(memory, stage, uses, target)
          .map(
              accesses -> {
                long cost = 0;
                for (SharedAccess access : accesses) {
                  boolean rows = access.kind() == Kind.ROWS;
                  long requests =
                      access.points().domain().extent(Axis.REGISTER)
                          * access.points().domain().extent(Axis.WARP)
                          / (rows ? 1 : access.elements());
                  int bytes = access.elements() * stage.dtype().bits() / 8;
                  cost += requests * (1 + target.sharedBanks().phasesOf(bytes).size());
                }
                return new Order(contiguous, memory, accesses, cost);
              });
    }
  }

  private static SharedPlacement choose(
      Order order, Type.Shared stage, int stages, List<SharedUse> uses, Target target) {
    Optional<SharedPlacement> swizzled = swizzled(order, stage, stages, uses, target);
    SharedPlacement best = swizzled.orElse(null);
    if (best == null || best.conflicts() > 0) {
      for (int padding : paddings(stage, target)) {
        Optional<SharedPlacement> padded =
            padded(stage, order.contiguous(), padding, uses, target);
        if (padded.isPresent() && (best == null || padded.get().cost() < best.cost())) {
          best = padded.get();
        }
        if (best != null && best.conflicts() == 0) {
          break;
        }
      }
    }
    return best != null ? best : plain(stage);
  }

  /** A buffer of rank 0, or one that nobody uses. */
  private static SharedPlacement plain(Type.Shared stage) {
    return new SharedPlacement(
        Layout.rowMajor(stage.shape().stream().mapToLong(Integer::longValue).toArray()),
        "row-major",
        List.of());
  }

  private static Optional<SharedPlacement> swizzled(
      Order order, Type.Shared stage, int stages, List<SharedUse> uses, Target target) {
    Layout memory = order.memory();
    int contiguous = order.contiguous();
    int bytes = stage.dtype().bits() / 8;
    if (!(Swizzles.best(memory, order.accesses(), bytes, target.sharedBanks())
        instanceof Result.Ok<SwizzleChoice>(SwizzleChoice choice))) {
      return Optional.empty();
    }
    boolean moved = !choice.memory().equals(memory);
    if (moved && stages > 1 && Long.bitCount(memory.codomain().size()) != 1) {
      return Optional.empty();
    }
    if (moved && accesses(choice.memory(), stage, uses, target).isEmpty()) {
      return Optional.empty();
    }
    String swizzle =
        !moved
            ? ""
            : choice.swizzle().map(s -> ", swizzle " + s).orElse(", XOR of higher offset bits");
    return Optional.of(
        new SharedPlacement(
            choice.memory(),
            describe(stage, contiguous) + swizzle,
            choice.costs().stream().map(c -> new AccessCount(c.access(), c.after())).toList()));
  }

  private static Optional<SharedPlacement> padded(
      Type.Shared stage, int contiguous, int padding, List<SharedUse> uses, Target target) {
    Layout memory = strided(stage, contiguous, padding);
    int bytes = stage.dtype().bits() / 8;
    return accesses(memory, stage, uses, target)
        .map(
            accesses ->
                new SharedPlacement(
                    memory,
                    describe(stage, contiguous)
                        + (padding == 0
                            ? ""
                            : ", rows padded by %d bytes".formatted(padding * bytes)),
                    accesses.stream()
                        .map(a -> new AccessCount(a, count(memory, a, bytes, target)))
                        .toList()));
  }

  private static BankConflicts count(Layout memory, SharedAccess access, int bytes, Target target) {
    Layout addresses = memory.compose(access.points()).orThrow();
    return access.kind() == Kind.ROWS
        ? BankConflicts.ofRows(addresses, bytes, access.elements(), target.sharedBanks())
        : BankConflicts.wavefronts(addresses, bytes, access.elements(), target.sharedBanks());
  }

  private static Optional<List<SharedAccess>> accesses(
      Layout memory, Type.Shared stage, List<SharedUse> uses, Target target) {
    List<SharedAccess> accesses = new ArrayList<>();
    for (SharedUse use : uses) {
      Optional<SharedAccess> access = use.access(memory, stage.dtype().bits(), target);
      if (access.isEmpty()) {
        return Optional.empty();
      }
      accesses.add(access.get());
    }
    return Optional.of(accesses);
  }

  /** Paddings of a row to try, in elements: none, one bank, and vectors up to all banks. */
  private static List<Integer> paddings(Type.Shared stage, Target target) {
    int bits = stage.dtype().bits();
    int bank = target.sharedBanks().bytesPerBank();
    int vector = target.vectorBytes().getLast();
    List<Integer> paddings = new ArrayList<>(List.of(0, Math.max(1, bank * 8 / bits)));
    for (int bytes = vector; bytes < target.sharedBanks().banks() * bank; bytes += vector) {
      paddings.add(bytes * 8 / bits);
    }
    return paddings;
  }

  private static Layout strided(Type.Shared stage, int contiguous, int padding) {
    int rank = stage.rank();
    long[] shape = stage.shape().stream().mapToLong(Integer::longValue).toArray();
    long[] strides = new long[rank];
    strides[contiguous] = 1;
    long next = shape[contiguous] + padding;
    for (int d = rank - 1; d >= 0; d--) {
      if (d != contiguous) {
        strides[d] = next;
        next *= shape[d];
      }
    }
    return Layout.strided(shape, strides);
  }

  private static String describe(Type.Shared stage, int contiguous) {
    return contiguous == stage.rank() - 1
        ? "row-major"
        : "dimension " + contiguous + " contiguous";
  }

  // ---------------------------------------------------------------- rings

  /**
   * The layout of a ring of such stages: dimension 0 counts them.
   *
   * @param vector the elements of the widest access, at whose multiples stages start
   */
  Layout ring(int stages, int vector) {
    Map<Axis, Axis> names = new LinkedHashMap<>();
    for (int d = 0; d < memory.domain().rank(); d++) {
      names.put(Axis.dim(d), Axis.dim(d + 1));
    }
    Layout stage = memory.rename(names);
    long size = stage.codomain().extent(Axis.OFFSET);
    if (memory.sum() == Sum.XOR) {
      // The stage has a power of two of elements (see swizzled), so that no bits meet.
      return Layout.into(Space.of(Axis.OFFSET, stages))
          .digit(Axis.dim(0), stages, Axis.OFFSET, 1)
          .build()
          .product(stage);
    }
    long step = Math.ceilDiv(size, vector) * vector;
    LayoutBuilder ring =
        Layout.into(Space.of(Axis.OFFSET, step * (stages - 1) + size))
            .digit(Axis.dim(0), stages, Axis.OFFSET, step);
    stage.digits().forEach(ring::digit);
    return ring.build();
  }
}
