package dev.tilewright.ir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RewriterTest {
  private static final Type.Scalar I32 = new Type.Scalar(DType.I32);

  /** {@code x = 1; y = x + x; for (i = x; i < y; i += x) carry c = y: c = c * i; z = c + 2}. */
  private static KernelFunction loop() {
    OpBuilder b = new OpBuilder(0);
    Value x = b.i32(1);
    Value y = b.add(x, x);
    List<Value> carried =
        b.forLoop(x, y, x, List.of(y), args -> List.of(b.mul(args.get(1), args.get(0))));
    b.add(carried.getFirst(), b.i32(2));
    return new KernelFunction("f", List.of(), List.of(), Optional.empty(), b.block(List.of()));
  }

  @Test
  void keepingEverythingKeepsTheInstance() {
    KernelFunction f = loop();
    assertSame(f, Rewriter.rewrite(f, (op, rewriter) -> rewriter.keep(op)));
  }

  @Test
  void replacementReachesRegionsAndTheRestStays() {
    KernelFunction f = loop();
    // The multiplication inside the loop becomes an addition.
    KernelFunction g =
        Rewriter.rewrite(
            f,
            (op, rewriter) -> {
              if (op instanceof Op.Binary b && b.kind() == BinaryKind.MUL) {
                rewriter.replace(b.result(), rewriter.out().add(b.x(), b.y()));
              } else {
                rewriter.keep(op);
              }
            });
    assertNotSame(f, g);
    assertSame(f.body().ops().get(0), g.body().ops().get(0));
    assertSame(f.body().ops().get(1), g.body().ops().get(1));
    assertSame(f.body().ops().getLast(), g.body().ops().getLast());
    Op.For loop = (Op.For) g.body().ops().get(2);
    Op.Binary sum = (Op.Binary) loop.body().ops().getFirst();
    assertEquals(BinaryKind.ADD, sum.kind());
    assertEquals(List.of(sum.result()), loop.body().yielded());
    assertTrue(sum.result().id() >= f.nextId());
  }

  @Test
  void vanishedOperationsGiveWay() {
    KernelFunction f = loop();
    Op.For loop = (Op.For) f.body().ops().get(2);
    KernelFunction g =
        Rewriter.rewrite(
            f,
            (op, rewriter) -> {
              if (op instanceof Op.For l) {
                // As if the loop ran exactly once.
                rewriter.replace(l.induction(), l.lower());
                rewriter.replace(l.carried(), l.inits());
                rewriter.replace(l.results(), rewriter.inline(l.body()));
              } else {
                rewriter.keep(op);
              }
            });
    Value x = f.body().ops().get(0).results().getFirst();
    Value y = f.body().ops().get(1).results().getFirst();
    Op.Binary product = (Op.Binary) g.body().ops().get(2);
    assertEquals(List.of(y, x), product.operands());
    assertEquals(product.result(), g.body().ops().getLast().operands().getFirst());
    assertEquals(Set.of(x, y), new HashSet<>(loop.operands()));
  }

  @Test
  void argumentsOfRegionsCanChangeTheirType() {
    KernelFunction f = loop();
    Type.Scalar wide = new Type.Scalar(DType.I64);
    KernelFunction g =
        Rewriter.rewrite(
            f,
            (op, rewriter) -> {
              if (op instanceof Op.For l) {
                Value argument = rewriter.out().fresh(wide);
                rewriter.replace(l.carried().getFirst(), argument);
                Block body = rewriter.region(l.body());
                rewriter.out().add(l.with(l.operands(), l.results(), List.of(body)));
              } else {
                rewriter.keep(op);
              }
            });
    Op.For loop = (Op.For) g.body().ops().get(2);
    assertEquals(wide, loop.carried().getFirst().type());
    assertEquals(loop.carried().getFirst(), loop.body().ops().getFirst().operands().getFirst());
  }

  @Test
  void copiesDefineFreshValues() {
    KernelFunction f = loop();
    Op.For loop = (Op.For) f.body().ops().get(2);
    OpBuilder out = new OpBuilder(f.nextId());
    Value i = out.fresh(I32);
    Value c = out.fresh(I32);
    List<Value> once = RegionCopy.inline(loop.body(), List.of(i, c), out);
    List<Value> twice = RegionCopy.inline(loop.body(), List.of(i, once.getFirst()), out);
    List<Op> ops = out.block(List.of()).ops();
    assertEquals(List.of(c, i), ops.get(0).operands());
    assertEquals(List.of(once.getFirst(), i), ops.get(1).operands());
    assertEquals(twice, ops.get(1).results());
    assertTrue(once.getFirst().id() > c.id() && twice.getFirst().id() > once.getFirst().id());
  }

  @Test
  void usesKnowDefinitionsAndOwners() {
    KernelFunction f = loop();
    Op.For loop = (Op.For) f.body().ops().get(2);
    Uses uses = Uses.of(f);
    Value x = f.body().ops().get(0).results().getFirst();
    assertEquals(4, uses.users(x).size());
    assertSame(loop, uses.owner(loop.induction()).orElseThrow());
    assertSame(
        loop.body().ops().getFirst(), uses.definition(loop.body().yielded().getFirst()).get());
    assertEquals(Optional.empty(), uses.definition(loop.induction()));
    assertEquals(Set.of(), Traversal.freeValues(loop.body()));
    assertEquals(6 + 1, Traversal.ops(f).count());
  }

  @Test
  void nothingStandsForItself() {
    Value a = new Value(0, I32);
    Value b = new Value(1, I32);
    Substitution substitution = new Substitution();
    substitution.replace(a, b);
    assertThrows(IllegalArgumentException.class, () -> substitution.replace(b, a));
  }
}
