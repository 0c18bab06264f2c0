package dev.tilewright.ptx;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Which integer operations become one instruction: {@code mul.wide.s32} for a 64-bit product of
 * sign-extended 32-bit numbers, {@code mad} for a product with one use in a sum of the same block.
 */
final class Fusion {
  private final Map<ThreadValue, ThreadOp> definitions = new LinkedHashMap<>();
  private final Map<ThreadValue, ThreadBlock> blocks = new LinkedHashMap<>();
  private final Map<ThreadValue, Integer> uses = new LinkedHashMap<>();
  private final Map<ThreadValue, WideProduct> wideProducts = new LinkedHashMap<>();
  private final Map<ThreadValue, Sum> sums = new LinkedHashMap<>();
  private final Set<ThreadValue> swallowed = new HashSet<>();

  /** The product of two 32-bit numbers; the second may be a literal. */
  record WideProduct(ThreadValue x, Optional<ThreadValue> y, Optional<Literal> literal) {}

  /** A product that is only needed for this sum. */
  record Sum(ThreadOp.Binary product, ThreadValue addend) {}

  Fusion(ThreadFunction function) {
    scan(function.body());
    Map<ThreadValue, Integer> narrowUses = new LinkedHashMap<>();
    for (ThreadOp op : definitions.values()) {
      if (op instanceof ThreadOp.Binary b && b.kind() == BinaryKind.MUL) {
        wideProduct(b).ifPresent(product -> wideProducts.put(b.result(), product));
      }
    }
    wideProducts.forEach(
        (result, _) -> {
          for (ThreadValue operand : definition(result).operands()) {
            narrowUses.merge(operand, 1, Integer::sum);
          }
        });
    narrowUses.forEach(
        (value, count) -> {
          if (count.equals(uses.get(value))) {
            swallowed.add(value);
          }
        });
    for (ThreadOp op : definitions.values()) {
      if (op instanceof ThreadOp.Binary b && b.kind() == BinaryKind.ADD) {
        sum(b);
      }
    }
  }

  private ThreadOp definition(ThreadValue value) {
    return Objects.requireNonNull(definitions.get(value));
  }

  private void scan(ThreadBlock block) {
    for (ThreadOp op : block.ops()) {
      for (ThreadValue operand : op.operands()) {
        uses.merge(operand, 1, Integer::sum);
      }
      if (op instanceof ThreadOp.Pure pure) {
        definitions.put(pure.result(), op);
        blocks.put(pure.result(), block);
      }
      op.regions().forEach(this::scan);
    }
  }

  private Optional<WideProduct> wideProduct(ThreadOp.Binary op) {
    if (!op.result().type().equals(ThreadType.I64)) {
      return Optional.empty();
    }
    Optional<ThreadValue> x = narrow(op.x());
    if (x.isEmpty()) {
      return Optional.empty();
    }
    Optional<ThreadValue> y = narrow(op.y());
    Optional<Literal> literal = smallLiteral(op.y());
    return y.isPresent() || literal.isPresent()
        ? Optional.of(new WideProduct(x.get(), y, literal))
        : Optional.empty();
  }

  private Optional<ThreadValue> narrow(ThreadValue value) {
    return definitions.get(value) instanceof ThreadOp.Convert convert
            && convert.x().type().isScalar()
            && convert.x().type().element() instanceof IntType from
            && from.signed()
            && from.bits() > 1
            && from.bits() <= 32
        ? Optional.of(convert.x())
        : Optional.empty();
  }

  private Optional<Literal> smallLiteral(ThreadValue value) {
    return definitions.get(value) instanceof ThreadOp.Constant constant
            && constant.value() instanceof Literal.Int number
            && number.value() == (int) number.value()
        ? Optional.of(constant.value())
        : Optional.empty();
  }

  private void sum(ThreadOp.Binary add) {
    DType element = add.result().type().element();
    if (!add.result().type().isScalar() || !(element instanceof IntType t) || t.bits() < 32) {
      return;
    }
    if (productFor(add, add.x())) {
      take(add, add.x(), add.y());
    } else if (productFor(add, add.y())) {
      take(add, add.y(), add.x());
    }
  }

  private boolean productFor(ThreadOp.Binary add, ThreadValue value) {
    return definitions.get(value) instanceof ThreadOp.Binary product
        && product.kind() == BinaryKind.MUL
        && Integer.valueOf(1).equals(uses.get(value))
        && blocks.get(value) == blocks.get(add.result());
  }

  private void take(ThreadOp.Binary add, ThreadValue product, ThreadValue addend) {
    sums.put(add.result(), new Sum((ThreadOp.Binary) definition(product), addend));
    swallowed.add(product);
  }

  /** Whether the value is computed inside another instruction and nowhere needed by itself. */
  boolean isSwallowed(ThreadValue value) {
    return swallowed.contains(value);
  }

  Optional<WideProduct> wideProductOf(ThreadValue result) {
    return Optional.ofNullable(wideProducts.get(result));
  }

  Optional<Sum> sumOf(ThreadValue result) {
    return Optional.ofNullable(sums.get(result));
  }
}
