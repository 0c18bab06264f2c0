package dev.tilewright.ir.thread.pass;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadRewriter;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Writes every address as {@code ((a + b) + c) + immediate}, a, b and c sorted by how deep in loops
 * they are defined, so that what a loop does not change is added before it and numbers are added by
 * the access itself.
 */
final class OrderAddresses {
  /** Machine code has 24 signed bits for the immediate. */
  private static final int LEAST_OFFSET = -(1 << 23);

  private static final int GREATEST_OFFSET = (1 << 23) - 1;

  /** Deeper sums are left as they are, so that shared subterms cannot blow up. */
  private static final int MOST_TERMS = 16;

  private final Definitions definitions;
  private final int[] depths;

  private OrderAddresses(ThreadFunction function) {
    int size = function.nextId();
    definitions = new Definitions(size);
    depths = new int[size];
    scan(function.body(), 0);
  }

  static ThreadFunction run(ThreadFunction function) {
    OrderAddresses pass = new OrderAddresses(function);
    return ThreadRewriter.rewrite(function, pass::visit);
  }

  private void scan(ThreadBlock block, int depth) {
    block.arguments().forEach(argument -> depths[argument.id()] = depth);
    for (ThreadOp op : block.ops()) {
      op.results().forEach(result -> depths[result.id()] = depth);
      if (op instanceof ThreadOp.Pure pure) {
        definitions.add(pure);
      }
      boolean loop = op instanceof ThreadOp.For || op instanceof ThreadOp.While;
      int inner = depth + (loop ? 1 : 0);
      op.regions().forEach(region -> scan(region, inner));
    }
  }

  /** A sum, its number apart. */
  private record Address(ThreadValue base, int offset) {}

  private void visit(ThreadOp op, ThreadRewriter rewriter) {
    ThreadOp ordered =
        switch (op) {
          case ThreadOp.GlobalLoad o -> {
            Address a = order(o.address(), o.offset(), rewriter);
            yield new ThreadOp.GlobalLoad(
                o.result(), a.base(), a.offset(), o.predicate(), o.location());
          }
          case ThreadOp.GlobalStore o -> {
            Address a = order(o.address(), o.offset(), rewriter);
            yield new ThreadOp.GlobalStore(
                a.base(), a.offset(), o.value(), o.predicate(), o.location());
          }
          case ThreadOp.SharedLoad o -> {
            Address a = order(o.address(), o.offset(), rewriter);
            yield new ThreadOp.SharedLoad(o.result(), a.base(), a.offset(), o.location());
          }
          case ThreadOp.SharedStore o -> {
            Address a = order(o.address(), o.offset(), rewriter);
            yield new ThreadOp.SharedStore(
                a.base(), a.offset(), o.value(), o.predicate(), o.location());
          }
          case ThreadOp.LoadMatrix o -> {
            Address a = order(o.address(), o.offset(), rewriter);
            yield new ThreadOp.LoadMatrix(
                o.results(), o.transposed(), a.base(), a.offset(), o.location());
          }
          case ThreadOp.StoreMatrix o -> {
            Address a = order(o.address(), o.offset(), rewriter);
            yield new ThreadOp.StoreMatrix(
                o.values(), o.transposed(), a.base(), a.offset(), o.location());
          }
          case ThreadOp.MatrixDescriptor o -> {
            Address a = order(o.address(), o.offset(), rewriter);
            yield new ThreadOp.MatrixDescriptor(
                o.result(), a.base(), a.offset(), o.bits(), o.location());
          }
          case ThreadOp.AsyncCopy o -> {
            Address shared = order(o.shared(), o.sharedOffset(), rewriter);
            Address global = order(o.global(), o.globalOffset(), rewriter);
            yield new ThreadOp.AsyncCopy(
                o.bytes(),
                shared.base(),
                shared.offset(),
                global.base(),
                global.offset(),
                o.sourceBytes(),
                o.predicate(),
                o.location());
          }
          case AsyncThreadOp.Ordered o -> order(o, rewriter);
          case ThreadOp.Pure _,
              ThreadOp.AsyncCommit _,
              ThreadOp.AsyncWait _,
              ThreadOp.Barrier _,
              ThreadOp.Mma _,
              ThreadOp.ShuffleXor _,
              ThreadOp.ShuffleIndex _,
              ThreadOp.For _,
              ThreadOp.While _,
              ThreadOp.If _,
              AsyncThreadOp.Partial _,
              ThreadOp.Yield _ ->
              op;
        };
    rewriter.keep(ordered);
  }

  private ThreadOp order(AsyncThreadOp.Ordered op, ThreadRewriter rewriter) {
    return switch (op) {
      case AsyncThreadOp.MbarrierInit o -> {
        Address a = order(o.address(), o.offset(), rewriter);
        yield new AsyncThreadOp.MbarrierInit(a.base(), a.offset(), o.count(), o.location());
      }
      case AsyncThreadOp.MbarrierExpect o -> {
        Address a = order(o.address(), o.offset(), rewriter);
        yield new AsyncThreadOp.MbarrierExpect(a.base(), a.offset(), o.bytes(), o.location());
      }
      case AsyncThreadOp.MbarrierArrive o -> {
        Address a = order(o.address(), o.offset(), rewriter);
        yield new AsyncThreadOp.MbarrierArrive(a.base(), a.offset(), o.rank(), o.location());
      }
      case AsyncThreadOp.MbarrierWait o -> {
        Address a = order(o.address(), o.offset(), rewriter);
        yield new AsyncThreadOp.MbarrierWait(a.base(), a.offset(), o.parity(), o.location());
      }
      case AsyncThreadOp.Signal o -> {
        Address a = order(o.address(), o.offset(), rewriter);
        yield new AsyncThreadOp.Signal(a.base(), a.offset(), o.predicate(), o.location());
      }
      case AsyncThreadOp.Await o -> {
        Address a = order(o.address(), o.offset(), rewriter);
        yield new AsyncThreadOp.Await(a.base(), a.offset(), o.predicate(), o.location());
      }
      case AsyncThreadOp.FetchIncrement o -> {
        Address a = order(o.address(), o.offset(), rewriter);
        yield new AsyncThreadOp.FetchIncrement(
            o.result(), a.base(), a.offset(), o.last(), o.predicate(), o.location());
      }
      case AsyncThreadOp.BulkLoad o -> {
        Address shared = order(o.shared(), o.sharedOffset(), rewriter);
        Address barrier = order(o.barrier(), o.barrierOffset(), rewriter);
        yield new AsyncThreadOp.BulkLoad(
            o.map(),
            shared.base(),
            shared.offset(),
            o.coordinates(),
            barrier.base(),
            barrier.offset(),
            o.multicastMask(),
            o.location());
      }
      case AsyncThreadOp.BulkStore o -> {
        Address a = order(o.shared(), o.sharedOffset(), rewriter);
        yield new AsyncThreadOp.BulkStore(
            o.map(), a.base(), a.offset(), o.coordinates(), o.location());
      }
      case AsyncThreadOp.SetMaxRegisters _,
          AsyncThreadOp.FenceMbarrierInit _,
          AsyncThreadOp.FenceProxyAsync _,
          AsyncThreadOp.ClusterArrive _,
          AsyncThreadOp.ClusterWait _,
          AsyncThreadOp.BulkCommit _,
          AsyncThreadOp.BulkWait _,
          AsyncThreadOp.PrefetchTensorMap _,
          AsyncThreadOp.GroupMma _,
          AsyncThreadOp.GroupMmaFence _,
          AsyncThreadOp.GroupMmaCommit _,
          AsyncThreadOp.GroupMmaWait _ ->
          op;
    };
  }

  private Address order(ThreadValue address, int offset, ThreadRewriter rewriter) {
    List<ThreadValue> terms = new ArrayList<>();
    long number = offset + flatten(address, terms);
    if (terms.size() > MOST_TERMS || terms.isEmpty()) {
      return new Address(address, offset);
    }
    terms.sort(Comparator.comparingInt((ThreadValue t) -> depths[t.id()]));
    ThreadValue sum = terms.getFirst();
    for (ThreadValue term : terms.subList(1, terms.size())) {
      sum = rewriter.out().binary(BinaryKind.ADD, sum, term);
    }
    if (number >= LEAST_OFFSET && number <= GREATEST_OFFSET) {
      return new Address(sum, (int) number);
    }
    ThreadValue rest = rewriter.out().constant(address.type(), Literal.of(number - offset));
    return new Address(rewriter.out().binary(BinaryKind.ADD, sum, rest), offset);
  }

  /** Collects the terms of a sum and returns its number. */
  private long flatten(ThreadValue value, List<ThreadValue> terms) {
    ThreadOp.Pure definition = definitions.of(value);
    if (definition instanceof ThreadOp.Constant constant
        && constant.value() instanceof Literal.Int(long number)) {
      return number;
    }
    if (terms.size() <= MOST_TERMS
        && definition instanceof ThreadOp.Binary sum
        && sum.kind() == BinaryKind.ADD) {
      return flatten(sum.x(), terms) + flatten(sum.y(), terms);
    }
    terms.add(value);
    return 0;
  }
}
