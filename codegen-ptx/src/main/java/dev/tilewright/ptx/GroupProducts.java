package dev.tilewright.ptx;

import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadPrinter;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Matrix products of a warp group. Between a fence and its commit no register of a product may be
 * written by anything else: accumulators are copied, where they must be, before the fence.
 */
final class GroupProducts {
  private final Code code;
  private final Values values;
  private final Accumulators accumulators;

  /** Registers of a product between a fence and a commit, by its first result. */
  private final Map<ThreadValue, Prepared> prepared = new HashMap<>();

  private record Prepared(String d, String a) {}

  GroupProducts(Code code, Values values, Accumulators accumulators) {
    this.code = code;
    this.values = values;
    this.accumulators = accumulators;
  }

  /**
   * @param following the operations of the block after the fence
   */
  void fence(List<ThreadOp> following) {
    for (ThreadOp op : following) {
      switch (op) {
        case AsyncThreadOp.GroupMma product -> prepare(product);
        case AsyncThreadOp.GroupMmaCommit _ -> {
          code.emit("wgmma.fence.sync.aligned");
          return;
        }
        case ThreadOp.Pure _ -> {}
        default ->
            throw new IllegalArgumentException(
                "between the fence and the commit of matrix products: "
                    + ThreadPrinter.headline(op));
      }
    }
    throw new IllegalArgumentException("a fence of matrix products without a commit in its block");
  }

  private void prepare(AsyncThreadOp.GroupMma product) {
    List<String> d = new ArrayList<>();
    for (int i = 0; i < product.results().size(); i++) {
      ThreadValue result = product.results().get(i);
      if (product.c().isEmpty()) {
        values.define(result);
      } else if (accumulators.isOverwritten(product.c().get(i))) {
        values.define(result, values.of(product.c().get(i)));
      } else {
        String own = values.define(result).getFirst();
        List<String> sources = values.sources(product.c().get(i));
        values.move(PtxTypes.kind(result.type()), own, sources.getFirst());
      }
      d.add(values.register(result));
    }
    String a =
        product.registersA()
            ? Code.vector(product.a().stream().map(values::register).toList())
            : "";
    prepared.put(product.results().getFirst(), new Prepared(Code.vector(d), a));
  }

  /** {@code wgmma.SHAPE.TYPES} is {@code wgmma.mma_async.sync.aligned.SHAPE.TYPES}. */
  void product(AsyncThreadOp.GroupMma op) {
    Prepared registers = prepared.remove(op.results().getFirst());
    if (registers == null) {
      throw new IllegalArgumentException(
          "a matrix product outside of a fence and a commit: " + ThreadPrinter.headline(op));
    }
    List<String> operands = new ArrayList<>();
    operands.add(registers.d());
    operands.add(op.registersA() ? registers.a() : values.register(op.a().getFirst()));
    operands.add(values.register(op.b()));
    operands.add(scale(op));
    String name = op.instruction();
    boolean floating = !name.contains(".s32.");
    if (floating) {
      operands.addAll(List.of("1", "1"));
    }
    boolean halves = name.endsWith(".f16.f16") || name.endsWith(".bf16.bf16");
    if (halves && !op.registersA()) {
      operands.add(op.transposeA() ? "1" : "0");
    }
    if (halves) {
      operands.add(op.transposeB() ? "1" : "0");
    } else if (op.transposeA() || op.transposeB()) {
      throw new IllegalArgumentException(name + " takes matrices with k contiguous only");
    }
    code.emit(
        "wgmma.mma_async.sync.aligned" + name.substring("wgmma".length()),
        operands.toArray(String[]::new));
  }

  /** The predicate that says whether c counts. */
  private String scale(AsyncThreadOp.GroupMma op) {
    if (!op.c().isEmpty() && op.accumulate().isPresent()) {
      return values.register(op.accumulate().get());
    }
    return code.compute(RegisterKind.PREDICATE, "mov.pred", op.c().isEmpty() ? "0" : "1");
  }

  void await(AsyncThreadOp.GroupMmaWait op) {
    code.emit("wgmma.wait_group.sync.aligned", Integer.toString(op.pending()));
    for (int i = 0; i < op.results().size(); i++) {
      values.define(op.results().get(i), values.of(op.values().get(i)));
    }
  }
}
