package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.verify.Verifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Lowers arefs to barriers in memory: the one place where slots have numbers and parities.
 *
 * <p>Every aref becomes two arrays of barriers, one of each per slot: <i>full</i>, which the writer
 * arrives at, or the bytes of its bulk copies do; and <i>empty</i>, which every warp of every
 * reader arrives at. Each role counts the slots it has acquired in a pair (slot, parity) that its
 * loops carry. A fresh barrier is in phase 0: readers wait for parity 0, and writers for parity 1,
 * so that all slots begin empty.
 *
 * <p>Waits for matrix products, and the places at which slots are given back, follow from what
 * reads a product's result and from what a release comes {@code after} ({@link Flight}); {@link
 * RoleLowering} writes them. Fences between the proxies follow from who writes and who reads a
 * slot.
 */
public final class LowerAsync implements Pass {

  /**
   * An aref's rings and barriers.
   *
   * @param blocks those that share it: all of a cluster, or 1
   */
  record Channel(List<Value> rings, Value full, Value empty, int depth, int blocks) {}

  /**
   * Releases that come later than they are written: the readers hold so many slots more, as if the
   * aref had so many fewer. The roles must still come to an end.
   */
  static final class Delays {
    private final KernelFunction function;
    private final Map<Value, Integer> slots = new LinkedHashMap<>();

    private Delays(KernelFunction function) {
      this.function = function;
    }

    /**
     * Whether the roles live with these delays too; if so, they count from now on.
     *
     * @param kept how many slots more are held, by aref
     */
    boolean allow(Map<Value, Integer> kept) {
      Map<Value, Integer> fewer = new LinkedHashMap<>(slots);
      kept.forEach(
          (aref, more) -> fewer.merge(aref, ((Type.Aref) aref.type()).depth() - more, Math::min));
      boolean lives = fewer.equals(slots) || Verifier.lives(function, fewer);
      if (lives) {
        slots.putAll(fewer);
      }
      return lives;
    }
  }

  @Override
  public KernelFunction run(KernelFunction function, PassContext context) {
    Optional<AsyncOp.Roles> found = AsyncOp.Roles.of(function);
    if (found.isEmpty()) {
      return function;
    }
    AsyncOp.Roles roles = found.get();
    int cluster = function.launch().map(KernelFunction.Launch::cluster).orElse(1);
    OpBuilder out = new OpBuilder(function.nextId());
    Map<Value, Channel> channels = new HashMap<>();
    Delays delays = new Delays(function);
    for (Op op : function.body().ops()) {
      out.at(op.location());
      switch (op) {
        case AsyncOp.ArefCreate create ->
            channels.put(create.result(), channel(create, roles, cluster, out));
        case AsyncOp.Roles _ -> {
          List<Runnable> bodies = new ArrayList<>();
          for (int i = 0; i < roles.roles().size(); i++) {
            RoleLowering role =
                new RoleLowering(this, out, channels, roles.roles().get(i), delays, context);
            Block body = roles.bodies().get(i);
            bodies.add(() -> role.lower(body));
          }
          out.roles(roles.roles(), bodies);
        }
        default -> out.add(op);
      }
    }
    return function.withBody(out.block(function.body().arguments()));
  }

  private static Channel channel(
      AsyncOp.ArefCreate create, AsyncOp.Roles roles, int cluster, OpBuilder out) {
    Type.Aref type = (Type.Aref) create.result().type();
    int writers = 0;
    int readers = 0;
    for (int i = 0; i < roles.roles().size(); i++) {
      AsyncOp.Role role = roles.roles().get(i);
      int arrivals = role.single() ? 1 : role.warps();
      boolean reads = false;
      OptionalInt writes = OptionalInt.empty();
      for (Op op : Traversal.ops(roles.bodies().get(i)).toList()) {
        reads |= op instanceof AsyncOp.AcquireRead r && r.aref().equals(create.result());
        if (op instanceof AsyncOp.AcquireWrite w && w.aref().equals(create.result())) {
          writes = OptionalInt.of(isBulk(w, roles.bodies().get(i)) ? 1 : arrivals);
        }
      }
      readers += reads ? arrivals : 0;
      writers += writes.orElse(0);
    }
    int blocks = type.scope() == Type.Scope.CLUSTER ? cluster : 1;
    Type barriers = new Type.Mbarriers(type.depth());
    Value full = out.fresh(barriers);
    Value empty = out.fresh(barriers);
    out.add(
        new AsyncOp.MbarrierCreate(
            full, Math.max(1, writers), OptionalInt.empty(), create.location()));
    out.add(
        new AsyncOp.MbarrierCreate(
            empty, Math.max(1, readers) * blocks, OptionalInt.empty(), create.location()));
    return new Channel(create.rings(), full, empty, type.depth(), blocks);
  }

  /** Whether the slot is filled by bulk copies, whose bytes complete the barrier. */
  static boolean isBulk(AsyncOp.AcquireWrite acquire, Block body) {
    return Traversal.ops(body)
        .anyMatch(op -> op instanceof AsyncOp.BulkLoad b && acquire.views().contains(b.shared()));
  }
}
