package dev.tilewright.ir.interpret;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.text.Printer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A block's operations on shared memory. */
final class SharedAccess {
  private final Run run;
  private final Supplier<String> where;
  private final Map<Integer, SharedMemory> memories = new TreeMap<>();

  /** The memory that planned buffers share by their offsets. */
  private @Nullable SharedMemory planned;

  /**
   * @param where the block, for messages
   */
  SharedAccess(Run run, Supplier<String> where) {
    this.run = run;
    this.where = where;
  }

  InterpreterException error(Op op, String message) {
    return new InterpreterException(
        op.location(), "'" + Printer.headline(op) + "' in block " + where.get() + " " + message);
  }

  static SharedMemory.Access access(Op op) {
    return new SharedMemory.Access(Printer.headline(op), op.location());
  }

  // ---------------------------------------------------------------- buffers

  SharedBuffer allocate(Op.SharedAlloc alloc) {
    Type.Shared type = alloc.result().shared();
    if (alloc.offset().isEmpty()) {
      // Not planned yet: the buffer has a memory of its own.
      int unitBits = type.dtype().bits() < 8 ? 1 : 8;
      int bytes = Math.ceilDiv(SharedBuffer.unitCount(type, unitBits) * unitBits, 8);
      SharedMemory memory = new SharedMemory(bytes, unitBits);
      memories.put(alloc.result().id(), memory);
      return new SharedBuffer(memory, 0, type);
    }
    if (planned == null) {
      planned = new SharedMemory(run.sharedBytes(), run.sharedUnitBits());
      memories.put(-1, planned);
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
    return new SharedBuffer(planned, base, type);
  }

  SharedBuffer slice(Op.SharedSlice slice, SharedBuffer buffer, long index) {
    int stages = slice.shared().shared().shape().getFirst();
    if (index < 0 || index >= stages) {
      throw error(slice, "asks for stage " + index + " of a buffer with " + stages);
    }
    return buffer.slice((int) index);
  }

  // ---------------------------------------------------------------- elements

  Data load(Op.SharedLoad load, SharedBuffer buffer, Actor actor) {
    guard(load, buffer, Type.Side.READ);
    SharedMemory.Access by = access(load);
    int bits = buffer.whole().dtype().bits();
    return read(load, buffer, unit -> loaded(buffer.memory().read(unit, bits, by, actor), actor));
  }

  /** Reads for an asynchronous operation. */
  Data read(Op op, SharedBuffer buffer, AsyncRead by) {
    guard(op, buffer, Type.Side.READ);
    int bits = buffer.whole().dtype().bits();
    SharedMemory memory = buffer.memory();
    Actor actor = by.actor();
    Data data =
        read(op, buffer, unit -> loaded(memory.readAsync(unit, bits, actor, run.lowered()), actor));
    by.reads(memory, buffer.units(run.places()), bits);
    return data;
  }

  private static long loaded(long code, Actor actor) {
    actor.loaded(code);
    return code;
  }

  @FunctionalInterface
  private interface Reading {
    long code(int unit) throws SharedMemory.Hazard;
  }

  private Data read(Op op, SharedBuffer buffer, Reading reading) {
    int[] units = buffer.units(run.places());
    return switch (buffer.whole().dtype()) {
      case FloatType _, StoredType _ -> {
        DType type = buffer.whole().dtype();
        double[] values = new double[units.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = type.decode(read(op, buffer, units, i, reading));
        }
        yield new Data.Floats(values);
      }
      case IntType type -> {
        long[] values = new long[units.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = type.decodeLong(read(op, buffer, units, i, reading));
        }
        yield new Data.Ints(values);
      }
    };
  }

  private long read(Op op, SharedBuffer buffer, int[] units, int element, Reading reading) {
    try {
      return reading.code(units[element]);
    } catch (SharedMemory.Hazard e) {
      throw error(op, "reads element " + coordinates(buffer, element) + ", " + e.getMessage());
    }
  }

  void store(Op store, SharedBuffer buffer, Data value, Actor actor) {
    int[] units = buffer.units(run.places());
    SharedMemory.Write write = SharedMemory.Write.store(access(store), actor);
    if (run.lowered()) {
      actor.stored(write);
    }
    written(store, buffer, write);
    DType dtype = buffer.whole().dtype();
    for (int i = 0; i < units.length; i++) {
      write(store, buffer, units, i, BlockRun.code(value, i, dtype), write);
    }
  }

  void copyAsync(
      Op.CopyAsync copy, SharedBuffer buffer, HostTensor tensor, GlobalAccess access, Actor actor) {
    SharedMemory.Write write =
        SharedMemory.Write.begun(access(copy), SharedMemory.Kind.COPY, actor);
    actor.begun(write);
    copy(copy, buffer, tensor, access, write);
  }

  /**
   * A copy that is under way until somebody lets it {@linkplain SharedMemory.Write#arrive arrive}.
   */
  void copy(
      Op op,
      SharedBuffer buffer,
      HostTensor tensor,
      GlobalAccess access,
      SharedMemory.Write write) {
    written(op, buffer, write);
    int[] units = buffer.units(run.places());
    // Nobody may look before the copy has been waited for, so it may as well happen at once.
    access.forEach(
        (element, place) -> {
          long code = place < 0 ? 0 : tensor.code(place);
          write(op, buffer, units, element, code, write);
        });
  }

  private void written(Op op, SharedBuffer buffer, SharedMemory.Write write) {
    guard(op, buffer, Type.Side.WRITE);
    if (buffer.guard() != null) {
      buffer.guard().writes().add(write);
    }
  }

  /** That a slot of an aref is held, for writing if it is to be written. */
  private void guard(Op op, SharedBuffer buffer, Type.Side needed) {
    Channel.Token token = buffer.guard();
    if (token == null) {
      return;
    }
    String slot = "slot " + token.slot() + " of " + token.channel().name();
    if (token.used() != null) {
      throw error(op, "uses " + slot + ", which " + token.used() + " has given away");
    }
    if (needed == Type.Side.WRITE && token.side() == Type.Side.READ) {
      throw error(
          op, "writes to " + slot + ", which " + token.acquired() + " holds for reading only");
    }
  }

  private void write(
      Op op, SharedBuffer buffer, int[] units, int element, long code, SharedMemory.Write write) {
    try {
      buffer.memory().write(units[element], buffer.whole().dtype().bits(), code, write);
    } catch (SharedMemory.Hazard e) {
      throw error(op, "writes element " + coordinates(buffer, element) + ", " + e.getMessage());
    }
  }

  void fingerprint(Fingerprint fingerprint) {
    memories.values().forEach(memory -> memory.fingerprint(fingerprint));
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
