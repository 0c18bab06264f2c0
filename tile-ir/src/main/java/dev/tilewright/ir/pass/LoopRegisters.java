package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Uses;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.schedule.ModuloSchedule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How many registers of a thread the tiles of a loop take under a schedule, where most are alive. A
 * tile lives from the operation that makes it to the last that uses it, which may be some turns of
 * the loop later, a copy for each; the first factor of a product in registers, until something
 * reads the product.
 */
final class LoopRegisters {
  private static final int WORD_BITS = 32;

  /** A tile that a node makes. */
  private record Tile(int node, int words) {}

  /** A node that uses a tile, of the same iteration or of one that comes later. */
  private record Use(int tile, int user, int distance) {}

  /**
   * A tile that a product reads as its first factor.
   *
   * @param result the product's own tile; -1: nothing uses it
   */
  private record Factor(int tile, int product, int distance, int result) {}

  private final List<Tile> tiles = new ArrayList<>();
  private final List<Use> used = new ArrayList<>();
  private final List<Factor> factors = new ArrayList<>();
  private final int around;

  /** The registers taken where most are, and the sum over all places. */
  private record Taken(int most, long sum) {}

  /**
   * @param uses of the role's program
   */
  LoopRegisters(LoopDependences loop, Uses uses) {
    Map<Value, Integer> index = new LinkedHashMap<>();
    int nodes = loop.graph().nodes().size();
    for (int node = 0; node < nodes; node++) {
      for (Op op : loop.ops(node)) {
        for (Value result : op.results()) {
          if (words(result) > 0) {
            index.put(result, tiles.size());
            tiles.add(new Tile(node, words(result)));
          }
        }
      }
    }
    for (int node = 0; node < nodes; node++) {
      for (Op op : loop.ops(node)) {
        for (Value operand : Traversal.ops(op).flatMap(o -> o.operands().stream()).toList()) {
          for (LoopDependences.Source source : loop.sources(operand)) {
            int tile = index.getOrDefault(source.value(), -1);
            if (tile >= 0) {
              used.add(new Use(tile, node, source.distance()));
            }
            if (tile >= 0 && op instanceof AsyncOp.MmaAsync mma && operand.equals(mma.a())) {
              int result = index.getOrDefault(mma.result(), -1);
              factors.add(new Factor(tile, node, source.distance(), result));
            }
          }
        }
      }
    }
    this.around = around(loop.loop(), uses);
  }

  /** Registers of a thread that tiles take, those from outside that the loop uses included. */
  int most(ModuloSchedule schedule) {
    return taken(schedule).most() + around;
  }

  /** For a search: fewest turns, then fewest registers, then those taken for the shortest time. */
  long pressure(ModuloSchedule schedule) {
    Taken taken = taken(schedule);
    long turns = Math.max(2, schedule.stages());
    return (turns << 56) + ((long) taken.most() << 32) + taken.sum();
  }

  private Taken taken(ModuloSchedule schedule) {
    List<Integer> order = schedule.order();
    int[] place = new int[order.size()];
    for (int i = 0; i < place.length; i++) {
      place[order.get(i)] = i;
    }
    // How long each tile lives: turns of the loop, and places in the last, as one number.
    long[] life = new long[tiles.size()];
    for (Use use : used) {
      int turns = turns(schedule, use.tile(), use.user(), use.distance());
      life[use.tile()] = Math.max(life[use.tile()], life(turns, place[use.user()]));
    }
    long[] results = life.clone();
    for (Factor factor : factors) {
      long read = factor.result() < 0 ? life(1, 0) : results[factor.result()];
      int until = read >> Integer.SIZE > 0 ? place.length - 1 : (int) read;
      int turns = turns(schedule, factor.tile(), factor.product(), factor.distance());
      life[factor.tile()] = Math.max(life[factor.tile()], life(turns, until));
    }
    int most = 0;
    long sum = 0;
    for (int at = 0; at < place.length; at++) {
      int now = 0;
      for (int tile = 0; tile < life.length; tile++) {
        int turns = (int) (life[tile] >> Integer.SIZE);
        int made = at > place[tiles.get(tile).node()] ? 1 : 0;
        int alive = at <= (int) life[tile] ? 1 : 0;
        int copies = turns == 0 ? made * alive : made + turns - 1 + alive;
        now += copies * tiles.get(tile).words();
      }
      most = Math.max(most, now);
      sum += now;
    }
    return new Taken(most, sum);
  }

  private static long life(int turns, int place) {
    return ((long) turns << Integer.SIZE) + place;
  }

  private int turns(ModuloSchedule schedule, int tile, int user, int distance) {
    return schedule.stage(user) + distance - schedule.stage(tiles.get(tile).node());
  }

  /** Tiles from outside that the loop uses, each once, however many shapes it is used in. */
  private static int around(Op.For loop, Uses uses) {
    Set<Value> seen = new HashSet<>();
    int words = 0;
    for (Value value : Traversal.freeValues(loop.body())) {
      Value made = value;
      while (uses.definition(made).orElse(null) instanceof Op.Pure shape
          && (shape instanceof Op.Broadcast || shape instanceof Op.Reshape)) {
        made = shape.operands().getFirst();
      }
      boolean named =
          uses.definition(made)
              .filter(
                  op ->
                      op instanceof Op.Constant || op instanceof Op.Splat || op instanceof Op.Iota)
              .isPresent();
      if (!named && seen.add(made)) {
        words += words(made);
      }
    }
    return words;
  }

  /** Truth values are predicates, one in a register of its own. */
  private static int words(Value value) {
    if (!(value.type() instanceof Type.Tile tile)) {
      return 0;
    }
    int bits = tile.dtype().bits() == 1 ? WORD_BITS : tile.dtype().bits();
    return Math.toIntExact(Math.ceilDiv(UnitCosts.registers(value) * bits, (long) WORD_BITS));
  }
}
