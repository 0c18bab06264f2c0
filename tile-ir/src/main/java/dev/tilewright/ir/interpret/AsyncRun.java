package dev.tilewright.ir.interpret;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** A block's asynchronous operations: roles, arefs, barriers, and what is under way. */
final class AsyncRun {
  private final Run run;
  private final BlockRun block;
  private final SharedAccess shared;
  private final Actor main;
  private final Map<AsyncOp.Roles, List<Actor>> actors = new IdentityHashMap<>();
  private final List<Actor> ended = new ArrayList<>();
  private final List<Channel> channels = new ArrayList<>();
  private final List<BarrierArray> barriers = new ArrayList<>();
  private final List<Scheduler.Event> events = new ArrayList<>();
  private int nextActor = 1;

  AsyncRun(Run run, BlockRun block, SharedAccess shared) {
    this.run = run;
    this.block = block;
    this.shared = shared;
    int warps = run.function().launch().map(KernelFunction.Launch::warps).orElse(1);
    this.main = new Actor(0, "", warps, false, Clock.nothing());
  }

  BlockRun block() {
    return block;
  }

  Actor main() {
    return main;
  }

  /** What may happen now, in the order in which it was begun. */
  List<Scheduler.Event> events() {
    return events;
  }

  private void event(Actor actor, Runnable happen) {
    events.add(new Scheduler.Event(actor.nextEvent(), happen));
  }

  private int actors(int count) {
    int first = nextActor;
    nextActor += count;
    return first;
  }

  private static SharedMemory.Access access(Op op) {
    return SharedAccess.access(op);
  }

  // ---------------------------------------------------------------- roles

  /** All threads meet, then each role knows what the block knows. */
  List<Actor> roles(AsyncOp.Roles op) {
    barrier(main);
    List<Actor> before = actors.get(op);
    if (before == null) {
      before = new ArrayList<>();
      int first = actors(op.roles().size());
      for (int i = 0; i < op.roles().size(); i++) {
        AsyncOp.Role role = op.roles().get(i);
        before.add(new Actor(first + i, role.name(), role.warps(), role.single(), Clock.nothing()));
      }
      actors.put(op, before);
    }
    before.forEach(actor -> actor.learn(main.seen()));
    return before;
  }

  /** The walks have come to their ends, and nothing is under way. */
  void ended(List<Walk> walks) {
    for (Walk walk : walks) {
      Actor actor = walk.actor();
      if (!actor.openStores().isEmpty()) {
        SharedMemory.Access store = actor.openStores().getFirst().by();
        throw new InterpreterException(
            store.location(),
            "%s in block %s: %s ends with no bulk_wait for it, while it may still be reading"
                .formatted(store, block.where(), actor));
      }
      if (actor != main) {
        ended.add(actor);
      }
    }
    if (!walks.getFirst().actor().equals(main)) {
      return;
    }
    List<String> left = channels.stream().flatMap(c -> c.leftOver().stream()).toList();
    if (!left.isEmpty()) {
      throw new InterpreterException(
          run.function().body().ops().getLast().location(),
          "at the end of block %s %s".formatted(block.where(), String.join("; ", left)));
    }
  }

  /** All threads of the actor meet: of the block, those that were in roles, too. */
  void barrier(Actor actor) {
    if (actor == main) {
      ended.forEach(role -> main.learn(role.publish()));
      ended.clear();
    }
    actor.barrier();
  }

  // ---------------------------------------------------------------- what can go on

  boolean canAdvance(Walk walk) {
    Actor actor = walk.actor();
    return !walk.ended()
        && switch (walk.at()) {
          case AsyncOp.AcquireWrite o -> channel(o.aref()).canWrite();
          case AsyncOp.AcquireRead o -> channel(o.aref()).canRead(actor);
          case AsyncOp.MbarrierWait o ->
              barriers(o.barrier()).passed(index(o, o.barrier()), block.scalar(o.parity()));
          case null, default -> true;
        };
  }

  /** What a walk waits for that cannot go on. */
  String whyNot(Walk walk) {
    return switch (walk.at()) {
      case AsyncOp.AcquireWrite o -> channel(o.aref()).whyNotWritten();
      case AsyncOp.AcquireRead o -> channel(o.aref()).whyNotRead(walk.actor());
      case AsyncOp.MbarrierWait o ->
          "for parity "
              + block.scalar(o.parity())
              + "; "
              + barriers(o.barrier()).missing(index(o, o.barrier()));
      case null, default -> "nothing";
    };
  }

  private Channel channel(Value aref) {
    return (Channel) block.value(aref);
  }

  private Channel.Token token(Value token) {
    return (Channel.Token) block.value(token);
  }

  private BarrierArray barriers(AsyncOp.Mbarrier barrier) {
    return (BarrierArray) block.value(barrier.array());
  }

  private int index(Op op, AsyncOp.Mbarrier barrier) {
    long index = block.scalar(barrier.index());
    int count = barriers(barrier).count();
    if (index < 0 || index >= count) {
      throw shared.error(op, "asks for barrier " + index + " of " + count);
    }
    return (int) index;
  }

  // ---------------------------------------------------------------- operations

  void execute(AsyncOp op, Actor actor) {
    switch (op) {
      case AsyncOp.Roles _ -> throw new IllegalArgumentException("roles are the scheduler's");
      case AsyncOp.ArefCreate o -> create(o);
      case AsyncOp.AcquireWrite o -> {
        Channel channel = channel(o.aref());
        acquired(o.results(), channel, channel.acquireWrite(actor, access(o)));
      }
      case AsyncOp.Commit o -> commit(o);
      case AsyncOp.AcquireRead o -> {
        Channel channel = channel(o.aref());
        acquired(o.results(), channel, channel.acquireRead(actor, access(o)));
      }
      case AsyncOp.Release o -> release(o, actor);
      case AsyncOp.BulkLoad o -> load(o, actor);
      case AsyncOp.BulkStore o -> store(o, actor);
      case AsyncOp.BulkCommit _ -> actor.commitStores();
      case AsyncOp.BulkWait o -> actor.waitForStores(o.pending());
      case AsyncOp.ProxyFence _ -> actor.fence();
      case AsyncOp.MmaAsync o -> product(o, actor);
      case AsyncOp.MmaWait o -> wait(o, actor);
      case AsyncOp.MbarrierCreate o -> {
        int count = ((Type.Mbarriers) o.result().type()).count();
        BarrierArray array =
            new BarrierArray(o.result().toString(), count, o.arrivals(), actors(count));
        barriers.add(array);
        block.set(o.result(), array);
      }
      case AsyncOp.MbarrierWait o ->
          actor.learn(barriers(o.barrier()).completed(index(o, o.barrier())));
      case AsyncOp.MbarrierExpect o -> {
        // The bytes first: the arrival may complete the phase.
        barriers(o.barrier()).expect(index(o, o.barrier()), o.bytes());
        arrive(o, o.barrier(), 1, actor);
      }
      // The other blocks of a cluster do the same, and arrive here, too.
      case AsyncOp.MbarrierArrive o -> arrive(o, o.barrier(), o.blocks() * actor.arrivals(), actor);
    }
  }

  private void create(AsyncOp.ArefCreate create) {
    Type.Aref type = (Type.Aref) create.result().type();
    String name = create.result() + (create.location().known() ? " from " + create.location() : "");
    Channel channel =
        new Channel(
            name,
            type.depth(),
            run.readers(create.result()),
            create.rings().stream().map(block::buffer).toList(),
            actors(type.depth()));
    channels.add(channel);
    block.set(create.result(), channel);
  }

  private void acquired(List<Value> results, Channel channel, Channel.Token token) {
    block.set(results.getFirst(), token);
    List<SharedBuffer> views = channel.views(token);
    for (int i = 0; i < views.size(); i++) {
      block.set(results.get(i + 1), views.get(i));
    }
  }

  private Channel.Token unused(Op op, Value value) {
    Channel.Token token = token(value);
    if (token.used() != null) {
      throw shared.error(
          op, "uses the token " + value + ", which " + token.used() + " has used up");
    }
    return token;
  }

  private void commit(AsyncOp.Commit commit) {
    Channel.Token token = unused(commit, commit.token());
    for (SharedMemory.Write write : token.writes()) {
      boolean covered =
          switch (commit.completion()) {
            case BULK -> write.kind() == SharedMemory.Kind.BULK;
            case COPY_GROUP -> write.kind() != SharedMemory.Kind.BULK;
            case GENERIC -> !write.pending();
            case MMA -> false;
          };
      if (!covered) {
        throw shared.error(
            commit,
            "does not cover "
                + write.by()
                + ", which writes the slot; its completion must be that of all writes");
      }
    }
    Channel channel = token.channel();
    if (channel.commit(token, commit.completion(), access(commit))) {
      event(token.holder(), () -> channel.fill(token));
    }
  }

  private void release(AsyncOp.Release release, Actor actor) {
    Channel.Token token = unused(release, release.token());
    List<AsyncRead> after = release.after().stream().map(p -> (AsyncRead) block.value(p)).toList();
    AsyncRead last = null;
    List<AsyncRead> open = actor.openProducts();
    for (AsyncRead product : open) {
      last = after.contains(product) ? product : last;
    }
    List<SharedBuffer> views = token.channel().views(token);
    int covered = last == null ? 0 : open.indexOf(last) + 1;
    List<AsyncRead> uncovered = new ArrayList<>(open.subList(covered, open.size()));
    uncovered.addAll(actor.openStores());
    for (AsyncRead read : uncovered) {
      if (views.stream().anyMatch(view -> read.reads(view.memory(), view.units(run.places())))) {
        throw shared.error(
            release,
            "gives slot "
                + token.slot()
                + " of "
                + token.channel().name()
                + " back while "
                + read.by()
                + " may still be reading it; name it after 'after', or wait for it");
      }
    }
    Channel channel = token.channel();
    channel.release(token, access(release));
    if (last == null) {
      channel.giveBack(token);
    } else {
      AsyncRead end = last;
      event(
          actor,
          () -> {
            actor.endThrough(end);
            channel.giveBack(token);
          });
    }
  }

  private void arrive(Op op, AsyncOp.Mbarrier barrier, int count, Actor actor) {
    String problem = barriers(barrier).arrive(index(op, barrier), count, actor.publish());
    if (!problem.isEmpty()) {
      throw shared.error(op, problem);
    }
  }

  // ---------------------------------------------------------------- bulk copies

  private void load(AsyncOp.BulkLoad load, Actor actor) {
    SharedBuffer buffer = block.buffer(load.shared());
    if (load.barrier().isEmpty() && buffer.guard() == null) {
      throw shared.error(
          load, "has no barrier and is in no acquired slot: nobody could wait for it");
    }
    HostTensor tensor = block.tensor(load.tensor());
    SharedMemory.Write write =
        SharedMemory.Write.begun(access(load), SharedMemory.Kind.BULK, actor);
    GlobalAccess access = box(load, load.tensor(), load.offsets(), load.shared());
    shared.copy(load, buffer, tensor, access, write);
    load.barrier()
        .ifPresent(
            barrier -> {
              BarrierArray array = barriers(barrier);
              int index = index(load, barrier);
              Type.Shared type = load.shared().shared();
              long bytes = Math.ceilDiv(type.elements() * type.dtype().bits(), 8L);
              event(actor, () -> array.transferred(index, bytes, write));
            });
  }

  private GlobalAccess box(Op op, Value tensor, List<Value> offsets, Value buffer) {
    List<Integer> shape = buffer.shared().shape();
    return GlobalAccess.of(
        op,
        block.tensor(tensor),
        block.offsets(offsets),
        Collections.nCopies(shape.size(), true),
        shape,
        block.where());
  }

  private void store(AsyncOp.BulkStore store, Actor actor) {
    AsyncRead read = new AsyncRead(access(store), actor);
    Data data = shared.read(store, block.buffer(store.shared()), read);
    actor.begunStore(read);
    block.write(store.tensor(), box(store, store.tensor(), store.offsets(), store.shared()), data);
  }

  // ---------------------------------------------------------------- matrix products

  private void product(AsyncOp.MmaAsync mma, Actor actor) {
    AsyncRead read = new AsyncRead(access(mma), actor);
    Data a = factor(mma, mma.a(), mma.transposeA(), read);
    Data b = factor(mma, mma.b(), mma.transposeB(), read);
    // An accumulator may be that of a product that has not ended: they end in order.
    Data acc =
        block.value(mma.acc()) instanceof BlockRun.Accumulator accumulator
            ? accumulator.data()
            : (Data) block.value(mma.acc());
    actor.begunProduct(read);
    int n = mma.result().tile().shape().get(1);
    Data product = block.product(mma.acc().type().dtype(), a, b, acc, n);
    block.set(mma.result(), new BlockRun.Accumulator(product, read));
    block.set(mma.pending(), read);
  }

  private Data factor(AsyncOp.MmaAsync mma, Value value, boolean transposed, AsyncRead read) {
    if (value.isTile()) {
      return block.data(value);
    }
    Data data = shared.read(mma, block.buffer(value), read);
    if (!transposed) {
      return data;
    }
    List<Integer> shape = value.shared().shape();
    return data.gather(Indexing.transpose(shape, shape.reversed(), List.of(1, 0)));
  }

  private void wait(AsyncOp.MmaWait wait, Actor actor) {
    actor.waitForProducts(wait.pending());
    for (int i = 0; i < wait.values().size(); i++) {
      if (block.value(wait.values().get(i)) instanceof BlockRun.Accumulator accumulator
          && !accumulator.product().ended()) {
        throw shared.error(
            wait,
            "hands on "
                + wait.values().get(i)
                + ", but "
                + accumulator.product().by()
                + " may be among the "
                + wait.pending()
                + " products that have not ended");
      }
      block.set(wait.results().get(i), block.value(wait.values().get(i)));
    }
  }

  /** The value of a product, which is read: in a lowered program it must have been waited for. */
  Data ended(Value value, BlockRun.Accumulator accumulator) {
    AsyncRead product = accumulator.product();
    if (!product.ended()) {
      if (run.lowered()) {
        throw new InterpreterException(
            product.by().location(),
            "%s is read in block %s before %s has ended; an mma_wait must come before"
                .formatted(value, block.where(), product.by()));
      }
      product.actor().endThrough(product);
    }
    return accumulator.data();
  }

  // ---------------------------------------------------------------- state

  void fingerprint(Fingerprint fingerprint) {
    channels.forEach(channel -> channel.fingerprint(fingerprint));
    barriers.forEach(array -> array.fingerprint(fingerprint));
    // In whatever order they were begun.
    fingerprint.add(events.stream().mapToLong(event -> Fingerprint.of(event.id())).sum());
    shared.fingerprint(fingerprint);
  }
}
