package dev.tilewright.ir.verify;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.ir.analysis.BitView;
import dev.tilewright.ir.text.Printer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Which types and attributes each operation takes. Layouts are not looked at: two tile types agree
 * when shape and element type do.
 */
final class TypeRules {
  static final Type.Scalar I32 = new Type.Scalar(DType.I32);

  private final KernelFunction function;
  private final Problems problems;
  private final Op op;
  private final Expectations expect;
  private final TensorRules tensors;

  private TypeRules(KernelFunction function, Problems problems, Op op) {
    this.function = function;
    this.problems = problems;
    this.op = op;
    this.expect = new Expectations(op, problems);
    this.tensors = new TensorRules(function, op, problems);
  }

  static void check(KernelFunction function, Problems problems) {
    Traversal.ops(function).forEach(op -> new TypeRules(function, problems, op).check());
  }

  private void check() {
    for (Value result : op.results()) {
      expect.extents(result.type());
    }
    switch (op) {
      case Op.Constant o -> {
        if (expect.computable(o.result())) {
          literal(o.value(), o.result().type().dtype());
        }
      }
      case Op.Unary o -> {
        if (expect.computable(o.x()) && expect.same("the result", o.result(), o.x())) {
          unary(o.kind(), o.x().type().dtype());
        }
      }
      case Op.Binary o -> {
        if (expect.computable(o.x())
            && expect.same("the second operand", o.y(), o.x())
            && expect.same("the result", o.result(), o.x())) {
          binary(o.kind(), o.x().type().dtype());
        }
      }
      case Op.Fma o -> {
        if (expect.computable(o.x())
            && expect.same("the factor", o.y(), o.x())
            && expect.same("the addend", o.z(), o.x())
            && expect.same("the result", o.result(), o.x())) {
          floats("fma", o.x().type().dtype());
        }
      }
      case Op.Compare o -> {
        if (expect.computable(o.x()) && expect.same("the second operand", o.y(), o.x())) {
          arithmetic("compare", o.x().type().dtype());
          expect.like("the result", o.result(), Expectations.withDtype(o.x().type(), DType.I1));
        }
      }
      case Op.Select o -> {
        if (expect.computable(o.x())
            && expect.same("the second alternative", o.y(), o.x())
            && expect.same("the result", o.result(), o.x())) {
          expect.like(
              "the condition", o.condition(), Expectations.withDtype(o.x().type(), DType.I1));
        }
      }
      case Op.Cast o -> {
        if (expect.computable(o.x()) && expect.computable(o.result())) {
          expect.like(
              "the result",
              o.result(),
              Expectations.withDtype(o.x().type(), o.result().type().dtype()));
        }
      }
      case Op.Iota o -> iota(o);
      case Op.Splat o -> {
        if (expect.tile("the result", o.result()).isPresent()) {
          expect.like("the operand", o.x(), new Type.Scalar(o.result().type().dtype()));
        }
      }
      case Op.Extract o -> {
        Optional<Type.Tile> x = expect.tile("the operand", o.x());
        x.ifPresent(tile -> expect.like("the result", o.result(), new Type.Scalar(tile.dtype())));
        x.filter(tile -> tile.elements() != 1)
            .ifPresent(
                tile ->
                    expect.shape(
                        "a tile of shape "
                            + tile.shape()
                            + " has "
                            + tile.elements()
                            + " elements; expected one: reduce the tile first"));
      }
      case Op.Broadcast o -> expect.bothTiles(o.x(), o.result(), this::broadcast);
      case Op.Reshape o -> expect.bothTiles(o.x(), o.result(), this::reshape);
      case Op.View o -> view(o);
      case Op.Transpose o -> expect.bothTiles(o.x(), o.result(), (x, r) -> transpose(o, x, r));
      case Op.Reduce o -> expect.bothTiles(o.x(), o.result(), (x, r) -> reduce(o, x, r));
      case Op.Mma o -> mma(o);
      case Op.ConvertLayout o -> {
        if (expect.tile("the operand", o.x()).isPresent()) {
          expect.same("the result", o.result(), o.x());
        }
      }
      case Op.ProgramId o -> {
        expect.like("the result", o.result(), I32);
        if (o.axis() < 0 || o.axis() > 2) {
          expect.attribute("the grid axis is " + o.axis() + "; expected 0 (x), 1 (y) or 2 (z)");
        }
      }
      case Op.Load o -> {
        Optional<Type.Tile> tile = expect.tile("the result", o.result());
        tile.ifPresent(t -> literal(o.fill(), t.dtype()));
        tile.ifPresent(t -> tensors.block(o.tensor(), o.offsets(), o.bounds().size(), t));
        tensors.access(o.tensor(), Parameter.Access.OUT, "read");
      }
      case Op.Store o -> {
        expect
            .tile("the value", o.value())
            .ifPresent(t -> tensors.block(o.tensor(), o.offsets(), o.bounds().size(), t));
        tensors.access(o.tensor(), Parameter.Access.IN, "written");
      }
      case Op.SharedAlloc o -> expect.shared("the result", o.result());
      case Op.SharedSlice o -> slice(o);
      case Op.SharedLoad o -> moves(o.shared(), o.result());
      case Op.SharedStore o -> moves(o.shared(), o.value());
      case Op.CopyAsync o -> {
        expect
            .shared("the destination", o.shared())
            .ifPresent(s -> tensors.block(o.tensor(), o.offsets(), o.bounds().size(), s));
        tensors.access(o.tensor(), Parameter.Access.OUT, "read");
      }
      case Op.AsyncCommit _, Op.Barrier _ -> {}
      case AsyncOp o -> AsyncTypeRules.check(function, problems, o);
      case WorkspaceOp o -> WorkspaceRules.types(function, problems, o);
      case Op.AsyncWait o -> {
        if (o.pending() < 0) {
          expect.attribute(
              "the number of pending groups is " + o.pending() + "; expected 0 or more");
        }
      }
      case Op.For o -> loop(o);
      case Op.While o -> loop(o);
      case Op.If o -> branch(o);
      case Op.Yield _ -> {}
    }
  }

  // ---------------------------------------------------------------- elements

  private void literal(Literal literal, DType dtype) {
    boolean fits =
        switch (dtype) {
          case IntType _ -> literal instanceof Literal.Int;
          case FloatType _, StoredType _ -> literal instanceof Literal.Float;
        };
    if (!fits) {
      problems.add(
          "TW-V05",
          op,
          "the number "
              + Printer.literal(literal)
              + " is not of type "
              + dtype.name()
              + (dtype instanceof IntType ? "; write an integer" : "; write a decimal point"));
    }
  }

  private void arithmetic(String what, DType dtype) {
    if (dtype instanceof StoredType) {
      problems.add(
          "TW-V05", op, dtype.name() + " is stored and converted: cast first, then " + what);
    }
  }

  private void unary(UnaryKind kind, DType dtype) {
    arithmetic(kind.name().toLowerCase(Locale.ROOT), dtype);
    switch (kind) {
      case NEG, ABS -> {}
      case NOT -> integers("not", dtype);
      case EXP2, EXP, LOG2, LOG, SQRT, RSQRT, RECIP, SIN, COS, TANH, FLOOR, CEIL, ROUND ->
          floats(kind.name().toLowerCase(Locale.ROOT), dtype);
    }
  }

  private void binary(BinaryKind kind, DType dtype) {
    arithmetic(kind.name().toLowerCase(Locale.ROOT), dtype);
    switch (kind) {
      case ADD, SUB, MUL, DIV, MIN, MAX -> {}
      case REM, AND, OR, XOR, SHL, SHR -> integers(kind.name().toLowerCase(Locale.ROOT), dtype);
    }
  }

  private void floats(String what, DType dtype) {
    if (!(dtype instanceof FloatType)) {
      problems.add("TW-V05", op, what + " is for floats, not for " + dtype + "; cast first");
    }
  }

  private void integers(String what, DType dtype) {
    if (!(dtype instanceof IntType)) {
      problems.add("TW-V05", op, what + " is for integers, not for " + dtype + "; cast first");
    }
  }

  // ---------------------------------------------------------------- shapes

  private void iota(Op.Iota iota) {
    expect
        .tile("the result", iota.result())
        .ifPresent(
            t -> {
              if (t.rank() != 1 || !t.dtype().equals(DType.I32)) {
                expect.typed("iota counts along the one dimension of an i32 tile, not of ", t);
              }
            });
  }

  private void broadcast(Type.Tile x, Type.Tile r) {
    boolean fits = x.rank() == r.rank();
    for (int i = 0; fits && i < x.rank(); i++) {
      fits = x.shape().get(i).equals(r.shape().get(i)) || x.shape().get(i) == 1;
    }
    if (!fits) {
      expect.shape(
          "a broadcast repeats along dimensions of extent 1 and keeps the others; "
              + x.shape()
              + " does not become "
              + r.shape()
              + "; reshape first");
    }
  }

  private void reshape(Type.Tile x, Type.Tile r) {
    if (x.elements() != r.elements()) {
      expect.shape(
          "a reshape keeps the number of elements; "
              + x.shape()
              + " has "
              + x.elements()
              + ", "
              + r.shape()
              + " has "
              + r.elements());
    }
  }

  private void view(Op.View o) {
    Optional<Type.Tile> x = expect.tile("the operand", o.x());
    Optional<Type.Tile> r = expect.tile("the result", o.result());
    if (x.isEmpty() || r.isEmpty()) {
      return;
    }
    Optional<List<Integer>> shape = BitView.shape(x.get(), r.get().dtype());
    if (shape.isEmpty()) {
      int row = x.get().rank() == 0 ? 1 : x.get().shape().getLast();
      expect.shape(
          "a view keeps the bits of every row; %d elements of %s are %d bits, no whole number of %s"
              .formatted(
                  row,
                  x.get().dtype().name(),
                  (long) row * x.get().dtype().bits(),
                  r.get().dtype().name()));
    } else if (!shape.get().equals(r.get().shape())) {
      expect.shape(
          "%s of %s is seen as %s of %s, but the result has shape %s"
              .formatted(
                  x.get().shape(),
                  x.get().dtype().name(),
                  shape.get(),
                  r.get().dtype().name(),
                  r.get().shape()));
    }
  }

  private void transpose(Op.Transpose o, Type.Tile x, Type.Tile r) {
    List<Integer> dimensions = IntStream.range(0, x.rank()).boxed().toList();
    if (!o.permutation().stream().sorted().toList().equals(dimensions)) {
      expect.shape(o.permutation() + " is not a permutation of the dimensions " + dimensions);
      return;
    }
    List<Integer> expected = o.permutation().stream().map(i -> x.shape().get(i)).toList();
    if (!r.shape().equals(expected)) {
      expect.shape("the result has shape " + r.shape() + "; expected " + expected);
    }
  }

  private void reduce(Op.Reduce o, Type.Tile x, Type.Tile r) {
    if (o.axis() < 0 || o.axis() >= x.rank()) {
      expect.shape("there is no dimension " + o.axis() + " in " + x.shape());
      return;
    }
    List<Integer> expected = new ArrayList<>(x.shape());
    expected.remove(o.axis());
    if (!r.shape().equals(expected)) {
      expect.shape("the result has shape " + r.shape() + "; expected " + expected);
    }
    Type.Scalar element = new Type.Scalar(x.dtype());
    List<Type> arguments = types(o.combiner().arguments());
    if (!arguments.equals(List.of(element, element))) {
      region("the combiner takes two arguments of type " + element.dtype().name(), arguments);
    }
    List<Type> yielded = types(o.combiner().yielded());
    if (!yielded.equals(List.of(element))) {
      region("the combiner yields one " + element.dtype().name(), yielded);
    }
    Traversal.ops(o.combiner())
        .filter(inner -> !(inner instanceof Op.Pure || inner instanceof Op.Yield))
        .findFirst()
        .ifPresent(
            inner ->
                problems.add(
                    "TW-V07",
                    op,
                    "the combiner has the effect '"
                        + Printer.headline(inner)
                        + "'; it may only compute"));
  }

  private void mma(Op.Mma o) {
    Optional<Type.Tile> a = expect.tile("a", o.a());
    Optional<Type.Tile> b = expect.tile("b", o.b());
    if (a.isEmpty() || b.isEmpty()) {
      return;
    }
    new ProductRules(op, problems).check(a.get(), false, b.get(), false, o.acc(), o.result());
  }

  // ---------------------------------------------------------------- memory

  private void slice(Op.SharedSlice o) {
    Optional<Type.Shared> whole = expect.shared("the buffer", o.shared());
    Optional<Type.Shared> part = expect.shared("the result", o.result());
    expect.like("the index", o.index(), I32);
    if (whole.isEmpty() || part.isEmpty()) {
      return;
    }
    if (whole.get().rank() == 0) {
      expect.shape("a buffer without dimensions has no stages");
      return;
    }
    List<Integer> expected = whole.get().shape().subList(1, whole.get().rank());
    if (!part.get().shape().equals(expected) || !part.get().dtype().equals(whole.get().dtype())) {
      expect.shape(
          "the result is "
              + Printer.type(new Type.Shared(part.get().shape(), part.get().dtype()))
              + "; expected "
              + Printer.type(new Type.Shared(expected, whole.get().dtype())));
    }
  }

  private void moves(Value shared, Value value) {
    expect
        .shared("the buffer", shared)
        .ifPresent(s -> expect.like("the tile", value, new Type.Tile(s.shape(), s.dtype())));
  }

  // ---------------------------------------------------------------- control flow

  private void loop(Op.For o) {
    expect.like("the lower bound", o.lower(), I32);
    expect.like("the upper bound", o.upper(), I32);
    expect.like("the step", o.step(), I32);
    List<Type> carried = types(o.inits());
    carried.forEach(this::carriable);
    List<Type> arguments = new ArrayList<>(carried);
    arguments.addFirst(I32);
    regionTypes("the body takes", arguments, types(o.body().arguments()));
    regionTypes("the body yields", carried, types(o.body().yielded()));
    regionTypes("the loop has results", carried, types(o.results()));
  }

  private void loop(Op.While o) {
    List<Type> carried = types(o.inits());
    carried.forEach(this::carriable);
    regionTypes("the condition takes", carried, types(o.condition().arguments()));
    regionTypes(
        "the condition yields", List.of(new Type.Scalar(DType.I1)), types(o.condition().yielded()));
    regionTypes("the body takes", carried, types(o.body().arguments()));
    regionTypes("the body yields", carried, types(o.body().yielded()));
    regionTypes("the loop has results", carried, types(o.results()));
    Traversal.ops(o.condition())
        .filter(inner -> !computes(inner))
        .findFirst()
        .ifPresent(
            inner ->
                problems.add(
                    "TW-V07",
                    op,
                    "the condition has the effect '"
                        + Printer.headline(inner)
                        + "'; it may only compute and load: do it in the body"));
  }

  /** Through shared memory, too: passes send tiles through it that change their layout. */
  private static boolean computes(Op op) {
    return switch (op) {
      case Op.Pure _, Op.Load _ -> true;
      case Op.SharedAlloc _, Op.SharedLoad _, Op.SharedStore _, Op.Barrier _ -> true;
      case Op.For _, Op.While _, Op.If _, Op.Yield _ -> true;
      default -> false;
    };
  }

  private void branch(Op.If o) {
    expect.like("the condition", o.condition(), new Type.Scalar(DType.I1));
    List<Type> results = types(o.results());
    results.forEach(this::carriable);
    regionTypes("the first branch takes", List.of(), types(o.thenBlock().arguments()));
    regionTypes("the second branch takes", List.of(), types(o.elseBlock().arguments()));
    regionTypes("the first branch yields", results, types(o.thenBlock().yielded()));
    regionTypes("the second branch yields", results, types(o.elseBlock().yielded()));
  }

  private void carriable(Type type) {
    switch (type) {
      case Type.Scalar _, Type.Tile _, Type.Token _, Type.Pending _ -> {}
      case Type.Shared _, Type.Tensor _, Type.Aref _, Type.Mbarriers _, Type.Workspace _ ->
          expect.typed("loops and branches hand on scalars and tiles, not ", type);
    }
  }

  private void regionTypes(String what, List<Type> expected, List<Type> found) {
    if (!expected.equals(found)) {
      problems.add("TW-V07", op, what + " " + describe(found) + "; expected " + describe(expected));
    }
  }

  private void region(String expected, List<Type> found) {
    problems.add("TW-V07", op, expected + "; found " + describe(found));
  }

  private static String describe(List<Type> types) {
    return types.isEmpty()
        ? "nothing"
        : String.join(", ", types.stream().map(Printer::type).toList());
  }

  private static List<Type> types(List<Value> values) {
    return values.stream().map(value -> Expectations.bare(value.type())).toList();
  }
}
