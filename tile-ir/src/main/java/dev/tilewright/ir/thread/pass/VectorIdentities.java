package dev.tilewright.ir.thread.pass;

import dev.tilewright.ir.Literal;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Building, taking apart and renaming bits cancel each other. */
final class VectorIdentities {
  private VectorIdentities() {}

  static @Nullable Simpler bitcast(ThreadOp.Bitcast op, Definitions definitions) {
    if (op.x().type().equals(op.result().type())) {
      return new Simpler.Same(op.x());
    }
    return definitions.of(op.x()) instanceof ThreadOp.Bitcast inner
        ? new Simpler.Other(new ThreadOp.Bitcast(op.result(), inner.x(), op.location()))
        : null;
  }

  static @Nullable Simpler extract(ThreadOp.Extract op, Definitions definitions, Fold fold) {
    ThreadType type = op.result().type();
    if (type.equals(op.vector().type())) {
      return new Simpler.Same(op.vector());
    }
    return switch (definitions.of(op.vector())) {
      case ThreadOp.Constant constant ->
          new Simpler.Other(new ThreadOp.Constant(op.result(), constant.value(), op.location()));
      case ThreadOp.Build build -> {
        List<ThreadValue> part = build.elements().subList(op.index(), op.index() + type.lanes());
        yield type.isScalar()
            ? new Simpler.Same(part.getFirst())
            : new Simpler.Other(new ThreadOp.Build(op.result(), part, op.location()));
      }
      case ThreadOp.Extract inner ->
          new Simpler.Other(
              new ThreadOp.Extract(
                  op.result(), inner.vector(), inner.index() + op.index(), op.location()));
      case null, default -> throughBitcast(op, definitions, fold);
    };
  }

  /** A part of other elements of the same size is a part of the vector before it was renamed. */
  private static @Nullable Simpler throughBitcast(
      ThreadOp.Extract op, Definitions definitions, Fold fold) {
    if (!(definitions.of(op.vector()) instanceof ThreadOp.Bitcast cast)
        || cast.x().type().lanes() != cast.result().type().lanes()) {
      return null;
    }
    ThreadType type = op.result().type();
    ThreadValue part = fold.fresh(new ThreadType(cast.x().type().element(), type.lanes()));
    ThreadValue extracted =
        fold.value(new ThreadOp.Extract(part, cast.x(), op.index(), op.location()));
    return new Simpler.Other(new ThreadOp.Bitcast(op.result(), extracted, op.location()));
  }

  static @Nullable Simpler build(ThreadOp.Build op, Definitions definitions) {
    List<ThreadValue> elements = op.elements();
    if (elements.size() == 1) {
      return new Simpler.Same(elements.getFirst());
    }
    Literal literal = definitions.literal(elements.getFirst());
    if (literal != null
        && elements.stream().allMatch(e -> literal.equals(definitions.literal(e)))) {
      return new Simpler.Other(new ThreadOp.Constant(op.result(), literal, op.location()));
    }
    return rebuilt(op, definitions);
  }

  /** Consecutive elements of one vector, put together again. */
  private static @Nullable Simpler rebuilt(ThreadOp.Build op, Definitions definitions) {
    if (!(definitions.of(op.elements().getFirst()) instanceof ThreadOp.Extract first)) {
      return null;
    }
    for (int i = 0; i < op.elements().size(); i++) {
      boolean next =
          definitions.of(op.elements().get(i)) instanceof ThreadOp.Extract extract
              && extract.vector().equals(first.vector())
              && extract.index() == first.index() + i;
      if (!next) {
        return null;
      }
    }
    return first.vector().type().equals(op.result().type())
        ? new Simpler.Same(first.vector())
        : new Simpler.Other(
            new ThreadOp.Extract(op.result(), first.vector(), first.index(), op.location()));
  }
}
