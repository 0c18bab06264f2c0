package dev.tilewright.ir.verify;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.text.Printer;
import java.util.Optional;

/** What one operation expects of the types of its values; disappointments become problems. */
record Expectations(Op op, Problems problems) {

  /** The type without layout. */
  static Type bare(Type type) {
    return switch (type) {
      case Type.Tile tile -> new Type.Tile(tile.shape(), tile.dtype());
      case Type.Shared shared -> new Type.Shared(shared.shape(), shared.dtype());
      case Type.Aref aref ->
          new Type.Aref(
              aref.payload().stream().map(s -> new Type.Shared(s.shape(), s.dtype())).toList(),
              aref.depth(),
              aref.scope());
      case Type.Scalar _, Type.Tensor _, Type.Token _, Type.Pending _ -> type;
      case Type.Mbarriers _, Type.Workspace _ -> type;
    };
  }

  static Type withDtype(Type type, DType dtype) {
    return type instanceof Type.Tile tile ? tile.withDtype(dtype) : new Type.Scalar(dtype);
  }

  boolean computable(Value value) {
    if (value.type() instanceof Type.Scalar || value.type() instanceof Type.Tile) {
      return true;
    }
    typed("expected a scalar or a tile, found " + value + " of type ", value.type());
    return false;
  }

  boolean same(String what, Value value, Value model) {
    return like(what, value, model.type());
  }

  boolean like(String what, Value value, Type expected) {
    if (bare(value.type()).equals(bare(expected))) {
      return true;
    }
    problems.add(
        "TW-V04",
        op,
        what
            + " "
            + value
            + " has type "
            + Printer.type(bare(value.type()))
            + "; expected "
            + Printer.type(bare(expected)));
    return false;
  }

  Optional<Type.Tile> tile(String what, Value value) {
    if (value.type() instanceof Type.Tile tile) {
      return Optional.of(tile);
    }
    typed("expected " + what + " to be a tile, found " + value + " of type ", value.type());
    return Optional.empty();
  }

  Optional<Type.Shared> shared(String what, Value value) {
    if (value.type() instanceof Type.Shared shared) {
      return Optional.of(shared);
    }
    typed(
        "expected " + what + " to be in shared memory, found " + value + " of type ", value.type());
    return Optional.empty();
  }

  @FunctionalInterface
  interface TileRule {
    void check(Type.Tile x, Type.Tile result);
  }

  /** The rule, if operand and result are tiles of one element type. */
  void bothTiles(Value x, Value result, TileRule rule) {
    Optional<Type.Tile> from = tile("the operand", x);
    Optional<Type.Tile> to = tile("the result", result);
    if (from.isEmpty() || to.isEmpty()) {
      return;
    }
    if (!from.get().dtype().equals(to.get().dtype())) {
      problems.add(
          "TW-V05",
          op,
          "the result has elements of "
              + to.get().dtype()
              + "; expected "
              + from.get().dtype()
              + ", as the operand has");
    }
    rule.check(from.get(), to.get());
  }

  void extents(Type type) {
    if (type instanceof Type.Shaped shaped && shaped.shape().stream().anyMatch(e -> e < 1)) {
      shape("the shape " + shaped.shape() + " has an extent below 1");
    }
  }

  void typed(String message, Type type) {
    problems.add("TW-V04", op, message + Printer.type(bare(type)));
  }

  void shape(String message) {
    problems.add("TW-V06", op, message);
  }

  void attribute(String message) {
    problems.add("TW-V10", op, message);
  }
}
