package dev.tilewright.ir.pass;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.AsyncOp.Completion;
import dev.tilewright.ir.AsyncOp.Role;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.RegionCopy;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Uses;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.ir.pass.RolePlan.Channel;
import dev.tilewright.ir.pass.RolePlan.Operand;
import dev.tilewright.ir.pass.RolePlan.Product;
import dev.tilewright.ir.pass.RolePlan.Stream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Writes a function as two roles. With an aref over the tiles of a loop's product:
 *
 * <pre>
 *   producer:  for i: w, a, b = acquire_write; bulk_load a; bulk_load b; commit w (bulk)
 *   consumer:  for i: r, a, b = acquire_read; acc, p = mma_async a, b, acc; release r after p
 * </pre>
 */
final class RoleSplit {
  private final KernelFunction function;
  private final RolePlan.Split plan;
  private final OpBuilder out;
  private final Uses uses;

  private final Map<Channel, Value> arefs = new HashMap<>();

  /** Through which the numbers of tiles travel, if they are fetched. */
  private Optional<Value> numbers = Optional.empty();

  /** Where tiles wait to be stored: buffers, or arefs if a role of its own stores. */
  private final Map<Op.Store, Value> staging = new HashMap<>();

  /** With two consumers, the turn that each waits for; empty with one. */
  private final List<Value> turns = new ArrayList<>();

  /** The consumer being written. */
  private int consumer;

  /** In the producer: the slot being filled, and how many of its loads have been issued. */
  private final Map<Channel, AsyncOp.AcquireWrite> filling = new HashMap<>();

  private final Map<Channel, Integer> issued = new HashMap<>();

  /** In the consumer: the slot being read, and what reads it. */
  private final Map<Channel, AsyncOp.AcquireRead> borrowed = new HashMap<>();

  private final Map<Channel, List<Value>> readers = new HashMap<>();

  RoleSplit(KernelFunction function, RolePlan.Split plan) {
    this.function = function;
    this.plan = plan;
    this.out = new OpBuilder(function.nextId());
    this.uses = Uses.of(function);
  }

  KernelFunction write() {
    out.at(plan.location());
    for (Channel channel : plan.channels()) {
      List<Value> rings = new ArrayList<>();
      for (Stream stream : channel.streams()) {
        Type.Tile tile = stream.load().result().tile();
        List<Integer> shape = new ArrayList<>(tile.shape());
        shape.add(0, plan.depth());
        out.at(stream.load().location());
        rings.add(out.sharedAlloc(new Type.Shared(shape, tile.dtype())));
      }
      out.at(channel.loop().location());
      boolean together = channel.streams().stream().anyMatch(stream -> stream.parts() > 1);
      arefs.put(channel, out.aref(rings, together ? Type.Scope.CLUSTER : Type.Scope.BLOCK));
    }
    numbers =
        plan.numbers()
            .map(
                n -> {
                  out.at(n.tiles().location());
                  // No tile takes less than a slot: the producer is never more tiles ahead.
                  Type.Shared ring = new Type.Shared(List.of(plan.depth(), 1), DType.I32);
                  return out.aref(List.of(out.sharedAlloc(ring)), Type.Scope.BLOCK);
                });
    plan.stores()
        .forEach(
            (store, _) -> {
              Type.Tile tile = store.value().tile();
              out.at(store.location());
              List<Integer> shape = new ArrayList<>(tile.shape());
              if (plan.storer().isPresent()) {
                shape.addFirst(1);
              }
              Value buffer = out.sharedAlloc(new Type.Shared(shape, tile.dtype()));
              staging.put(
                  store,
                  plan.storer().isPresent() ? out.aref(List.of(buffer), Type.Scope.BLOCK) : buffer);
            });
    out.at(plan.location());
    Role producer = new Role("producer", plan.groupWarps(), plan.producerRegisters(), true);
    List<Role> roles = new ArrayList<>(List.of(producer));
    List<Runnable> bodies = new ArrayList<>(List.of(this::produce));
    int consumers = plan.turns().isPresent() ? 2 : 1;
    for (int i = 0; i < consumers; i++) {
      int number = i;
      String name = consumers == 1 ? "consumer" : "consumer" + i;
      int warps = plan.groups() * plan.groupWarps();
      roles.add(new Role(name, warps, plan.consumerRegisters(), false));
      if (consumers > 1) {
        out.at(plan.location());
        turns.add(out.turn());
      }
      bodies.add(() -> consume(number));
    }
    plan.storer()
        .ifPresent(
            storer -> {
              roles.add(new Role("storer", storer.warps(), storer.registers(), true));
              bodies.add(() -> copyOut(storer));
            });
    out.at(plan.location());
    out.roles(roles, bodies);
    return function.withBody(out.block(function.body().arguments()));
  }

  // ---------------------------------------------------------------- the producer

  private void produce() {
    plan.slice()
        .write(
            function.body(),
            out,
            (load, copy) -> issue((Op.Load) load, (Op.Load) copy),
            this::fetch);
  }

  /** The number of the tile after this one goes to the consumers, too. */
  private Value fetch(WorkspaceOp.FetchIncrement copy) {
    AsyncOp.AcquireWrite slot = out.acquireWrite(numbers.orElseThrow());
    Value number = slot.views().getFirst();
    out.add(
        new WorkspaceOp.FetchIncrement(
            copy.workspace(), copy.index(), copy.limit(), number, copy.location()));
    Value tile = out.sharedLoad(number, new Type.Tile(List.of(1), DType.I32));
    out.commit(slot.token(), Completion.GENERIC);
    return tile;
  }

  private void issue(Op.Load original, Op.Load copy) {
    Channel channel = Objects.requireNonNull(plan.channelOf().get(original));
    AsyncOp.AcquireWrite slot =
        filling.computeIfAbsent(
            channel, c -> out.acquireWrite(Objects.requireNonNull(arefs.get(c))));
    int at = indexOf(channel, original);
    int parts = channel.streams().get(at).parts();
    out.bulkLoad(slot.views().get(at), copy.tensor(), copy.offsets(), parts, Optional.empty());
    if (issued.merge(channel, 1, Integer::sum) == channel.streams().size()) {
      out.commit(slot.token(), Completion.BULK);
    }
  }

  // ---------------------------------------------------------------- the storer

  /** Has each tile copied out that consumers have committed, and gives its slot back. */
  private void copyOut(RolePlan.Storer storer) {
    storer
        .slice()
        .write(
            function.body(),
            out,
            (store, copy) -> copyOut((Op.Store) store, (Op.Store) copy),
            _ -> received(new Type.Tile(List.of(1), DType.I32)));
  }

  private void copyOut(Op.Store original, Op.Store copy) {
    AsyncOp.AcquireRead slot = out.acquireRead(Objects.requireNonNull(staging.get(original)));
    out.add(
        new AsyncOp.BulkStore(
            copy.tensor(), copy.offsets(), slot.views().getFirst(), copy.location()));
    out.add(new AsyncOp.BulkCommit(copy.location()));
    out.add(new AsyncOp.BulkWait(0, copy.location()));
    out.release(slot.token(), List.of());
  }

  private Value received(Type.Tile type) {
    AsyncOp.AcquireRead slot = out.acquireRead(numbers.orElseThrow());
    Value number = out.sharedLoad(slot.views().getFirst(), type);
    out.release(slot.token(), List.of());
    return number;
  }

  private static int indexOf(Channel channel, Op.Load load) {
    for (int i = 0; i < channel.streams().size(); i++) {
      if (channel.streams().get(i).load().equals(load)) {
        return i;
      }
    }
    throw new IllegalStateException(load + " is not of " + channel);
  }

  // ---------------------------------------------------------------- the consumer

  private void consume(int number) {
    consumer = number;
    if (number == 0) {
      consumeAll();
    } else {
      // What both consumers do has values of its own in each.
      Block own =
          out.region(
              List.of(),
              _ -> {
                hand(turns.getFirst());
                consumeAll();
                return List.of();
              });
      RegionCopy.inline(own, List.of(), out);
    }
  }

  private void consumeAll() {
    consume(function.body());
    if (!staging.isEmpty() && plan.storer().isEmpty()) {
      // Shared memory must outlive the copies that read it.
      out.add(new AsyncOp.BulkWait(0, out.location()));
    }
  }

  /** Gives a turn away. */
  private void hand(Value turn) {
    AsyncOp.AcquireWrite slot = out.acquireWrite(turn);
    out.commit(slot.token(), Completion.GENERIC);
  }

  /** Whether an operation of the loop over tiles is the other consumer's. */
  private boolean isOthers(Op op, Block block) {
    return plan.turns()
        .filter(t -> t.tiles().body() == block)
        .filter(t -> consumer == 0 ? op == t.second() : op != t.second() && !isScalar(op))
        .isPresent();
  }

  private static boolean isScalar(Op op) {
    return op instanceof Op.Pure pure
        && pure.result().type() instanceof Type.Scalar
        && pure.operands().stream().allMatch(o -> o.type() instanceof Type.Scalar);
  }

  private void consume(Block block) {
    for (Op op : block.ops()) {
      if (op instanceof Op.Yield) {
        out.add(op);
        continue;
      }
      if (isOthers(op, block)) {
        continue;
      }
      Optional<AsyncOp.AcquireRead> turn = takeTurn(op, block);
      for (Channel channel : plan.channels()) {
        if (channel.firstUse().equals(op)) {
          borrow(channel);
        }
      }
      out.at(op.location());
      consume(op);
      for (Channel channel : plan.channels()) {
        if (channel.lastUse().equals(op)) {
          AsyncOp.AcquireRead slot = Objects.requireNonNull(borrowed.get(channel));
          out.release(slot.token(), readers.getOrDefault(channel, List.of()));
        }
      }
      turn.ifPresent(
          taken -> {
            out.at(op.location());
            out.release(taken.token(), List.of());
            hand(turns.get(1 - consumer));
          });
    }
  }

  /** Once for each tile, before its products: only one consumer multiplies at a time. */
  private Optional<AsyncOp.AcquireRead> takeTurn(Op op, Block block) {
    boolean ofTile =
        plan.turns()
            .filter(t -> t.tiles().body() == block || t.second().thenBlock() == block)
            .filter(t -> t.second() != op)
            .isPresent();
    boolean multiplies =
        ofTile
            && Traversal.ops(op)
                .anyMatch(o -> plan.channels().stream().anyMatch(channel -> channel.loop() == o));
    if (!multiplies) {
      return Optional.empty();
    }
    out.at(op.location());
    return Optional.of(out.acquireRead(turns.get(consumer)));
  }

  private void consume(Op op) {
    switch (op) {
      case Op.Load load when plan.channelOf().containsKey(load) -> {}
      case Op.Transpose t when onlyForProducts(t.result()) && isStreamed(t.x()) -> {}
      case Op.Mma mma when plan.products().containsKey(mma) ->
          multiply(Objects.requireNonNull(plan.products().get(mma)));
      case Op.Store store when staging.containsKey(store) -> store(store);
      case Op any when plan.numbers().filter(n -> n.holds(any)).isPresent() -> {
        if (any instanceof Op.SharedLoad load) {
          receive(load);
        }
      }
      case Op.Reduce reduce -> out.add(reduce);
      default -> {
        List<Block> regions =
            op.regions().stream()
                .map(region -> new Block(region.arguments(), out.collect(() -> consume(region))))
                .toList();
        out.add(regions.isEmpty() ? op : op.with(op.operands(), op.results(), regions));
      }
    }
  }

  private void receive(Op.SharedLoad load) {
    AsyncOp.AcquireRead slot = out.acquireRead(numbers.orElseThrow());
    out.add(new Op.SharedLoad(load.result(), slot.views().getFirst(), load.location()));
    out.release(slot.token(), List.of());
  }

  /** Through shared memory, once the tile stored before has left it; nobody waits for the end. */
  private void store(Op.Store store) {
    Value buffer = Objects.requireNonNull(staging.get(store));
    if (plan.storer().isPresent()) {
      AsyncOp.AcquireWrite slot = out.acquireWrite(buffer);
      out.sharedStore(slot.views().getFirst(), store.value());
      out.commit(slot.token(), Completion.GENERIC);
      return;
    }
    out.add(new AsyncOp.BulkWait(0, store.location()));
    out.barrier();
    out.sharedStore(buffer, store.value());
    out.add(new AsyncOp.ProxyFence(store.location()));
    out.barrier();
    out.add(new AsyncOp.BulkStore(store.tensor(), store.offsets(), buffer, store.location()));
    out.add(new AsyncOp.BulkCommit(store.location()));
  }

  private boolean isStreamed(Value tile) {
    return uses.definition(tile)
        .filter(
            op ->
                op instanceof Op.Load load && plan.channelOf().containsKey(load)
                    || op instanceof Op.Transpose t && isStreamed(t.x()))
        .isPresent();
  }

  /** Whether nothing but products in shared memory uses the tile: no register needs it. */
  private boolean onlyForProducts(Value tile) {
    return uses.users(tile).stream()
        .allMatch(
            user ->
                user instanceof Op.Mma mma
                        && plan.products().containsKey(mma)
                        && !mma.acc().equals(tile)
                    || user instanceof Op.Transpose t && onlyForProducts(t.result()));
  }

  private void borrow(Channel channel) {
    out.at(channel.firstUse().location());
    AsyncOp.AcquireRead slot = out.acquireRead(Objects.requireNonNull(arefs.get(channel)));
    borrowed.put(channel, slot);
    for (int i = 0; i < channel.streams().size(); i++) {
      Op.Load load = channel.streams().get(i).load();
      if (!onlyForProducts(load.result())) {
        out.add(new Op.SharedLoad(load.result(), slot.views().get(i), load.location()));
      }
    }
  }

  private void multiply(Product product) {
    Op.Mma mma = product.mma();
    Value pending = out.fresh(new Type.Pending());
    out.add(
        new AsyncOp.MmaAsync(
            mma.result(),
            pending,
            product.a().map(this::view).orElse(mma.a()),
            view(product.b()),
            mma.acc(),
            product.a().map(Operand::transposed).orElse(false),
            product.b().transposed(),
            product.instruction(),
            mma.location()));
    product.a().ifPresent(a -> reads(a, pending));
    reads(product.b(), pending);
  }

  private void reads(Operand operand, Value pending) {
    List<Value> all =
        readers.computeIfAbsent(
            Objects.requireNonNull(plan.channelOf().get(operand.stream().load())),
            _ -> new ArrayList<>());
    if (!all.contains(pending)) {
      all.add(pending);
    }
  }

  private Value view(Operand operand) {
    Op.Load load = operand.stream().load();
    Channel channel = Objects.requireNonNull(plan.channelOf().get(load));
    AsyncOp.AcquireRead slot = Objects.requireNonNull(borrowed.get(channel));
    return slot.views().get(indexOf(channel, load));
  }
}
