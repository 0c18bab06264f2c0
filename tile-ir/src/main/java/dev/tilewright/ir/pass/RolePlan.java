package dev.tilewright.ir.pass;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Uses;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.ir.analysis.BulkTile;
import dev.tilewright.ir.target.GroupMma;
import dev.tilewright.ir.target.WarpSpecialization;
import dev.tilewright.layout.Reason;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.SizeExpr;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/** Whether and how {@link PartitionWarps} cuts a function into roles. */
sealed interface RolePlan {

  /**
   * The function stays whole.
   *
   * @param reason half a sentence
   */
  record Refused(Location location, String reason) implements RolePlan {}

  /**
   * A load that becomes a bulk copy.
   *
   * @param tile how it is copied
   * @param parts the blocks of a cluster that load the same, or 1
   */
  record Stream(Op.Load load, BulkTile tile, int parts) {}

  /**
   * Streams that travel together: a tuple of one aref.
   *
   * @param loop the loop that they stand in
   * @param firstUse the operation of the loop's body that uses one of them first
   * @param lastUse the one that uses one of them last
   */
  record Channel(Op.For loop, List<Stream> streams, Op firstUse, Op lastUse) {
    long bytes() {
      return streams.stream().mapToLong(s -> s.tile().slotBytes()).sum();
    }
  }

  /**
   * A product that warp groups compute from shared memory.
   *
   * @param a where the first operand comes from; empty if it is in registers
   */
  record Product(Op.Mma mma, Optional<Operand> a, Operand b, String instruction) {}

  /**
   * An operand in shared memory.
   *
   * @param transposed whether the buffer holds the transpose of the operand
   */
  record Operand(Stream stream, boolean transposed) {}

  /**
   * A loop over tiles, two at a time, for two consumers.
   *
   * @param tiles the loop: its body without {@code second} is the first consumer's
   * @param second what the second does
   */
  record Turns(Op.For tiles, Op.If second) {}

  /**
   * A loop over tiles whose numbers are fetched from a counter and read by all threads ({@link
   * ScheduleGrid} writes it).
   *
   * @param tiles the loop
   * @param buffer what the number travels through
   * @param load where the threads read it
   * @param barriers around that
   */
  record Numbers(
      Op.While tiles,
      WorkspaceOp.FetchIncrement fetch,
      Op.SharedAlloc buffer,
      Op.SharedLoad load,
      List<Op> barriers) {

    /** Whether the operation is how numbers come to the threads of a block with one role. */
    boolean holds(Op op) {
      return op == fetch
          || op == buffer
          || op == load
          || barriers.stream().anyMatch(barrier -> op == barrier);
    }
  }

  /**
   * The role that has computed tiles copied out.
   *
   * @param slice what the role executes, by one thread
   * @param warps of the role
   * @param registers of its threads; empty: as launched
   */
  record Storer(ProducerSlice slice, int warps, OptionalInt registers) {}

  /**
   * The cut.
   *
   * @param groups warp groups of each consumer
   * @param turns two consumers in turn; empty: one
   * @param numbers how tiles' numbers are fetched; empty: every block counts for itself
   * @param storer what a role does that has computed tiles copied out; empty: consumers do it
   * @param registers of the producer's and the consumer's threads; empty: as launched
   */
  record Split(
      List<Channel> channels,
      Map<Op.Mma, Product> products,
      Map<Op.Load, Channel> channelOf,
      Map<Op.Store, BulkTile> stores,
      ProducerSlice slice,
      int depth,
      int groups,
      int groupWarps,
      Optional<Turns> turns,
      Optional<Numbers> numbers,
      Optional<Storer> storer,
      OptionalInt producerRegisters,
      OptionalInt consumerRegisters,
      Location location,
      List<String> notes)
      implements RolePlan {}

  static RolePlan of(KernelFunction function, PassContext context) {
    try {
      return new Planner(function, context).plan();
    } catch (Obstacle obstacle) {
      return new Refused(obstacle.location, Objects.requireNonNull(obstacle.getMessage()));
    }
  }

  /** Why there is no cut. */
  final class Obstacle extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Location location;

    Obstacle(Location location, String reason) {
      super(reason, null, false, false);
      this.location = location;
    }
  }

  /** The decisions for one function. */
  final class Planner {
    /** A consumer's thread should not have more accumulators than this. */
    private static final int ACCUMULATORS = 128;

    private static final int MOST_STAGES = 6;

    /** What an instruction of a warp group takes beside its sums. */
    private static final int OPERAND_REGISTERS = 32;

    /** Room for the barriers. */
    private static final int BARRIER_BYTES = 512;

    /** Lines after which the swizzle repeats: parts begin at multiples. */
    private static final int PART_ROWS = 8;

    private final KernelFunction function;
    private final PassContext context;
    private final WarpSpecialization target;
    private final Uses uses;
    private final LayoutFlow flow;
    private final List<String> notes = new ArrayList<>();

    private Planner(KernelFunction function, PassContext context) {
      this.function = function;
      this.context = context;
      this.target = context.target().warpSpecialization().orElseThrow();
      this.uses = Uses.of(function);
      this.flow = new LayoutFlow(function);
    }

    RolePlan plan() {
      Op.Mma first =
          (Op.Mma)
              Traversal.ops(function).filter(Op.Mma.class::isInstance).findFirst().orElseThrow();
      if (context.schedule().specialize().equals(Optional.of(false))) {
        throw new Obstacle(first.location(), "the schedule says so");
      }
      if (context.schedule().stages().equals(OptionalInt.of(1))) {
        throw new Obstacle(first.location(), "the schedule turns pipelining off");
      }
      Map<Op.Load, Op.For> loads = loads();
      if (loads.isEmpty()) {
        throw new Obstacle(first.location(), "no loop loads what a matrix product multiplies");
      }
      Map<Op.Load, Stream> streams = new LinkedHashMap<>();
      loads.keySet().forEach(load -> streams.put(load, streamOrObstacle(load)));
      Optional<Numbers> numbers = numbers();
      ProducerSlice slice =
          new ProducerSlice(function, new LinkedHashSet<>(loads.keySet()), numbers);
      slice
          .obstacle()
          .ifPresent(
              reason -> {
                throw new Obstacle(first.location(), reason);
              });
      Map<Op.Mma, Product> products = products(loads, streams);
      List<Channel> channels = channels(loads, streams, products);
      Map<Op.Load, Channel> channelOf = new LinkedHashMap<>();
      channels.forEach(c -> c.streams().forEach(s -> channelOf.put(s.load(), c)));
      Optional<Turns> turns = turns(channels);
      int groups = groups(products.values(), turns.isPresent() ? 2 : 1);
      int depth = depth(channels);
      Map<Op.Store, BulkTile> stores = stores();
      int all = groups * (turns.isPresent() ? 2 : 1);
      Optional<Storer> storer = storer(stores, products.values(), numbers, turns, all);
      notes.addAll(
          0,
          List.of(
              "a producer issues the bulk copies of %d loads, %s compute"
                  .formatted(
                      streams.size(),
                      turns.isPresent()
                          ? "two consumers of %d warp groups in turn".formatted(groups)
                          : groups + " warp groups"),
              channels.size() == 1
                  ? "the tiles travel through an aref of %d slots of %d bytes"
                      .formatted(depth, channels.getFirst().bytes())
                  : "the tiles travel through %d arefs of %d slots, %d bytes for one of each"
                      .formatted(
                          channels.size(),
                          depth,
                          channels.stream().mapToLong(Channel::bytes).sum())));
      return new Split(
          channels,
          products,
          channelOf,
          stores,
          slice,
          depth,
          groups,
          target.groupWarps(),
          turns,
          numbers,
          storer,
          producerRegisters(all),
          consumerRegisters(all, storer),
          channels.getFirst().loop().location(),
          notes);
    }

    // -------------------------------------------------------------- loads

    /**
     * The loads of innermost loops that travel to products there, with their loops: all that feed
     * them from shared memory, and of those that become factors in registers the ones that can.
     */
    private Map<Op.Load, Op.For> loads() {
      Map<Op.Load, Op.For> found = new LinkedHashMap<>();
      Traversal.ops(function)
          .filter(Op.For.class::isInstance)
          .map(Op.For.class::cast)
          .filter(
              loop ->
                  Traversal.ops(loop.body())
                      .noneMatch(op -> op instanceof Op.For || op instanceof Op.While))
          .filter(
              loop ->
                  loop.body().ops().stream()
                      .anyMatch(op -> op instanceof Op.Load load && feedsProduct(load.result())))
          .forEach(
              loop -> {
                for (Op op : loop.body().ops()) {
                  if (op instanceof Op.Load load
                      && (feedsProduct(load.result()) || travelsToRegisters(load))) {
                    found.put(load, loop);
                  }
                }
              });
      return found;
    }

    private boolean travelsToRegisters(Op.Load load) {
      if (!flow.feedsMma(load.result())) {
        return false;
      }
      Result<Stream> stream = stream(load);
      if (stream instanceof Result.Refused<Stream>(Reason reason)) {
        notes.add(reason.sentence() + ", so the consumer loads it");
        return false;
      }
      return new ProducerSlice(function, Set.of(load), numbers()).obstacle().isEmpty();
    }

    private boolean feedsProduct(Value tile) {
      return uses.users(tile).stream()
          .anyMatch(
              user ->
                  user instanceof Op.Mma
                      || user instanceof Op.Transpose t && feedsProduct(t.result()));
    }

    /** Whether nothing but products uses the tile: no register needs it. */
    private boolean onlyMultiplied(Value tile) {
      return uses.users(tile).stream()
          .allMatch(
              user ->
                  user instanceof Op.Mma mma && !mma.acc().equals(tile)
                      || user instanceof Op.Transpose t && onlyMultiplied(t.result()));
    }

    /** The stores that bulk copies can do from shared memory. */
    private Map<Op.Store, BulkTile> stores() {
      Map<Op.Store, BulkTile> stores = new LinkedHashMap<>();
      Traversal.ops(function)
          .filter(Op.Store.class::isInstance)
          .map(Op.Store.class::cast)
          .forEach(
              store -> {
                Parameter.Tensor tensor = function.tensorOf(store.tensor());
                Type.Tile tile = store.value().tile();
                boolean read =
                    Traversal.ops(function)
                        .anyMatch(
                            op -> op instanceof Op.Load l && l.tensor().equals(store.tensor()));
                if (!read
                    && tensor.alignment() % target.boxAlignment() == 0
                    && BulkTile.of(tile.shape(), tensor.unitDimension(), tile.dtype(), target)
                        instanceof Result.Ok<BulkTile>(BulkTile bulk)) {
                  stores.put(store, bulk);
                }
              });
      return stores;
    }

    /** The load as a bulk copy, or why it cannot be one. */
    private Result<Stream> stream(Op.Load load) {
      Parameter.Tensor tensor = function.tensorOf(load.tensor());
      if (!load.fill().isZero()) {
        return noCopy(
            tensor, "elements outside the tensor read as " + load.fill() + ", not as zero");
      }
      return switch (BulkSource.of(function, load.tensor(), load.result().tile(), target)) {
        case BulkSource.Tile(BulkTile bulk) ->
            Result.ok(new Stream(load, bulk, shared(load, bulk) ? cluster() : 1));
        case BulkSource.No(String reason) -> noCopy(tensor, reason);
      };
    }

    private static Result<Stream> noCopy(Parameter.Tensor tensor, String why) {
      return Result.refused(
          new Reason.NotRepresentable(
              "the load of '%s' cannot be a bulk copy".formatted(tensor.name()), why));
    }

    private Stream streamOrObstacle(Op.Load load) {
      return switch (stream(load)) {
        case Result.Ok<Stream>(Stream stream) -> stream;
        case Result.Refused<Stream>(Reason reason) ->
            throw new Obstacle(load.location(), reason.sentence());
      };
    }

    private int cluster() {
      return context.schedule().cluster().orElse(1);
    }

    /** Whether all blocks of a cluster load the same tile, in parts that copies can be of. */
    private boolean shared(Op.Load load, BulkTile tile) {
      boolean wholeClusters =
          function.grid().getFirst() instanceof SizeExpr.Constant(long blocks)
              && blocks % cluster() == 0;
      if (cluster() == 1 || !wholeClusters || tile.copy().boxes() > 1 && tile.shape().size() > 2) {
        return false;
      }
      long rows = tile.copy().box().dims().getLast().extent();
      ClusterUniformity uniformity = new ClusterUniformity(uses, cluster());
      return rows % ((long) PART_ROWS * cluster()) == 0
          && load.offsets().stream().allMatch(uniformity::holds)
          && uniformity.isReachedTogether(load, function.body());
    }

    // -------------------------------------------------------------- products

    private Map<Op.Mma, Product> products(
        Map<Op.Load, Op.For> loads, Map<Op.Load, Stream> streams) {
      Map<Op.Mma, Product> products = new LinkedHashMap<>();
      for (Op.For loop : new LinkedHashSet<>(loads.values())) {
        for (Op op : loop.body().ops()) {
          if (op instanceof Op.Mma mma) {
            products.put(mma, product(mma, streams));
          }
        }
      }
      Traversal.ops(function)
          .filter(Op.Mma.class::isInstance)
          .map(Op.Mma.class::cast)
          .filter(mma -> !products.containsKey(mma))
          .findFirst()
          .ifPresent(
              mma -> {
                throw new Obstacle(
                    mma.location(), "this product is not one of a loop's body that loads for it");
              });
      return products;
    }

    private Product product(Op.Mma mma, Map<Op.Load, Stream> streams) {
      if (mma.instruction().isPresent()) {
        throw new Obstacle(mma.location(), "the program names the matrix instruction");
      }
      Optional<Operand> a = operand(mma.a(), streams);
      Operand b =
          operand(mma.b(), streams)
              .orElseThrow(
                  () ->
                      new Obstacle(
                          mma.location(),
                          "warp groups take the second factor from shared memory as it was"
                              + " loaded"));
      List<GroupMma> ofTypes =
          GroupChoice.ofTypes(
              target, mma.a().type().dtype(), mma.b().type().dtype(), mma.acc().type().dtype());
      if (ofTypes.isEmpty()) {
        throw new Obstacle(
            mma.location(),
            "no instruction of a warp group multiplies %s by %s into %s"
                .formatted(
                    mma.a().type().dtype().name(),
                    mma.b().type().dtype().name(),
                    mma.acc().type().dtype().name()));
      }
      GroupMma family = ofTypes.getFirst();
      int m = mma.result().tile().shape().get(0);
      int n = mma.result().tile().shape().get(1);
      int k = mma.a().tile().shape().get(1);
      GroupChoice choice =
          GroupChoice.of(family, m, n, k, 1)
              .orElseThrow(
                  () ->
                      new Obstacle(
                          mma.location(),
                          "m×n×k = %d×%d×%d is not made of products of a warp group, %d×%d×%d and"
                                  .formatted(m, n, k, family.m(), family.nStep(), family.k())
                              + " wider"));
      checkMajor(mma, family, a, 1);
      checkMajor(mma, family, Optional.of(b), 0);
      return new Product(mma, a, b, choice.instruction());
    }

    /** Operands of some types must lie with k contiguous. */
    private void checkMajor(
        Op.Mma mma, GroupMma family, Optional<Operand> operand, int dimensionOfK) {
      operand.ifPresent(
          o -> {
            int unit = o.stream().tile().unit();
            int logical = o.transposed() ? 1 - unit : unit;
            if (logical != dimensionOfK && !family.otherMajor()) {
              throw new Obstacle(
                  mma.location(),
                  "warp groups take factors of %s only with k contiguous, '%s' has not"
                      .formatted(
                          family.a().name(), function.tensorOf(o.stream().load().tensor()).name()));
            }
          });
    }

    private Optional<Operand> operand(Value value, Map<Op.Load, Stream> streams) {
      boolean transposed = false;
      Value current = value;
      while (true) {
        Op definition = uses.definition(current).orElse(null);
        if (definition instanceof Op.Transpose t && t.permutation().equals(List.of(1, 0))) {
          transposed = !transposed;
          current = t.x();
        } else if (definition instanceof Op.Load load && streams.containsKey(load)) {
          return Optional.of(new Operand(Objects.requireNonNull(streams.get(load)), transposed));
        } else {
          return Optional.empty();
        }
      }
    }

    // -------------------------------------------------------------- channels

    /** One channel for the loads that have the same products as users. */
    private List<Channel> channels(
        Map<Op.Load, Op.For> loads, Map<Op.Load, Stream> streams, Map<Op.Mma, Product> products) {
      Map<Set<Op>, List<Stream>> byUsers = new LinkedHashMap<>();
      streams.forEach(
          (load, stream) -> {
            Set<Op> users = new LinkedHashSet<>();
            for (Product product : products.values()) {
              if (product.b().stream().equals(stream)
                  || product.a().filter(a -> a.stream().equals(stream)).isPresent()
                  || product.a().isEmpty() && flow.feeds(load.result(), product.mma().a())) {
                users.add(product.mma());
              }
            }
            byUsers.computeIfAbsent(users, _ -> new ArrayList<>()).add(stream);
          });
      List<Channel> channels = new ArrayList<>();
      for (List<Stream> tuple : byUsers.values()) {
        Op.For loop = Objects.requireNonNull(loads.get(tuple.getFirst().load()));
        List<Op> users = users(loop, tuple);
        channels.add(new Channel(loop, tuple, users.getFirst(), users.getLast()));
      }
      return channels;
    }

    /** The operations of the loop's body that use the tiles or have them used inside, in order. */
    private List<Op> users(Op.For loop, List<Stream> tuple) {
      Set<Value> tiles = new LinkedHashSet<>();
      tuple.forEach(stream -> tiles.add(stream.load().result()));
      List<Op> users = new ArrayList<>();
      for (Op op : loop.body().ops()) {
        boolean uses =
            Traversal.ops(op).anyMatch(o -> o.operands().stream().anyMatch(tiles::contains));
        if (uses && op instanceof Op.Transpose t && onlyMultiplied(t.result())) {
          tiles.add(t.result());
        } else if (uses) {
          users.add(op);
        }
      }
      return users;
    }

    /**
     * The loop that takes two tiles at a time, one of its loads' loops for each ({@link
     * ScheduleGrid} writes it).
     */
    private Optional<Turns> turns(List<Channel> channels) {
      if (!context.schedule().pingPong().orElse(false)) {
        return Optional.empty();
      }
      for (Op op : function.body().ops()) {
        if (op instanceof Op.For tiles && tiles.body().ops().size() > 1) {
          Op last = tiles.body().ops().get(tiles.body().ops().size() - 2);
          long inside = channels.stream().filter(c -> isIn(c.loop(), last)).count();
          boolean one = channels.stream().map(Channel::loop).distinct().count() == 2;
          if (last instanceof Op.If second && one && inside > 0 && inside < channels.size()) {
            return Optional.of(new Turns(tiles, second));
          }
        }
      }
      throw new Obstacle(
          channels.getFirst().loop().location(),
          "two consumers take turns at persistent tiles with one loop each, which this kernel has"
              + " not");
    }

    private Optional<Numbers> numbers() {
      List<WorkspaceOp.FetchIncrement> fetches =
          Traversal.ops(function)
              .filter(WorkspaceOp.FetchIncrement.class::isInstance)
              .map(WorkspaceOp.FetchIncrement.class::cast)
              .toList();
      if (fetches.isEmpty()) {
        return Optional.empty();
      }
      WorkspaceOp.FetchIncrement fetch = fetches.getFirst();
      for (Op op : function.body().ops()) {
        if (op instanceof Op.While tiles
            && fetches.size() == 1
            && tiles.body().ops().contains(fetch)
            && uses.definition(fetch.shared()).orElse(null) instanceof Op.SharedAlloc buffer) {
          List<Op> ops = tiles.body().ops();
          for (int i = 1; i + 1 < ops.size(); i++) {
            if (ops.get(i) instanceof Op.SharedLoad load
                && uses.users(fetch.shared()).equals(List.of(fetch, load))
                && ops.get(i - 1) instanceof Op.Barrier before
                && ops.get(i + 1) instanceof Op.Barrier after) {
              return Optional.of(new Numbers(tiles, fetch, buffer, load, List.of(before, after)));
            }
          }
        }
      }
      throw new Obstacle(
          fetch.location(), "it fetches numbers otherwise than for the tiles of its grid");
    }

    private static boolean isIn(Op inner, Op outer) {
      return Traversal.ops(outer).anyMatch(op -> op == inner);
    }

    // -------------------------------------------------------------- sizes

    private int groups(Iterable<Product> products, int consumers) {
      int most = Integer.MAX_VALUE;
      int accumulators = 0;
      Location location = Location.UNKNOWN;
      for (Product product : products) {
        List<Integer> shape = product.mma().result().tile().shape();
        int m = context.target().groupMma(product.instruction()).orElseThrow().m();
        most = Math.min(most, Integer.lowestOneBit(shape.get(0) / m));
        int bits = product.mma().result().type().dtype().bits();
        int words = shape.get(0) * shape.get(1) * bits / 32;
        accumulators = Math.max(accumulators, words);
        location = product.mma().location();
      }
      int threads = target.groupWarps() * context.target().lanes();
      if (context.schedule().warps().isPresent()) {
        int warps = context.schedule().warps().getAsInt();
        int groups = warps / target.groupWarps() / consumers;
        if (warps % (target.groupWarps() * consumers) != 0
            || groups > most
            || Integer.bitCount(groups) != 1) {
          throw new Obstacle(
              location,
              "%d warps are no 1 to %d groups of %d, a power of two"
                  .formatted(warps, most, target.groupWarps()));
        }
        return groups;
      }
      int groups = Math.min(2 / consumers, most);
      while (accumulators / (groups * threads) > ACCUMULATORS && 2 * groups <= Math.min(most, 4)) {
        groups *= 2;
      }
      return groups;
    }

    /** With one consumer, no thread needs more than it is launched with. */
    private boolean trades(int groups) {
      return groups > 1;
    }

    private OptionalInt producerRegisters(int groups) {
      return trades(groups) ? OptionalInt.of(groups == 2 ? 40 : 24) : OptionalInt.empty();
    }

    /** The role that stores, where the schedule wants one and it can be. */
    private Optional<Storer> storer(
        Map<Op.Store, BulkTile> stores,
        Iterable<Product> products,
        Optional<Numbers> numbers,
        Optional<Turns> turns,
        int groups) {
      if (!context.schedule().storeRole().orElse(false)) {
        return Optional.empty();
      }
      ProducerSlice slice =
          new ProducerSlice(function, new LinkedHashSet<>(stores.keySet()), numbers);
      Optional<String> obstacle =
          stores.isEmpty()
              ? Optional.of("no store can be a bulk copy")
              : turns.isPresent()
                  ? Optional.of("one of two consumers stores while the other multiplies")
                  : slice.obstacle().or(() -> registersForStorer(products, groups));
      if (obstacle.isPresent()) {
        notes.add("no role of its own stores: " + obstacle.get());
        return Optional.empty();
      }
      notes.add("a role of its own has the tiles of %d stores copied out".formatted(stores.size()));
      // Warps that trade registers come in groups; otherwise one will do.
      return Optional.of(
          trades(groups)
              ? new Storer(slice, target.groupWarps(), OptionalInt.of(target.fewestRegisters()))
              : new Storer(slice, 1, OptionalInt.empty()));
    }

    /**
     * An instruction has no more registers than the block is launched with, whatever its warps have
     * traded (ptxas C7602); with another role these are fewer.
     */
    private Optional<String> registersForStorer(Iterable<Product> products, int groups) {
      int launched = launchedRegisters(groups, true);
      for (Product product : products) {
        Type.Tile sum = product.mma().result().tile();
        int threads = groups * target.groupWarps() * context.target().lanes();
        long own = sum.elements() * sum.dtype().bits() / Integer.SIZE / threads;
        if (own + OPERAND_REGISTERS > launched) {
          return Optional.of(
              "its warps would leave %d registers of each thread for %d of sums"
                  .formatted(launched, own));
        }
      }
      return Optional.empty();
    }

    /** Of each thread; one warp more takes the registers of a group, a warp in each partition. */
    private int launchedRegisters(int groups, boolean storer) {
      int warps = (1 + groups + (storer ? 1 : 0)) * target.groupWarps();
      return target.launchedRegisters(
          warps * context.target().lanes(), context.target().registersPerThread());
    }

    private OptionalInt consumerRegisters(int groups, Optional<Storer> storer) {
      if (!trades(groups)) {
        return OptionalInt.empty();
      }
      int granule = target.registerGranule();
      // What is traded is what the block was launched with, not the whole file.
      int launched = launchedRegisters(groups, storer.isPresent());
      int others = producerRegisters(groups).getAsInt();
      others += storer.map(s -> s.registers().orElse(0)).orElse(0);
      int left = (1 + groups + (storer.isPresent() ? 1 : 0)) * launched - others;
      return OptionalInt.of(Math.min(target.mostRegisters(), left / groups / granule * granule));
    }

    /**
     * The bytes that other tiles take: those on their way to a store, and those that are loaded
     * once and change their layout on the way to a product.
     */
    private long otherBytes(Set<Op> streams) {
      Map<Op.Store, BulkTile> stores = stores();
      return Traversal.ops(function)
          .mapToLong(
              op ->
                  switch (op) {
                    case Op.Store store ->
                        stores.containsKey(store)
                            ? Objects.requireNonNull(stores.get(store)).bytes()
                            : bytes(store.value().tile());
                    case Op.Load load
                        when !streams.contains(load)
                            && (feedsProduct(load.result()) || isCarriedToProduct(load.result())) ->
                        bytes(load.result().tile());
                    default -> 0;
                  })
          .sum();
    }

    /** Whether a loop carries the tile to a product of a later iteration. */
    private boolean isCarriedToProduct(Value tile) {
      return Traversal.ops(function)
          .filter(Op.For.class::isInstance)
          .map(Op.For.class::cast)
          .anyMatch(
              loop ->
                  IntStream.range(0, loop.inits().size())
                      .anyMatch(
                          i ->
                              (loop.inits().get(i).equals(tile)
                                      || loop.body().yielded().get(i).equals(tile))
                                  && feedsProduct(loop.carried().get(i))));
    }

    private static long bytes(Type.Tile tile) {
      return Math.ceilDiv(tile.elements() * tile.dtype().bits(), 8L);
    }

    /** The schedule's depth, or as many slots as fit beside the tiles that are stored. */
    private int depth(List<Channel> channels) {
      long slot = channels.stream().mapToLong(Channel::bytes).sum();
      int alignment =
          channels.stream()
              .flatMap(c -> c.streams().stream())
              .map(s -> s.tile().alignment())
              .max(Comparator.naturalOrder())
              .orElse(0);
      Set<Op> streams = new LinkedHashSet<>();
      channels.forEach(c -> c.streams().forEach(stream -> streams.add(stream.load())));
      long other = otherBytes(streams);
      long room = (long) context.target().sharedBytesPerBlock() - alignment - BARRIER_BYTES;
      int least = context.schedule().stages().orElse(2);
      long fitting = Math.min(MOST_STAGES, (room - other) / slot);
      if (room - other < least * slot) {
        throw new Obstacle(
            channels.getFirst().loop().location(),
            "%d slots of its tiles and what else it holds take %d bytes, a block has %d"
                .formatted(least, least * slot + other, context.target().sharedBytesPerBlock()));
      }
      return context.schedule().stages().orElse((int) fitting);
    }
  }
}
