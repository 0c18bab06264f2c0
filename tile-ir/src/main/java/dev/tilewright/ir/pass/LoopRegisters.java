package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Uses;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.schedule.ModuloSchedule;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How many registers of a thread the tiles of a scheduled loop take where most are alive. A value
 * lives from the operation that makes it to the last that uses it, which may be some turns of the
 * loop later, a copy for each; the first factor of a product in registers, until something reads
 * the product.
 */
final class LoopRegisters {
  private static final int WORD_BITS = 32;

  private final LoopDependences loop;
  private final ModuloSchedule schedule;
  private final List<Integer> order;

  /** How long a value lives: in turns of the loop, and places in the last. */
  private record Life(int turns, int place) {
    boolean isBefore(Life other) {
      return turns != other.turns ? turns < other.turns : place < other.place;
    }
  }

  private LoopRegisters(LoopDependences loop, ModuloSchedule schedule) {
    this.loop = loop;
    this.schedule = schedule;
    this.order = schedule.order();
  }

  /**
   * @param uses of the role's program
   */
  static int of(LoopDependences loop, ModuloSchedule schedule, Uses uses) {
    return new LoopRegisters(loop, schedule).most() + around(loop.loop(), uses);
  }

  /** For the search: the most registers, and among equals, how long they are taken. */
  static long pressure(LoopDependences loop, ModuloSchedule schedule) {
    LoopRegisters registers = new LoopRegisters(loop, schedule);
    long most = registers.most();
    long turns = Math.max(2, schedule.stages());
    return (turns << 56) + (most << 32) + registers.sum;
  }

  private long sum;

  private int most() {
    Map<Value, Life> lives = lives();
    int most = 0;
    for (int place = 0; place < order.size(); place++) {
      int now = 0;
      for (Map.Entry<Value, Life> each : lives.entrySet()) {
        int made = order.indexOf(loop.nodeOf(each.getKey()));
        Life life = each.getValue();
        int copies =
            life.turns() == 0
                ? place > made && place <= life.place() ? 1 : 0
                : (place > made ? 1 : 0) + life.turns() - 1 + (place <= life.place() ? 1 : 0);
        now += copies * words(each.getKey());
      }
      most = Math.max(most, now);
      sum += now;
    }
    return most;
  }

  private Map<Value, Life> lives() {
    Map<Value, Life> lives = new LinkedHashMap<>();
    for (int node = 0; node < order.size(); node++) {
      for (Op op : loop.ops(node)) {
        for (Op inner : Traversal.ops(op).toList()) {
          for (Value operand : inner.operands()) {
            for (LoopDependences.Source source : loop.sources(operand)) {
              extend(lives, source, node);
            }
          }
        }
      }
    }
    // A product reads its factor until its own result is read.
    Map<Value, Life> results = Map.copyOf(lives);
    for (int node = 0; node < order.size(); node++) {
      for (Op op : loop.ops(node)) {
        if (op instanceof AsyncOp.MmaAsync mma && mma.a().isTile()) {
          Life result = results.getOrDefault(mma.result(), new Life(0, order.size() - 1));
          int until = result.turns() > 0 ? order.size() - 1 : result.place();
          for (LoopDependences.Source factor : loop.sources(mma.a())) {
            int turns = age(factor, node);
            lives.merge(factor.value(), new Life(turns, until), (x, y) -> x.isBefore(y) ? y : x);
          }
        }
      }
    }
    return lives;
  }

  private void extend(Map<Value, Life> lives, LoopDependences.Source source, int user) {
    Life life = new Life(age(source, user), order.indexOf(user));
    lives.merge(source.value(), life, (x, y) -> x.isBefore(y) ? y : x);
  }

  private int age(LoopDependences.Source source, int user) {
    return schedule.stage(user) + source.distance() - schedule.stage(loop.nodeOf(source.value()));
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

  private static int words(Value value) {
    return value.type() instanceof Type.Tile tile
        ? Math.toIntExact(Math.ceilDiv(UnitCosts.registers(value) * bits(tile), (long) WORD_BITS))
        : 0;
  }

  /** Truth values are predicates, one in a register of its own. */
  private static int bits(Type.Tile tile) {
    return tile.dtype().bits() == 1 ? WORD_BITS : tile.dtype().bits();
  }
}
