package dev.tilewright.ir.verify;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.text.Printer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which types and attributes each asynchronous operation takes; layouts are not looked at. */
final class AsyncTypeRules {
  private final Problems problems;
  private final AsyncOp op;
  private final Expectations expect;
  private final TensorRules tensors;

  private AsyncTypeRules(KernelFunction function, Problems problems, AsyncOp op) {
    this.problems = problems;
    this.op = op;
    this.expect = new Expectations(op, problems);
    this.tensors = new TensorRules(function, op, problems);
  }

  static void check(KernelFunction function, Problems problems, AsyncOp op) {
    new AsyncTypeRules(function, problems, op).check();
  }

  private void check() {
    switch (op) {
      case AsyncOp.Roles o -> roles(o);
      case AsyncOp.ArefCreate o -> create(o);
      case AsyncOp.AcquireWrite o -> acquired(o.aref(), o.results(), Type.Side.WRITE);
      case AsyncOp.Commit o -> token("a commit", o.token(), Type.Side.WRITE);
      case AsyncOp.AcquireRead o -> acquired(o.aref(), o.results(), Type.Side.READ);
      case AsyncOp.Release o -> {
        token("a release", o.token(), Type.Side.READ);
        o.after().forEach(p -> expect.like("what ends before", p, new Type.Pending()));
      }
      case AsyncOp.BulkLoad o -> {
        expect
            .shared("the destination", o.shared())
            .ifPresent(s -> tensors.block(o.tensor(), o.offsets(), o.offsets().size(), s));
        tensors.access(o.tensor(), Parameter.Access.OUT, "read");
        o.barrier().ifPresent(this::barrier);
      }
      case AsyncOp.BulkStore o -> {
        expect
            .shared("the source", o.shared())
            .ifPresent(s -> tensors.block(o.tensor(), o.offsets(), o.offsets().size(), s));
        tensors.access(o.tensor(), Parameter.Access.IN, "written");
      }
      case AsyncOp.BulkCommit _, AsyncOp.ProxyFence _ -> {}
      case AsyncOp.BulkWait o -> pending("groups", o.pending());
      case AsyncOp.MmaAsync o -> product(o);
      case AsyncOp.MmaWait o -> {
        pending("products", o.pending());
        sameTypes(o);
      }
      case AsyncOp.MbarrierCreate o -> {
        if (!(o.result().type() instanceof Type.Mbarriers barriers)) {
          expect.typed("expected the result to be barriers, found ", o.result().type());
        } else if (barriers.count() < 1) {
          expect.attribute("there are " + barriers.count() + " barriers; expected 1 or more");
        }
        if (o.arrivals() < 1) {
          expect.attribute(
              "a phase completes at " + o.arrivals() + " arrivals; expected 1 or more");
        }
      }
      case AsyncOp.MbarrierWait o -> {
        barrier(o.barrier());
        expect.like("the parity", o.parity(), TypeRules.I32);
      }
      case AsyncOp.MbarrierExpect o -> {
        barrier(o.barrier());
        if (o.bytes() < 0) {
          expect.attribute("it announces " + o.bytes() + " bytes; expected 0 or more");
        }
      }
      case AsyncOp.MbarrierArrive o -> barrier(o.barrier());
    }
  }

  // ---------------------------------------------------------------- roles

  private void roles(AsyncOp.Roles o) {
    if (o.roles().isEmpty()) {
      expect.attribute("there are no roles; expected one or more");
    }
    Set<String> names = new HashSet<>();
    for (AsyncOp.Role role : o.roles()) {
      if (!names.add(role.name())) {
        expect.attribute("two roles have the name '" + role.name() + "'; give each its own");
      }
      if (role.warps() < 1) {
        expect.attribute(
            "role '" + role.name() + "' has " + role.warps() + " warps; expected 1 or more");
      }
      if (role.registers().isPresent() && role.registers().getAsInt() < 1) {
        expect.attribute(
            "a thread of role '"
                + role.name()
                + "' has "
                + role.registers().getAsInt()
                + " registers; expected 1 or more");
      }
    }
    for (int i = 0; i < o.roles().size(); i++) {
      role(o.roles().get(i), o.bodies().get(i));
    }
  }

  private void role(AsyncOp.Role role, Block body) {
    String name = "role '" + role.name() + "'";
    if (!body.arguments().isEmpty() || !body.yielded().isEmpty()) {
      problems.add(
          "TW-V07",
          op,
          name + " takes or yields values; roles exchange values through arefs and memory only");
    }
    if (Traversal.ops(body).anyMatch(AsyncOp.Roles.class::isInstance)) {
      problems.add("TW-V07", op, name + " has roles of its own; expected them in one place");
    }
    for (Value value : Traversal.freeValues(body)) {
      if (value.isTile()) {
        problems.add(
            "TW-V07",
            op,
            name
                + " uses the tile "
                + value
                + " from outside, which lies in registers of all warps; compute it within the role"
                + " or send it through an aref");
      } else if (value.type() instanceof Type.Token || value.type() instanceof Type.Pending) {
        problems.add(
            "TW-V07",
            op,
            name + " uses " + value + " from outside; acquire and release within one role");
      }
    }
  }

  // ---------------------------------------------------------------- arefs

  private void create(AsyncOp.ArefCreate o) {
    if (!(o.result().type() instanceof Type.Aref aref)) {
      expect.typed("expected the result to be an aref, found ", o.result().type());
      return;
    }
    List<Type> expected = new ArrayList<>();
    for (Value ring : o.rings()) {
      Optional<Type.Shared> shared = expect.shared("a ring", ring);
      if (shared.isEmpty()) {
        return;
      }
      List<Integer> shape = shared.get().shape();
      if (shape.isEmpty() || shape.getFirst() != aref.depth()) {
        expect.shape(
            "the ring " + ring + " has shape " + shape + "; expected " + aref.depth() + " slots");
        return;
      }
      expected.add(new Type.Shared(shape.subList(1, shape.size()), shared.get().dtype()));
    }
    types("a slot holds ", aref.payload(), expected);
  }

  private void acquired(Value aref, List<Value> results, Type.Side side) {
    if (!(aref.type() instanceof Type.Aref type)) {
      expect.typed("expected an aref, found " + aref + " of type ", aref.type());
      return;
    }
    List<Type> expected = new ArrayList<>();
    expected.add(new Type.Token(side));
    type.payload().forEach(buffer -> expected.add(Expectations.bare(buffer)));
    types("it has results ", results.stream().map(Value::type).toList(), expected);
  }

  private void types(String what, List<? extends Type> found, List<Type> expected) {
    List<Type> bare = found.stream().map(Expectations::bare).toList();
    if (!bare.equals(expected)) {
      problems.add("TW-V04", op, what + list(bare) + "; expected " + list(expected));
    }
  }

  private static String list(List<Type> types) {
    return types.isEmpty()
        ? "nothing"
        : String.join(", ", types.stream().map(Printer::type).toList());
  }

  private void token(String what, Value token, Type.Side side) {
    expect.like("the token of " + what, token, new Type.Token(side));
  }

  // ---------------------------------------------------------------- products and barriers

  private void product(AsyncOp.MmaAsync o) {
    expect.like("what is pending", o.pending(), new Type.Pending());
    if (o.transposeA() && o.a().isTile()) {
      expect.attribute("a in registers cannot be transposed; transpose the tile before");
      return;
    }
    if (!(o.a().type() instanceof Type.Shaped a)) {
      expect.typed(
          "expected a to be in shared memory or a tile, found " + o.a() + " of type ",
          o.a().type());
      return;
    }
    expect
        .shared("b", o.b())
        .ifPresent(
            b ->
                new ProductRules(op, problems)
                    .check(a, o.transposeA(), b, o.transposeB(), o.acc(), o.result()));
  }

  private void pending(String what, int count) {
    if (count < 0) {
      expect.attribute("the number of pending " + what + " is " + count + "; expected 0 or more");
    }
  }

  private void sameTypes(AsyncOp.MmaWait o) {
    if (o.results().size() != o.values().size()) {
      expect.attribute(
          o.results().size() + " results for " + o.values().size() + " values; expected as many");
      return;
    }
    for (int i = 0; i < o.values().size(); i++) {
      if (expect.tile("the value", o.values().get(i)).isPresent()) {
        expect.same("the result", o.results().get(i), o.values().get(i));
      }
    }
  }

  private void barrier(AsyncOp.Mbarrier barrier) {
    if (!(barrier.array().type() instanceof Type.Mbarriers)) {
      expect.typed(
          "expected barriers, found " + barrier.array() + " of type ", barrier.array().type());
    }
    expect.like("the number of the barrier", barrier.index(), TypeRules.I32);
  }
}
