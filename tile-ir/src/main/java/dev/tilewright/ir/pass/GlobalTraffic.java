package dev.tilewright.ir.pass;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.analysis.Divisibility;
import dev.tilewright.ir.analysis.GlobalAccess;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.analysis.Sectors;
import java.util.List;
import java.util.Optional;

/**
 * What one access to global memory of a staged function moves.
 *
 * @param op a load, a store or an asynchronous copy
 * @param tensor what it accesses
 * @param vectorBytes what one thread moves with one instruction
 * @param sectors of all warps of a block, where the tile starts on a sector, as do all its rows
 */
public record GlobalTraffic(Op op, Parameter.Tensor tensor, int vectorBytes, Sectors sectors) {
  static final int SECTOR_BYTES = 32;

  /** All accesses, in program order. */
  public static List<GlobalTraffic> of(KernelFunction staged, Target target) {
    Divisibility divisibility = Divisibility.of(staged);
    return Traversal.ops(staged)
        .flatMap(
            op ->
                GlobalAccess.of(staged, op)
                    .flatMap(access -> of(op, access, divisibility, target))
                    .stream())
        .toList();
  }

  private static Optional<GlobalTraffic> of(
      Op op, GlobalAccess access, Divisibility divisibility, Target target) {
    if (access.tensor().dtype().bits() < Byte.SIZE) {
      // A run of elements that share bytes is several accesses, which no sector count describes.
      return Optional.empty();
    }
    int widest = target.vectorBytes().getLast();
    return switch (op) {
      case Op.Load load -> {
        Layout registers = load.result().tile().layout().orElseThrow();
        int vector = access.vectorElements(registers, divisibility, widest);
        yield Optional.of(of(op, access, registers, vector));
      }
      case Op.Store store -> {
        Layout registers = store.value().tile().layout().orElseThrow();
        int vector = access.vectorElements(registers, divisibility, widest);
        yield Optional.of(of(op, access, once(registers), vector));
      }
      case Op.CopyAsync copy ->
          AsyncCopies.transferElements(access, divisibility, target)
              .map(vector -> of(op, access, once(copy.layout().orElseThrow()), vector));
      default -> Optional.empty();
    };
  }

  private static GlobalTraffic of(Op op, GlobalAccess access, Layout registers, int vector) {
    int bytes = access.tensor().dtype().bits() / 8;
    Sectors sectors = Sectors.of(access.addresses(registers), bytes, vector, SECTOR_BYTES);
    return new GlobalTraffic(op, access.tensor(), vector * bytes, sectors);
  }

  /** Of warps that hold the same elements, one writes. */
  static Layout once(Layout registers) {
    return registers.withoutReplication(Axis.WARP);
  }
}
