package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.ir.expand.Registers.Lane;
import dev.tilewright.ir.expand.Registers.Slot;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tiles kept in global memory between blocks, and flags.
 *
 * <p>A place holds a tile as [vector of registers][thread][register]: what one instruction moves is
 * contiguous over the threads, and no thread needs another's registers.
 */
final class Workspaces {
  private final Expansion expansion;
  private final Code code;

  Workspaces(Expansion expansion) {
    this.expansion = expansion;
    this.code = expansion.code();
  }

  /** Bytes of one place: what all threads hold of the tile, each its own registers. */
  static long placeBytes(KernelFunction function, Parameter.Workspace workspace) {
    long elements =
        Traversal.ops(function)
            .flatMap(op -> keptTile(op, workspace.value()).stream())
            .findFirst()
            .flatMap(tile -> tile.tile().layout())
            .map(Layout::domain)
            .map(d -> d.extent(Axis.REGISTER) * d.extent(Axis.LANE) * d.extent(Axis.WARP))
            .orElse(1L);
    return elements * Vectors.bytes(workspace.type().dtype());
  }

  private static Optional<Value> keptTile(Op op, Value workspace) {
    return switch (op) {
      case WorkspaceOp.Keep o when o.workspace().equals(workspace) -> Optional.of(o.tile());
      case WorkspaceOp.AddKept o when o.workspace().equals(workspace) -> Optional.of(o.x());
      default -> Optional.empty();
    };
  }

  // ---------------------------------------------------------------- tiles

  /**
   * The parts of a thread's registers that one instruction moves.
   *
   * @param base the address of the thread's part of the first
   * @param distance bytes from one to the next
   */
  private record Parts(ThreadValue base, int elements, int count, int distance) {
    List<Integer> registers(int part) {
      return Registers.range(part * elements, elements);
    }

    int offset(int part) {
      return part * distance;
    }
  }

  private Parts parts(WorkspaceOp op, Value tile) {
    DType dtype = tile.type().dtype();
    int bytes = Vectors.bytes(dtype);
    int registers = expansion.registers(op, tile);
    int widest = expansion.target().vectorBytes().stream().reduce(bytes, Math::max);
    int elements = Math.min(Integer.lowestOneBit(registers), Math.max(1, widest / bytes));
    int threads = expansion.warps() * expansion.target().lanes();
    int distance = threads * elements * bytes;
    ThreadValue own = code.mul(expansion.threads().thread(), elements * bytes);
    ThreadValue base =
        code.add(
            code.add(address(op), code.mul(place(op), (long) registers * threads * bytes)),
            code.toI64(own));
    return new Parts(base, elements, registers / elements, distance);
  }

  private ThreadValue address(WorkspaceOp op) {
    return expansion.values().scalar(op.workspace());
  }

  private ThreadValue place(WorkspaceOp op) {
    return code.toI64(expansion.values().scalar(op.index()));
  }

  void keep(WorkspaceOp.Keep op) {
    Parts parts = parts(op, op.tile());
    Registers tile = expansion.values().tile(op.tile());
    for (int part = 0; part < parts.count(); part++) {
      ThreadValue value = tile.packed(expansion.ops(), parts.registers(part));
      expansion
          .ops()
          .add(
              new ThreadOp.GlobalStore(
                  parts.base(), parts.offset(part), value, Optional.empty(), op.location()));
    }
  }

  /** Part by part, so that few registers hold what has been read and not yet added. */
  Registers add(WorkspaceOp.AddKept op) {
    Parts parts = parts(op, op.x());
    Registers x = expansion.values().tile(op.x());
    ThreadType type = ThreadType.vector(op.x().type().dtype(), parts.elements());
    List<Slot> slots = new ArrayList<>();
    for (int part = 0; part < parts.count(); part++) {
      ThreadValue kept = expansion.ops().fresh(type);
      expansion
          .ops()
          .add(
              new ThreadOp.GlobalLoad(
                  kept, parts.base(), parts.offset(part), Optional.empty(), op.location()));
      for (int lane = 0; lane < parts.elements(); lane++) {
        ThreadValue own = x.scalar(expansion.ops(), parts.registers(part).get(lane));
        ThreadValue other = type.isScalar() ? kept : expansion.ops().extract(kept, lane);
        slots.add(new Lane(expansion.ops().binary(BinaryKind.ADD, own, other), 0));
      }
    }
    return new Registers(slots);
  }

  // ---------------------------------------------------------------- flags

  void signal(WorkspaceOp.Signal op) {
    code.ops().add(new AsyncThreadOp.Signal(flag(op), 0, one(), op.location()));
  }

  void await(WorkspaceOp.Await op) {
    code.ops().add(new AsyncThreadOp.Await(flag(op), 0, one(), op.location()));
  }

  // ---------------------------------------------------------------- counters

  void fetchIncrement(WorkspaceOp.FetchIncrement op) {
    ThreadValue last = code.sub(expansion.values().scalar(op.limit()), code.i32(1));
    ThreadValue number = code.ops().fresh(ThreadType.I32);
    Optional<ThreadValue> one = one();
    code.ops().add(new AsyncThreadOp.FetchIncrement(number, flag(op), 0, last, one, op.location()));
    SharedWindow window = expansion.values().buffer(op.shared());
    code.ops()
        .add(
            new ThreadOp.SharedStore(
                window.address(code, code.i32(0)), window.offset(), number, one, op.location()));
  }

  private ThreadValue flag(WorkspaceOp op) {
    return code.add(address(op), code.mul(place(op), DType.I32.bits() / Byte.SIZE));
  }

  /** True in the first of the threads that run the code. */
  private Optional<ThreadValue> one() {
    return expansion.role().single()
        ? Optional.empty()
        : Optional.of(code.equal(expansion.threads().thread(), 0));
  }
}
