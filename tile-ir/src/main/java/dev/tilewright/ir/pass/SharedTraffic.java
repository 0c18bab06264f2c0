package dev.tilewright.ir.pass;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.analysis.Divisibility;
import dev.tilewright.ir.analysis.GlobalAccess;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.analysis.BankConflicts;
import dev.tilewright.layout.analysis.SharedAccess;
import dev.tilewright.layout.analysis.SharedAccess.Kind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What one access to shared memory of a staged function costs all warps of a block.
 *
 * @param op a load, a store or an asynchronous copy
 * @param buffer what it accesses
 * @param instruction how threads move it, such as {@code ldmatrix}
 * @param bytes what one thread moves with one instruction; a row of {@code ldmatrix}
 * @param plain the cost if rows followed each other without swizzle and padding; empty if the
 *     access were torn apart there
 * @param placed the cost as the buffer lies
 */
public record SharedTraffic(
    Op op,
    Type.Shared buffer,
    String instruction,
    int bytes,
    Optional<BankConflicts> plain,
    BankConflicts placed) {

  /** All accesses, in program order. */
  public static List<SharedTraffic> of(KernelFunction staged, Target target) {
    Divisibility divisibility = Divisibility.of(staged);
    return Traversal.ops(staged)
        .flatMap(
            op ->
                switch (op) {
                  case Op.SharedLoad load ->
                      of(
                          op,
                          load.shared().shared(),
                          new SharedUse(Kind.READ, load.result().tile().layout().orElseThrow(), 0),
                          target);
                  case Op.SharedStore store ->
                      of(
                          op,
                          store.shared().shared(),
                          new SharedUse(
                              Kind.WRITE,
                              GlobalTraffic.once(store.value().tile().layout().orElseThrow()),
                              0),
                          target);
                  case Op.CopyAsync copy -> {
                    GlobalAccess access = GlobalAccess.of(staged, copy).orElseThrow();
                    int transfer =
                        AsyncCopies.transferElements(access, divisibility, target).orElseThrow();
                    Layout registers = GlobalTraffic.once(copy.layout().orElseThrow());
                    SharedUse use = new SharedUse(Kind.WRITE, registers, transfer);
                    yield of(op, copy.shared().shared(), use, target);
                  }
                  default -> Stream.<SharedTraffic>empty();
                })
        .toList();
  }

  private static Stream<SharedTraffic> of(Op op, Type.Shared buffer, SharedUse use, Target target) {
    int bits = buffer.dtype().bits();
    Layout memory = buffer.layout().orElseThrow();
    SharedAccess access =
        use.access(memory, bits, target)
            .orElseThrow(() -> new IllegalStateException("no access serves " + op));
    Layout unswizzled = plain(buffer.shape(), memory);
    Optional<BankConflicts> plain =
        use.access(unswizzled, bits, target).map(other -> count(other, unswizzled, bits, target));
    boolean matrices = access.kind() == Kind.ROWS;
    return Stream.of(
        new SharedTraffic(
            op,
            buffer,
            use.transfer() > 0
                ? "async copy"
                : matrices ? access.name() : use.kind() == Kind.READ ? "load" : "store",
            access.elements() * bits / 8,
            plain,
            count(access, memory, bits, target)));
  }

  private static BankConflicts count(SharedAccess access, Layout memory, int bits, Target target) {
    Layout addresses = memory.compose(access.points()).orThrow();
    return access.kind() == Kind.ROWS
        ? BankConflicts.ofRows(addresses, bits / 8, access.elements(), target.sharedBanks())
        : BankConflicts.wavefronts(addresses, bits / 8, access.elements(), target.sharedBanks());
  }

  /** The same dimension contiguous, the others in their order, nothing between. */
  private static Layout plain(List<Integer> shape, Layout memory) {
    int contiguous = shape.size() - 1;
    for (int d = shape.size() - 1; d >= 0; d--) {
      if (shape.get(d) > 1 && step(memory, d) == 1) {
        contiguous = d;
      }
    }
    long[] extents = shape.stream().mapToLong(Integer::longValue).toArray();
    long[] strides = new long[extents.length];
    long next = 1;
    if (contiguous >= 0) {
      strides[contiguous] = 1;
      next = extents[contiguous];
    }
    for (int d = extents.length - 1; d >= 0; d--) {
      if (d != contiguous) {
        strides[d] = next;
        next *= extents[d];
      }
    }
    return Layout.strided(extents, strides);
  }

  private static long step(Layout memory, int d) {
    return memory.apply(Axis.OFFSET, Map.of(Axis.dim(d), 1L)) - memory.apply(Axis.OFFSET, Map.of());
  }
}
