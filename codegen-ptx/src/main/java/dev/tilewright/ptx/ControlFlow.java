package dev.tilewright.ptx;

import dev.tilewright.ir.Literal;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Loops and branches, with the values that they carry and yield. */
final class ControlFlow {
  private final Code code;
  private final Values values;
  private final Accumulators accumulators;
  private final Consumer<ThreadBlock> print;

  /**
   * @param print writes the operations of a region
   */
  ControlFlow(Code code, Values values, Accumulators accumulators, Consumer<ThreadBlock> print) {
    this.code = code;
    this.values = values;
    this.accumulators = accumulators;
    this.print = print;
  }

  /** Bounds are the same in all threads, so that no branch diverges. */
  void loop(ThreadOp.For op) {
    ThreadValue induction = op.induction();
    List<ParallelCopy.Move> entry = new ArrayList<>();
    String counter = values.define(induction).getFirst();
    entry.add(new ParallelCopy.Move(RegisterKind.B32, counter, values.operand(op.lower())));
    entry.addAll(moves(defineCarried(op.carried(), op.inits()), op.carried(), op.inits()));
    ParallelCopy.write(code, entry);
    String upper = values.operand(op.upper());
    String step = values.operand(op.step());
    String head = code.newLabel();
    String exit = code.newLabel();
    if (!runsOnce(op)) {
      String empty = code.compute(RegisterKind.PREDICATE, "setp.ge.s32", counter, upper);
      code.emitIf(empty, "bra.uni", exit);
    }
    code.label(head);
    keepWhole(op.body());
    print.accept(op.body());
    code.at(op.location());
    ParallelCopy.write(code, moves(of(op.carried()), op.carried(), op.body().yielded()));
    code.emit("add.s32", counter, counter, step);
    String more = code.compute(RegisterKind.PREDICATE, "setp.lt.s32", counter, upper);
    code.emitIf(more, "bra.uni", head);
    code.label(exit);
    for (int i = 0; i < op.results().size(); i++) {
      values.define(op.results().get(i), values.of(op.carried().get(i)));
    }
  }

  /** The condition is the same in all threads; it and the body read one set of registers. */
  void loop(ThreadOp.While op) {
    List<ThreadValue> carried = op.body().arguments();
    ParallelCopy.write(code, moves(defineCarried(carried, op.inits()), carried, op.inits()));
    for (int i = 0; i < carried.size(); i++) {
      values.define(op.condition().arguments().get(i), values.of(carried.get(i)));
    }
    String head = code.newLabel();
    String exit = code.newLabel();
    code.label(head);
    keepWhole(op.body());
    print.accept(op.condition());
    code.at(op.location());
    code.emitIf("!" + values.register(op.decision()), "bra.uni", exit);
    print.accept(op.body());
    code.at(op.location());
    ParallelCopy.write(code, moves(of(carried), carried, op.body().yielded()));
    code.emit("bra.uni", head);
    code.label(exit);
    for (int i = 0; i < op.results().size(); i++) {
      values.define(op.results().get(i), values.of(carried.get(i)));
    }
  }

  /** Copies of a body that waits gain nothing, and blur where products begin and end. */
  private void keepWhole(ThreadBlock body) {
    if (Asynchronous.isIn(body)) {
      code.pragma("nounroll");
    }
  }

  /** Carried values start in the registers of what nobody else reads, or in ones of their own. */
  private List<List<String>> defineCarried(List<ThreadValue> carried, List<ThreadValue> inits) {
    List<List<String>> registers = new ArrayList<>();
    for (int i = 0; i < carried.size(); i++) {
      ThreadValue argument = carried.get(i);
      if (accumulators.isOverwritten(inits.get(i))) {
        values.define(argument, values.of(inits.get(i)));
        registers.add(values.of(argument));
      } else {
        registers.add(values.define(argument));
      }
    }
    return registers;
  }

  /** Whether literal bounds say that the body runs at all. */
  private boolean runsOnce(ThreadOp.For op) {
    return values.immediates().get(op.lower()) instanceof Literal.Int lower
        && values.immediates().get(op.upper()) instanceof Literal.Int upper
        && lower.value() < upper.value();
  }

  void branch(ThreadOp.If op) {
    String condition = values.register(op.condition());
    List<List<String>> results = define(op.results());
    boolean hasElse = op.elseBlock().ops().size() > 1 || !op.results().isEmpty();
    String otherwise = code.newLabel();
    code.emitIf("!" + condition, "bra.uni", otherwise);
    arm(op, op.thenBlock(), results);
    if (hasElse) {
      String join = code.newLabel();
      code.emit("bra.uni", join);
      code.label(otherwise);
      arm(op, op.elseBlock(), results);
      code.label(join);
    } else {
      code.label(otherwise);
    }
  }

  private void arm(ThreadOp.If op, ThreadBlock block, List<List<String>> results) {
    print.accept(block);
    ParallelCopy.write(code, moves(results, op.results(), block.yielded()));
  }

  private List<List<String>> define(List<ThreadValue> defined) {
    return defined.stream().map(values::define).toList();
  }

  private List<List<String>> of(List<ThreadValue> used) {
    return used.stream().map(values::of).toList();
  }

  private List<ParallelCopy.Move> moves(
      List<List<String>> to, List<ThreadValue> types, List<ThreadValue> from) {
    List<ParallelCopy.Move> moves = new ArrayList<>();
    for (int i = 0; i < from.size(); i++) {
      RegisterKind kind = PtxTypes.kind(types.get(i).type());
      List<String> sources = values.sources(from.get(i));
      boolean same = to.get(i).equals(sources);
      if (!same && accumulators.isInFlight(from.get(i))) {
        throw new IllegalArgumentException(
            from.get(i) + " would be copied while a matrix product writes it");
      }
      for (int j = 0; j < sources.size(); j++) {
        moves.add(new ParallelCopy.Move(kind, to.get(i).get(j), sources.get(j)));
      }
    }
    return moves;
  }
}
