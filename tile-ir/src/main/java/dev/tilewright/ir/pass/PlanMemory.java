package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Rewriter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.analysis.BulkTile;
import dev.tilewright.ir.analysis.Divisibility;
import dev.tilewright.ir.analysis.GlobalAccess;
import dev.tilewright.ir.pass.Lifetimes.Lifetime;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.analysis.SharedAccess.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Decides where every element of shared memory lies.
 *
 * <p>Gives each buffer the layout that serves all its accesses with the fewest bank conflicts
 * ({@link PlacementSearch}; the report holds the exact count of each access), stages of a ring one
 * after the other; then each buffer its place, at multiples of {@value #ALIGNMENT} bytes: buffers
 * share bytes when the last use of one comes before the allocation of the other, and barriers are
 * added where that needs them ({@link Barriers}). Refuses with {@code TW-C015} what does not fit,
 * naming every buffer in use at the fullest moment, and with {@code TW-C017} factors of warp
 * groups' products that no matrix descriptor can describe.
 */
public final class PlanMemory implements Pass {
  private static final int ALIGNMENT = 128;
  private static final int MBARRIER_BYTES = 8;

  @Override
  public KernelFunction run(KernelFunction function, PassContext context) {
    Map<Value, Buffer> buffers = new Plan(this, function, context).buffers();
    int bytes = 0;
    for (Buffer buffer : buffers.values()) {
      bytes = Math.max(bytes, Math.toIntExact(buffer.offset() + buffer.bytes()));
    }
    int barriers = Math.ceilDiv(bytes, MBARRIER_BYTES) * MBARRIER_BYTES;
    KernelFunction placed = rewrite(function, buffers, barriers);
    bytes = barrierBytes(function) == 0 ? bytes : barriers + barrierBytes(function);
    KernelFunction.Launch launch = function.launch().orElseThrow();
    return Barriers.place(placed, (a, b) -> of(a, buffers).shares(of(b, buffers)))
        .withLaunch(
            new KernelFunction.Launch(launch.target(), launch.warps(), bytes, launch.cluster()));
  }

  /**
   * A buffer with its place.
   *
   * @param layout of the whole
   * @param stage of one slice
   * @param lanesReversed whether the copies to it have other lanes side by side than they had
   */
  private record Buffer(
      Op.SharedAlloc alloc,
      Layout layout,
      Layout stage,
      SharedPlacement placement,
      boolean lanesReversed,
      Lifetime lifetime,
      int alignment,
      long bytes,
      long offset) {

    Buffer at(long newOffset) {
      return new Buffer(
          alloc, layout, stage, placement, lanesReversed, lifetime, alignment, bytes, newOffset);
    }

    boolean shares(Buffer other) {
      return offset < other.offset + other.bytes && other.offset < offset + bytes;
    }

    @Override
    public String toString() {
      Type.Shared type = alloc.result().shared();
      return "%d bytes for %s of %s made at %s"
          .formatted(bytes, type.shape(), type.dtype().name(), alloc.location());
    }
  }

  /** The value's type without what this pass writes into it: how buffers are known. */
  private static Value untyped(Value value) {
    Type.Shared type = value.shared();
    return new Value(value.id(), new Type.Shared(type.shape(), type.dtype()));
  }

  private static Buffer of(Value alloc, Map<Value, Buffer> buffers) {
    return Objects.requireNonNull(buffers.get(untyped(alloc)));
  }

  private static int barrierBytes(KernelFunction function) {
    return Traversal.ops(function)
        .filter(AsyncOp.MbarrierCreate.class::isInstance)
        .mapToInt(op -> MBARRIER_BYTES * ((Type.Mbarriers) op.results().getFirst().type()).count())
        .sum();
  }

  private static KernelFunction rewrite(
      KernelFunction function, Map<Value, Buffer> buffers, int barriers) {
    Set<Value> reversed = new HashSet<>();
    int[] nextBarrier = {barriers};
    return Rewriter.rewrite(
        function,
        (op, rewriter) -> {
          switch (op) {
            case Op.SharedAlloc alloc -> {
              Buffer buffer = of(alloc.result(), buffers);
              Value placed =
                  new Value(
                      alloc.result().id(), alloc.result().shared().withLayout(buffer.layout()));
              rewriter
                  .out()
                  .add(
                      new Op.SharedAlloc(
                          placed,
                          OptionalInt.of(Math.toIntExact(buffer.offset())),
                          alloc.location()));
              if (!placed.equals(alloc.result())) {
                rewriter.replace(alloc.result(), placed);
              }
            }
            case Op.SharedSlice slice -> {
              Buffer buffer = of(slice.shared(), buffers);
              Value placed =
                  new Value(
                      slice.result().id(), slice.result().shared().withLayout(buffer.stage()));
              rewriter
                  .out()
                  .add(new Op.SharedSlice(placed, slice.shared(), slice.index(), slice.location()));
              if (buffer.lanesReversed()) {
                reversed.add(placed);
              }
              if (!placed.equals(slice.result())) {
                rewriter.replace(slice.result(), placed);
              }
            }
            case Op.CopyAsync copy when reversed.contains(copy.shared()) ->
                rewriter
                    .out()
                    .add(
                        new Op.CopyAsync(
                            copy.shared(),
                            copy.tensor(),
                            copy.offsets(),
                            copy.bounds(),
                            copy.layout().map(RegisterLayouts::withLanesReversed),
                            copy.location()));
            case AsyncOp.MbarrierCreate create -> {
              rewriter
                  .out()
                  .add(
                      new AsyncOp.MbarrierCreate(
                          create.result(),
                          create.arrivals(),
                          OptionalInt.of(nextBarrier[0]),
                          create.location()));
              Type.Mbarriers type = (Type.Mbarriers) create.result().type();
              nextBarrier[0] += MBARRIER_BYTES * type.count();
            }
            default -> rewriter.keep(op);
          }
        });
  }

  /** The decisions, before anything is rewritten. */
  private static final class Plan {
    private final PlanMemory pass;
    private final KernelFunction function;
    private final Divisibility divisibility;
    private final PassContext context;
    private final Target target;
    private final Map<Value, Lifetime> lifetimes;
    private final Map<Value, Op.SharedAlloc> allocs = new LinkedHashMap<>();

    /** The allocation that a slice is part of. */
    private final Map<Value, Value> slices = new HashMap<>();

    /** The buffers that bulk copies fill or empty, which decide where the elements lie. */
    private final Map<Value, List<BulkTile>> bulk = new HashMap<>();

    private final Set<Value> copiedInBulk = new HashSet<>();

    /** The dimensions along which buffers may lie that products read and no bulk copy fills. */
    private final Map<Value, List<Integer>> factors = new LinkedHashMap<>();

    /** The dimension along which transfers of asynchronous copies lie, by buffer. */
    private final Map<Value, Integer> copiedTo = new HashMap<>();

    private final Map<Value, Set<SharedUse>> wholeUses = new HashMap<>();
    private final Map<Value, Set<SharedUse>> sliceUses = new HashMap<>();

    Plan(PlanMemory pass, KernelFunction function, PassContext context) {
      this.pass = pass;
      this.function = function;
      this.divisibility = Divisibility.of(function);
      this.context = context;
      this.target = context.target();
      this.lifetimes = Lifetimes.of(function);
      Traversal.ops(function).forEach(this::collect);
      factors.forEach(this::layFactor);
    }

    /** As matrix descriptors can say, though threads fill it. */
    private void layFactor(Value alloc, List<Integer> units) {
      if (bulk.containsKey(alloc)) {
        return;
      }
      Type.Shared type = alloc.shared();
      List<Integer> shape =
          slices.containsValue(alloc) ? type.shape().subList(1, type.rank()) : type.shape();
      List<BulkTile> tiles = new ArrayList<>();
      for (int unit : units) {
        if (copiedTo.getOrDefault(alloc, unit) != unit) {
          continue;
        }
        if (BulkTile.all(shape, unit, type.dtype(), target.warpSpecialization().orElseThrow())
            instanceof Result.Ok<List<BulkTile>>(List<BulkTile> found)) {
          tiles.addAll(found);
        }
      }
      if (tiles.isEmpty()) {
        throw new CompileException(
            "TW-C017",
            Objects.requireNonNull(allocs.get(alloc)).location(),
            ("no layout of %s of %s lets warp groups find the factor of a product in it; use rows"
                    + " of a multiple of 32 bytes")
                .formatted(shape, type.dtype().name()));
      }
      bulk.put(alloc, tiles);
    }

    /**
     * @param unit the buffer's dimension along which k runs
     */
    private void factor(Value shared, int unit, boolean either) {
      Value alloc = slices.getOrDefault(shared, shared);
      List<Integer> units = either ? List.of(unit, 1 - unit) : List.of(unit);
      factors.merge(alloc, units, (x, y) -> x.stream().filter(y::contains).toList());
    }

    private void collect(Op op) {
      switch (op) {
        case Op.SharedAlloc alloc -> allocs.put(alloc.result(), alloc);
        case Op.SharedSlice slice -> {
          if (!allocs.containsKey(slice.shared())) {
            throw new CompileException(
                "TW-C016",
                slice.location(),
                "this slices a slice; slice the allocation itself, with as many buffers as needed");
          }
          slices.put(slice.result(), slice.shared());
        }
        case Op.SharedLoad load ->
            use(load.shared(), Kind.READ, load.result().tile().layout().orElseThrow(), 0);
        case Op.SharedStore store ->
            use(store.shared(), Kind.WRITE, store.value().tile().layout().orElseThrow(), 0);
        case Op.CopyAsync copy -> {
          GlobalAccess access = GlobalAccess.of(function, copy).orElseThrow();
          int transfer =
              AsyncCopies.transferElements(access, divisibility, target)
                  .orElseThrow(() -> new IllegalStateException("no transfer is aligned: " + copy));
          use(copy.shared(), Kind.WRITE, copy.layout().orElseThrow(), transfer);
          copiedTo.put(slices.getOrDefault(copy.shared(), copy.shared()), access.unit());
        }
        case AsyncOp.MmaAsync mma -> {
          boolean either = target.groupMma(mma.instruction()).orElseThrow().otherMajor();
          if (!mma.a().isTile()) {
            factor(mma.a(), mma.transposeA() ? 0 : 1, either);
          }
          factor(mma.b(), mma.transposeB() ? 1 : 0, either);
        }
        case AsyncOp.BulkLoad load -> copied(load.shared(), load.tensor());
        case AsyncOp.BulkStore store -> copied(store.shared(), store.tensor());
        default -> {}
      }
    }

    private void copied(Value shared, Value tensor) {
      Type.Shared type = shared.shared();
      copiedInBulk.add(slices.getOrDefault(shared, shared));
      bulk.put(
          slices.getOrDefault(shared, shared),
          BulkTile.all(
                  type.shape(),
                  function.tensorOf(tensor).unitDimension(),
                  type.dtype(),
                  target.warpSpecialization().orElseThrow())
              .orThrow());
    }

    private void use(Value shared, Kind kind, Layout registers, int transfer) {
      Value alloc = slices.get(shared);
      Map<Value, Set<SharedUse>> uses = alloc == null ? wholeUses : sliceUses;
      uses.computeIfAbsent(alloc == null ? shared : alloc, _ -> new LinkedHashSet<>())
          .add(new SharedUse(kind, registers, transfer));
    }

    /** With padding where that avoids bank conflicts, or without if only that fits. */
    Map<Value, Buffer> buffers() {
      Map<Value, Buffer> placed = buffers(false);
      if (end(placed) > target.sharedBytesPerBlock()) {
        placed = buffers(true);
        checkBudget(placed);
      }
      placed.values().forEach(this::report);
      return placed;
    }

    private Map<Value, Buffer> buffers(boolean compact) {
      return place(allocs.values().stream().map(alloc -> layOut(alloc, compact)).toList());
    }

    private long end(Map<Value, Buffer> buffers) {
      long end = buffers.values().stream().mapToLong(b -> b.offset() + b.bytes()).max().orElse(0);
      return end + barrierBytes(function);
    }

    private void report(Buffer buffer) {
      Type.Shared type = buffer.alloc().result().shared();
      context
          .report()
          .note(
              pass,
              buffer.alloc().location(),
              "%s of %s in shared memory at %d: %s; %s"
                  .formatted(
                      type.shape(),
                      type.dtype().name(),
                      buffer.offset(),
                      buffer.placement().description(),
                      buffer.placement().proof()));
    }

    private Buffer layOut(Op.SharedAlloc alloc, boolean compact) {
      Type.Shared type = alloc.result().shared();
      List<BulkTile> boxes = bulk.get(alloc.result());
      if (boxes != null) {
        return layOut(alloc, boxes);
      }
      List<SharedUse> whole = List.copyOf(wholeUses.getOrDefault(alloc.result(), Set.of()));
      List<SharedUse> sliced = List.copyOf(sliceUses.getOrDefault(alloc.result(), Set.of()));
      Layout layout;
      Layout stage;
      SharedPlacement placement;
      boolean reversed = false;
      if (!sliced.isEmpty() && whole.isEmpty()) {
        int stages = type.shape().getFirst();
        Type.Shared stageType = new Type.Shared(type.shape().subList(1, type.rank()), type.dtype());
        placement = new PlacementSearch(stageType, sliced, target, compact).best();
        if (placement.conflicts() > 0) {
          List<SharedUse> others = sliced.stream().map(SharedUse::withLanesReversed).toList();
          SharedPlacement other = new PlacementSearch(stageType, others, target, compact).best();
          reversed = other.cost() < placement.cost();
          placement = reversed ? other : placement;
        }
        int vector = Math.max(1, target.vectorBytes().getLast() * 8 / type.dtype().bits());
        layout = placement.ring(stages, vector);
        stage = sliceOf(layout);
      } else {
        List<SharedUse> uses = sliced.isEmpty() ? whole : List.of();
        placement = new PlacementSearch(type, uses, target, compact).best();
        layout = placement.memory();
        stage = sliced.isEmpty() ? layout : sliceOf(layout);
      }
      long bytes = Math.ceilDiv(layout.codomain().size() * type.dtype().bits(), 8L);
      Lifetime lifetime = Objects.requireNonNull(lifetimes.get(alloc.result()));
      return new Buffer(alloc, layout, stage, placement, reversed, lifetime, ALIGNMENT, bytes, 0);
    }

    /**
     * Operands of products that bulk copies fill, which are found best in the longest lines; or
     * what threads read or write, as the fewest bank conflicts are, in the longest lines among
     * those.
     */
    private Buffer layOut(Op.SharedAlloc alloc, List<BulkTile> candidates) {
      Type.Shared type = alloc.result().shared();
      boolean isRing = type.rank() > candidates.getFirst().shape().size();
      List<SharedUse> uses =
          List.copyOf((isRing ? sliceUses : wholeUses).getOrDefault(alloc.result(), Set.of()));
      BulkTile boxes =
          factors.containsKey(alloc.result()) && copiedInBulk.contains(alloc.result())
              ? candidates.getFirst()
              : candidates.stream()
                  .min(
                      Comparator.comparing(
                              (BulkTile tile) -> !SharedPlacement.isPossible(tile, uses, target))
                          .thenComparing(
                              tile -> SharedPlacement.given(tile, uses, target).conflicts()))
                  .orElseThrow();
      Layout ring = isRing ? boxes.ring(type.shape().getFirst()) : boxes.layout();
      SharedPlacement placement = SharedPlacement.given(boxes, uses, target);
      long bytes = ring.codomain().size() * boxes.dtype().bits() / Byte.SIZE;
      Lifetime lifetime = Objects.requireNonNull(lifetimes.get(alloc.result()));
      int alignment = Math.max(ALIGNMENT, boxes.alignment());
      return new Buffer(
          alloc, ring, boxes.layout(), placement, false, lifetime, alignment, bytes, 0);
    }

    /** The layout of one slice, the first of them. */
    private static Layout sliceOf(Layout whole) {
      Map<Axis, Axis> names = new LinkedHashMap<>();
      for (int d = 1; d < whole.domain().rank(); d++) {
        names.put(Axis.dim(d), Axis.dim(d - 1));
      }
      return whole.slice(Axis.dim(0), 0).rename(names);
    }

    /** First fit, the largest first: each at the lowest offset that is free all its life. */
    private static Map<Value, Buffer> place(List<Buffer> unplaced) {
      List<Buffer> largestFirst = new ArrayList<>(unplaced);
      largestFirst.sort(Comparator.comparingLong(Buffer::bytes).reversed());
      List<Buffer> placed = new ArrayList<>();
      for (Buffer buffer : largestFirst) {
        Buffer candidate = buffer;
        boolean moved = true;
        while (moved) {
          moved = false;
          for (Buffer other : placed) {
            if (other.lifetime().overlaps(candidate.lifetime()) && other.shares(candidate)) {
              long end = other.offset() + other.bytes();
              candidate =
                  candidate.at(Math.ceilDiv(end, candidate.alignment()) * candidate.alignment());
              moved = true;
            }
          }
        }
        placed.add(candidate);
      }
      Map<Value, Buffer> byAlloc = new LinkedHashMap<>();
      placed.forEach(buffer -> byAlloc.put(untyped(buffer.alloc().result()), buffer));
      return byAlloc;
    }

    private void checkBudget(Map<Value, Buffer> buffers) {
      long end = end(buffers);
      if (end <= target.sharedBytesPerBlock()) {
        return;
      }
      Buffer highest =
          buffers.values().stream()
              .max(Comparator.comparingLong(b -> b.offset() + b.bytes()))
              .orElseThrow();
      String held =
          buffers.values().stream()
              .filter(b -> b.lifetime().overlaps(highest.lifetime()))
              .map(Buffer::toString)
              .collect(Collectors.joining("; "));
      throw new CompileException(
          "TW-C015",
          highest.alloc().location(),
          ("the kernel needs %d bytes of shared memory, a block of %s has %d. In use at once: %s."
                  + " Use smaller tiles or fewer stages")
              .formatted(end, target.name(), target.sharedBytesPerBlock(), held));
    }
  }
}
