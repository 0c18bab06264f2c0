package dev.tilewright.ir.pass;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Rewriter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.analysis.Ranges;
import java.util.ArrayList;
import java.util.List;

/**
 * Proves edge checks away.
 *
 * <p>Clears the bounds flag of a dimension of a load, store or copy where the tile lies inside the
 * tensor at every launch that the parameters' facts allow: the offset's range ({@link Ranges})
 * starts at 0 or later and ends at least a tile's extent before the dimension's size. Flags that
 * are clear stay clear. What cannot be proved stays checked, and the report names the dimension and
 * what would prove it.
 */
public final class InferMasks implements Pass {

  @Override
  public KernelFunction run(KernelFunction function, PassContext context) {
    Ranges ranges = Ranges.of(function);
    return Rewriter.rewrite(
        function,
        (op, rewriter) -> {
          Op proved = prove(op, function, ranges, context);
          if (proved == op) {
            rewriter.keep(op);
          } else {
            rewriter.out().add(proved);
          }
        });
  }

  private Op prove(Op op, KernelFunction function, Ranges ranges, PassContext context) {
    return switch (op) {
      case Op.Load l -> {
        Parameter.Tensor tensor = function.tensorOf(l.tensor());
        List<Boolean> open = open(ranges, tensor, l.offsets(), l.result().tile(), l.bounds());
        note(context, "load", l.location(), tensor, open);
        yield open.equals(l.bounds())
            ? l
            : new Op.Load(l.result(), l.tensor(), l.offsets(), open, l.fill(), l.location());
      }
      case Op.Store s -> {
        Parameter.Tensor tensor = function.tensorOf(s.tensor());
        List<Boolean> open = open(ranges, tensor, s.offsets(), s.value().tile(), s.bounds());
        note(context, "store", s.location(), tensor, open);
        yield open.equals(s.bounds())
            ? s
            : new Op.Store(s.tensor(), s.offsets(), s.value(), open, s.location());
      }
      case Op.CopyAsync c -> {
        Parameter.Tensor tensor = function.tensorOf(c.tensor());
        List<Boolean> open = open(ranges, tensor, c.offsets(), c.shared().shared(), c.bounds());
        note(context, "copy", c.location(), tensor, open);
        yield open.equals(c.bounds())
            ? c
            : new Op.CopyAsync(c.shared(), c.tensor(), c.offsets(), open, c.layout(), c.location());
      }
      default -> op;
    };
  }

  /** The bounds that remain to be checked. */
  private static List<Boolean> open(
      Ranges ranges,
      Parameter.Tensor tensor,
      List<Value> offsets,
      Type.Shaped tile,
      List<Boolean> bounds) {
    List<Boolean> open = new ArrayList<>();
    for (int i = 0; i < bounds.size(); i++) {
      open.add(
          bounds.get(i)
              && !ranges.inside(offsets.get(i), tile.shape().get(i), tensor.shape().get(i)));
    }
    return open;
  }

  private void note(
      PassContext context,
      String what,
      Location location,
      Parameter.Tensor tensor,
      List<Boolean> open) {
    for (int i = 0; i < open.size(); i++) {
      if (open.get(i)) {
        context
            .report()
            .note(
                this,
                location,
                ("the %s checks dimension %d of '%s' against its size %s;"
                        + " it need not where that is known to be a multiple of the tile's extent")
                    .formatted(what, i, tensor.name(), tensor.shape().get(i)));
      }
    }
  }
}
