package dev.tilewright.ir.interpret;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.text.Printer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A block's operations on shared memory. */
final class SharedAccess {
  private final Run run;
  private final Supplier<String> where;
  private final SharedMemory.Timeline timeline = new SharedMemory.Timeline();

  /** The memory that planned buffers share by their offsets. */
  private @Nullable SharedMemory planned;

  /**
   * @param where the block, for messages
   */
  SharedAccess(Run run, Supplier<String> where) {
    this.run = run;
    this.where = where;
  }

  SharedMemory.Timeline timeline() {
    return timeline;
  }

  private InterpreterException error(Op op, String message) {
    return new InterpreterException(
        op.location(), "'" + Printer.headline(op) + "' in block " + where.get() + " " + message);
  }

  private static SharedMemory.Access access(Op op) {
    return new SharedMemory.Access(Printer.headline(op), op.location());
  }

  // ---------------------------------------------------------------- buffers

  SharedBuffer allocate(Op.SharedAlloc alloc) {
    Type.Shared type = alloc.result().shared();
    if (alloc.offset().isEmpty()) {
      // Not planned yet: the buffer has a memory of its own.
      int unitBits = type.dtype().bits() < 8 ? 1 : 8;
      int bytes = Math.ceilDiv(SharedBuffer.unitCount(type, unitBits) * unitBits, 8);
      return new SharedBuffer(new SharedMemory(timeline, bytes, unitBits), 0, type, List.of());
    }
    if (planned == null) {
      planned = new SharedMemory(timeline, run.sharedBytes(), run.sharedUnitBits());
    }
    int base = Math.multiplyExact(alloc.offset().getAsInt(), 8 / planned.unitBits());
    int end = Math.addExact(base, SharedBuffer.unitCount(type, planned.unitBits()));
    if (base < 0 || end > planned.size()) {
      throw error(
          alloc,
          "ends at byte "
              + Math.ceilDiv(end * planned.unitBits(), 8)
              + " of "
              + run.sharedBytes()
              + " of shared memory");
    }
    planned.poison(base, end);
    return new SharedBuffer(planned, base, type, List.of());
  }

  SharedBuffer slice(Op.SharedSlice slice, SharedBuffer buffer, long index) {
    int stages = slice.shared().shared().shape().getFirst();
    if (index < 0 || index >= stages) {
      throw error(slice, "asks for stage " + index + " of a buffer with " + stages);
    }
    return buffer.slice((int) index);
  }

  // ---------------------------------------------------------------- elements

  Data load(Op.SharedLoad load, SharedBuffer buffer) {
    int[] units = buffer.units(run.places());
    DType dtype = load.result().type().dtype();
    SharedMemory.Access by = access(load);
    return switch (dtype) {
      case FloatType type -> {
        double[] values = new double[units.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = type.decode(read(load, buffer, units, i, by));
        }
        yield new Data.Floats(values);
      }
      case IntType type -> {
        long[] values = new long[units.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = type.decodeLong(read(load, buffer, units, i, by));
        }
        yield new Data.Ints(values);
      }
    };
  }

  private long read(
      Op.SharedLoad load, SharedBuffer buffer, int[] units, int element, SharedMemory.Access by) {
    try {
      return buffer.memory().read(units[element], buffer.whole().dtype().bits(), by);
    } catch (SharedMemory.Hazard e) {
      throw error(load, "reads element " + coordinates(buffer, element) + ", " + e.getMessage());
    }
  }

  void store(Op.SharedStore store, SharedBuffer buffer, Data value) {
    int[] units = buffer.units(run.places());
    SharedMemory.Write write = timeline.store(access(store));
    DType dtype = buffer.whole().dtype();
    for (int i = 0; i < units.length; i++) {
      write(store, buffer, units, i, BlockRun.code(value, i, dtype), write);
    }
  }

  void copyAsync(Op.CopyAsync copy, SharedBuffer buffer, HostTensor tensor, GlobalAccess access) {
    int[] units = buffer.units(run.places());
    SharedMemory.Write write = timeline.asyncCopy(access(copy));
    // Nobody may look before the copy has been waited for, so it may as well happen at once.
    access.forEach(
        (element, place) -> {
          long code = place < 0 ? 0 : tensor.code(place);
          write(copy, buffer, units, element, code, write);
        });
  }

  private void write(
      Op op, SharedBuffer buffer, int[] units, int element, long code, SharedMemory.Write write) {
    try {
      buffer.memory().write(units[element], buffer.whole().dtype().bits(), code, write);
    } catch (SharedMemory.Hazard e) {
      throw error(op, "writes element " + coordinates(buffer, element) + ", " + e.getMessage());
    }
  }

  /** Of an element of the part, in the coordinates of the whole buffer. */
  private static List<Integer> coordinates(SharedBuffer buffer, int element) {
    List<Integer> shape = buffer.whole().shape();
    List<Integer> coordinates = new ArrayList<>();
    int rest = element;
    for (int i = shape.size() - 1; i >= buffer.fixed().size(); i--) {
      coordinates.addFirst(rest % shape.get(i));
      rest /= shape.get(i);
    }
    coordinates.addAll(0, buffer.fixed());
    return coordinates;
  }
}
