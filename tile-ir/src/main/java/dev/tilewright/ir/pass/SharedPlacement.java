package dev.tilewright.ir.pass;

import dev.tilewright.ir.Type;
import dev.tilewright.ir.analysis.BulkTile;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
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
import java.util.function.Supplier;
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
  long cost() {
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
                    .formatted(a.access().name(), a.count().conflicts(), a.count().wavefronts()))
        .distinct()
        .collect(Collectors.joining("; "));
  }

  /**
   * The placement with the least cost. Each dimension may be the contiguous one, the others in
   * their order; those that need the fewest instructions are tried first, with the best XOR
   * swizzle. If that leaves conflicts, rows are padded, by some bytes or, under a swizzle, to a
   * power of two.
   *
   * @param uses all accesses
   * @param compact whether nothing may be padded
   */
  static SharedPlacement choose(
      Type.Shared buffer, List<SharedUse> uses, Target target, boolean compact) {
    List<Order> orders = new ArrayList<>();
    for (int contiguous = buffer.rank() - 1; contiguous >= 0; contiguous--) {
      Order.of(buffer, contiguous, uses, target).ifPresent(orders::add);
    }
    orders.sort(Comparator.comparingLong(Order::leastCost));
    SharedPlacement best = null;
    for (Order order : orders) {
      if (best != null && best.cost() <= order.leastCost()) {
        break;
      }
      SharedPlacement candidate = new Search(buffer, order, uses, target).best(compact);
      if (best == null || candidate.cost() < best.cost()) {
        best = candidate;
      }
    }
    return best != null ? best : plain(buffer);
  }

  /**
   * An order of the dimensions, with what the accesses become in it.
   *
   * @param leastCost the cost if no access has conflicts
   */
  private record Order(int contiguous, List<SharedAccess> accesses, long leastCost) {

    static Optional<Order> of(
        Type.Shared buffer, int contiguous, List<SharedUse> uses, Target target) {
      Layout memory = strided(buffer, contiguous, buffer.shape().get(contiguous));
      return SharedPlacement.accesses(memory, buffer, uses, target)
          .map(
              accesses -> {
                long cost = 0;
                for (SharedAccess access : accesses) {
                  boolean rows = access.kind() == Kind.ROWS;
                  long requests =
                      access.points().domain().extent(Axis.REGISTER)
                          * access.points().domain().extent(Axis.WARP)
                          / (rows ? 1 : access.elements());
                  int bytes = access.elements() * buffer.dtype().bits() / 8;
                  cost += requests * (1 + target.sharedBanks().phasesOf(bytes).size());
                }
                return new Order(contiguous, accesses, cost);
              });
    }
  }

  /** The placements in one order of the dimensions. */
  private record Search(Type.Shared buffer, Order order, List<SharedUse> uses, Target target) {

    SharedPlacement best(boolean compact) {
      int row = buffer.shape().get(order.contiguous());
      int power = Integer.highestOneBit(2 * row - 1);
      List<Supplier<Optional<SharedPlacement>>> candidates = new ArrayList<>();
      candidates.add(() -> swizzled(row));
      candidates.add(() -> padded(0));
      if (!compact) {
        paddings().forEach(padding -> candidates.add(() -> padded(padding)));
        if (power != row) {
          candidates.add(() -> swizzled(power));
        }
      }
      SharedPlacement best = null;
      for (Supplier<Optional<SharedPlacement>> candidate : candidates) {
        if (best != null && best.conflicts() == 0) {
          break;
        }
        Optional<SharedPlacement> next = candidate.get();
        if (next.isPresent() && (best == null || next.get().cost() < best.cost())) {
          best = next.get();
        }
      }
      return best != null ? best : plain(buffer);
    }

    private Optional<SharedPlacement> swizzled(int pitch) {
      Layout memory = strided(buffer, order.contiguous(), pitch);
      int bytes = buffer.dtype().bits() / 8;
      if (!(Swizzles.best(memory, order.accesses(), bytes, target.sharedBanks())
          instanceof Result.Ok<SwizzleChoice>(SwizzleChoice choice))) {
        return Optional.empty();
      }
      // What the accesses become must not change, for they were counted.
      boolean same =
          accesses(choice.memory(), buffer, uses, target)
              .filter(accesses -> elements(accesses).equals(elements(order.accesses())))
              .isPresent();
      if (!same) {
        return Optional.empty();
      }
      String swizzle =
          choice.memory().equals(memory)
              ? ""
              : choice.swizzle().map(s -> ", swizzle " + s).orElse(", XOR of higher offset bits");
      return Optional.of(
          new SharedPlacement(
              choice.memory(),
              describe(pitch) + swizzle,
              choice.costs().stream().map(c -> new AccessCount(c.access(), c.after())).toList()));
    }

    private static List<Integer> elements(List<SharedAccess> accesses) {
      return accesses.stream().map(SharedAccess::elements).toList();
    }

    private Optional<SharedPlacement> padded(int padding) {
      int pitch = buffer.shape().get(order.contiguous()) + padding;
      Layout memory = strided(buffer, order.contiguous(), pitch);
      int bytes = buffer.dtype().bits() / 8;
      return accesses(memory, buffer, uses, target)
          .map(
              accesses ->
                  new SharedPlacement(
                      memory,
                      describe(pitch),
                      accesses.stream()
                          .map(a -> new AccessCount(a, count(memory, a, bytes, target)))
                          .toList()));
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

    private String describe(int pitch) {
      int padding = (pitch - buffer.shape().get(order.contiguous())) * buffer.dtype().bits() / 8;
      return (order.contiguous() == buffer.rank() - 1
              ? "row-major"
              : "dimension " + order.contiguous() + " contiguous")
          + (padding == 0 ? "" : ", rows padded by " + padding + " bytes");
    }
  }

  /** The placement that bulk copies decide about. */
  static SharedPlacement given(BulkTile boxes, List<SharedUse> uses, Target target) {
    Type.Shared buffer = new Type.Shared(boxes.shape(), boxes.dtype());
    int bytes = boxes.dtype().bits() / Byte.SIZE;
    List<AccessCount> counts =
        accesses(boxes.layout(), buffer, uses, target).orElse(List.of()).stream()
            .map(a -> new AccessCount(a, count(boxes.layout(), a, bytes, target)))
            .toList();
    return new SharedPlacement(
        boxes.layout(),
        "lines of %d bytes along dimension %d, swizzle %s"
            .formatted(
                boxes.copy().swizzle().lineBytes(), boxes.unit(), boxes.copy().swizzle().swizzle()),
        counts);
  }

  /** A buffer of rank 0, or one that nobody uses. */
  private static SharedPlacement plain(Type.Shared buffer) {
    return new SharedPlacement(
        Layout.rowMajor(buffer.shape().stream().mapToLong(Integer::longValue).toArray()),
        "row-major",
        List.of());
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

  /** Rows of the contiguous dimension, {@code pitch} elements apart, whole to the last. */
  private static Layout strided(Type.Shared buffer, int contiguous, int pitch) {
    long[] strides = new long[buffer.rank()];
    strides[contiguous] = 1;
    long next = pitch;
    for (int d = buffer.rank() - 1; d >= 0; d--) {
      if (d != contiguous) {
        strides[d] = next;
        next *= buffer.shape().get(d);
      }
    }
    LayoutBuilder layout = Layout.into(Space.of(Axis.OFFSET, next));
    for (int d = 0; d < strides.length; d++) {
      layout.digit(Axis.dim(d), buffer.shape().get(d), Axis.OFFSET, strides[d]);
    }
    return layout.build();
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
    if (memory.sum() == Sum.INTEGER) {
      long step = Math.ceilDiv(size, vector) * vector;
      LayoutBuilder ring =
          Layout.into(Space.of(Axis.OFFSET, step * stages))
              .digit(Axis.dim(0), stages, Axis.OFFSET, step);
      stage.digits().forEach(ring::digit);
      return ring.build();
    }
    // Bits of stage and element must not meet: stages lie below the highest odd digit if there is
    // one, and below nothing if the stage has a power of two of elements.
    long top = Long.lowestOneBit(size);
    long power = Long.highestOneBit(2L * stages - 1);
    boolean splits =
        stage.digits().stream().allMatch(d -> Long.bitCount(d.extent()) == 1 || oddPart(d) == top);
    long step = splits ? top : Long.highestOneBit(2 * size - 1);
    LayoutBuilder ring =
        Layout.into(
                Space.of(
                    Axis.OFFSET,
                    splits ? ((size / top - 1) * power + stages) * top : step * stages))
            .xor()
            .digit(Axis.dim(0), stages, Axis.OFFSET, step);
    for (Digit digit : stage.digits()) {
      long odd = splits ? digit.extent() / Long.lowestOneBit(digit.extent()) : 1;
      long even = digit.extent() / odd;
      ring.digit(digit.axis(), even, Axis.OFFSET, digit.stride(Axis.OFFSET));
      ring.digit(digit.axis(), odd, Axis.OFFSET, digit.stride(Axis.OFFSET) * even * power);
    }
    return ring.build();
  }

  /** What one step of the digit's odd part moves by. */
  private static long oddPart(Digit digit) {
    return digit.stride(Axis.OFFSET) * Long.lowestOneBit(digit.extent());
  }
}
