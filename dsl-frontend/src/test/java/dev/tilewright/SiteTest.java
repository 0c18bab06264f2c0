package dev.tilewright;

import static dev.tilewright.dtype.DType.F32;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.kernels.VectorAdd;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every operation carries the user's line, wherever the user's code lies. */
class SiteTest {
  private final List<Integer> expected = new ArrayList<>();

  /** Says that the line after the call makes an operation. */
  private void here() {
    StackWalker.getInstance()
        .walk(frames -> frames.skip(1).findFirst())
        .ifPresent(frame -> expected.add(frame.getLineNumber() + 1));
  }

  private static <T extends Op> List<T> ops(Class<T> type, List<Op> ops) {
    return ops.stream()
        .flatMap(
            op ->
                Stream.concat(
                    Stream.of(op).filter(type::isInstance).map(type::cast),
                    op.regions().stream().flatMap(r -> ops(type, r.ops()).stream())))
        .toList();
  }

  private static List<Integer> lines(List<? extends Op> ops) {
    return ops.stream().map(op -> op.location().line()).sorted().toList();
  }

  private static Tile doubled(Tile x) {
    return x.times(2);
  }

  @Test
  void operationsCarryTheirOwnLine() {
    KernelFunction function =
        Trace.of(
            k -> {
              var n = k.dim("n");
              var c = k.out("c", F32, n);
              var i = k.grid1d(n);
              here();
              var acc = k.zeros(F32, 8);
              here();
              k.range(
                  4,
                  j -> {
                    here();
                    acc.plusAssign(1);
                  });
              here();
              c.tile(i, 8).set(acc);
            });
    List<Op> body = function.body().ops();
    assertEquals(
        expected,
        Stream.of(
                ops(Op.Constant.class, body).stream()
                    .filter(constant -> constant.result().isTile())
                    .limit(1)
                    .toList(),
                ops(Op.For.class, body),
                ops(Op.Binary.class, body).stream().filter(b -> b.result().isTile()).toList(),
                ops(Op.Store.class, body))
            .flatMap(found -> lines(found).stream())
            .toList());
  }

  @Test
  void aChainOfCallsCarriesTheLineOfEach() {
    KernelFunction function =
        Trace.of(
            k -> {
              var n = k.dim("n");
              var c = k.out("c", F32, n);
              var i = k.grid1d(n);
              here();
              var x = k.zeros(F32, 8);
              here();
              var y = x.exp2().log2().sqrt();
              c.tile(i, 8).set(y);
            });
    int chain = expected.getLast();
    assertEquals(List.of(chain, chain, chain), lines(ops(Op.Unary.class, function.body().ops())));
  }

  @Test
  void aHelperMethodAndALibraryCallbackAreUserCode() {
    KernelFunction function =
        Trace.of(
            k -> {
              var n = k.dim("n");
              var c = k.out("c", F32, n);
              var i = k.grid1d(n);
              var x = k.zeros(F32, 8);
              here();
              List.of(k.full(F32, 3, 8)).forEach(x::plusAssign);
              c.tile(i, 8).set(doubled(x));
            });
    List<Op.Binary> tiles =
        ops(Op.Binary.class, function.body().ops()).stream()
            .filter(binary -> binary.result().isTile())
            .toList();
    Location callback = tiles.getFirst().location();
    assertEquals(expected.getFirst(), callback.line());
    assertEquals("SiteTest.java", callback.file());
    assertEquals(SiteTest.class.getName(), tiles.getLast().location().className());
  }

  @Test
  void kernelsOfOtherPackagesBelowOursAreUserCode() {
    KernelFunction function = Trace.of(new VectorAdd(F32, 64));
    ops(Op.class, function.body().ops())
        .forEach(
            op -> {
              assertEquals(VectorAdd.class.getName(), op.location().className());
              assertEquals("VectorAdd.java", op.location().file());
            });
  }
}
