package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.instruction.Decoding.TensorOperand;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.AddressSpace;
import dev.tilewright.emulator.machine.Reduction;
import dev.tilewright.emulator.machine.TensorMemoryAccelerator;
import dev.tilewright.emulator.machine.TensorMemoryAccelerator.Destination;
import dev.tilewright.emulator.machine.Warp;
import dev.tilewright.emulator.ptx.Operand;
import dev.tilewright.emulator.ptx.PtxType;
import dev.tilewright.runtime.spi.TiledTensorMap.ElementType;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code cp.async.bulk} and its kin of sm_90 (PTX ISA, "Data Movement and Conversion Instructions:
 * Bulk copy" and "Tensor copy"). Each thread that executes one copies on its own. Cache hints are
 * accepted and have no effect.
 */
final class BulkFamily {
  private static final String MBARRIER = "mbarrier::complete_tx::bytes";
  private static final String[] OPERATIONS = {
    "add", "min", "max", "inc", "dec", "and", "or", "xor"
  };

  private BulkFamily() {}

  /** Decodes what follows {@code cp[.reduce].async.bulk}. */
  static Decoded bulk(Decoding d, boolean reduces) {
    if (d.take("commit_group")) {
      d.needOperands(0);
      return Decoded.of(Counter.BULK, (warp, mask) -> warp.bulkStores().commit(mask));
    }
    if (d.take("wait_group")) {
      return waitGroup(d);
    }
    boolean hint = d.take("L2::cache_hint");
    if (d.take("prefetch")) {
      return prefetch(d, hint);
    }
    if (d.take("tensor")) {
      return tensor(d, reduces, hint);
    }
    String to = d.next();
    String from = d.next();
    if (to.equals("global")) {
      requireShared(d, from, false);
      return store(d, reduces, hint);
    }
    requireShared(d, to, true);
    if (from.equals("global") && !reduces) {
      return load(d, MoveFamily.space(to), hint);
    }
    if (!from.equals("shared::cta") || !to.equals("shared::cluster")) {
      throw d.unsupported("cannot copy from ." + from + " to ." + to);
    }
    return across(d, reduces, hint);
  }

  private static void requireShared(Decoding d, String space, boolean cluster) {
    if (!space.equals("shared::cta") && !(cluster && space.equals("shared::cluster"))) {
      throw d.unsupported("." + space + " is not allowed here");
    }
  }

  private static Decoded waitGroup(Decoding d) {
    boolean reads = d.take("read");
    if (!(d.operand(0) instanceof Operand.IntegerConstant n)) {
      throw d.invalid("the number of groups is not a constant");
    }
    int pending = (int) n.value();
    return Decoded.of(
        Counter.BULK, (warp, mask) -> warp.bulkStores().waitGroup(mask, pending, reads));
  }

  /** Takes the cache policy, the last operand, and requires {@code count} operands before it. */
  private static void operands(Decoding d, int count, boolean hint) {
    d.needOperands(hint ? count + 1 : count);
    if (hint) {
      d.wide(count, PtxType.B64);
    }
  }

  private interface LaneStep {
    void run(Warp warp, int lane);
  }

  private static Decoded perLane(LaneStep step) {
    Action.Step each =
        (warp, mask) -> {
          for (int m = mask; m != 0; m &= m - 1) {
            step.run(warp, Integer.numberOfTrailingZeros(m));
          }
        };
    return Decoded.of(Counter.BULK, each);
  }

  private static int[] coordinates(Warp warp, int lane, TensorOperand tensor) {
    int[] values = new int[tensor.coordinates().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = warp.words[tensor.coordinates()[i] + lane];
    }
    return values;
  }

  private static Decoded prefetch(Decoding d, boolean hint) {
    if (!d.take("tensor")) {
      d.need("L2");
      d.need("global");
      operands(d, 2, hint);
      d.address(0, AddressSpace.GLOBAL);
      d.word(1, PtxType.U32);
      return perLane((warp, lane) -> {});
    }
    int rank = rank(d);
    d.need("L2");
    d.need("global");
    tiled(d);
    operands(d, 1, hint);
    TensorOperand tensor = d.tensor(0, rank);
    return perLane(
        (warp, lane) ->
            TensorMemoryAccelerator.prefetchTile(
                warp, lane, tensor.map().at(warp, lane), coordinates(warp, lane, tensor)));
  }

  private static int rank(Decoding d) {
    return d.need("1d", "2d", "3d", "4d", "5d").charAt(0) - '0';
  }

  private static void tiled(Decoding d) {
    if (d.takeAny("im2col", "im2col_no_offs", "tile::gather4", "tile::scatter4") != null) {
      throw d.unsupported("only tiles are copied");
    }
    d.take("tile");
  }

  private static Decoded tensor(Decoding d, boolean reduces, boolean hint) {
    int rank = rank(d);
    String to = d.next();
    String from = d.next();
    tiled(d);
    if (to.equals("global")) {
      requireShared(d, from, false);
      return tensorStore(d, rank, reduces, hint);
    }
    requireShared(d, to, true);
    if (!from.equals("global") || reduces) {
      throw d.unsupported("cannot copy a tensor from ." + from + " to ." + to);
    }
    d.need(MBARRIER);
    boolean multicast = d.take("multicast::cluster");
    AddressOperand destination = d.address(0, MoveFamily.space(to));
    TensorOperand tensor = d.tensor(1, rank);
    AddressOperand mbarrier = d.address(2, MoveFamily.space(to));
    operands(d, multicast ? 4 : 3, hint);
    int mask = multicast ? d.word(3, PtxType.U16) : -1;
    return perLane(
        (warp, lane) ->
            TensorMemoryAccelerator.loadTile(
                warp,
                lane,
                tensor.map().at(warp, lane),
                coordinates(warp, lane, tensor),
                destination(warp, lane, destination, mbarrier, mask)));
  }

  private static Destination destination(
      Warp warp, int lane, AddressOperand to, AddressOperand mbarrier, int mask) {
    return new Destination(
        to.space(),
        to.at(warp, lane),
        mbarrier.space(),
        mbarrier.at(warp, lane),
        mask < 0 ? TensorMemoryAccelerator.NO_MULTICAST : warp.words[mask + lane] & 0xffff);
  }

  private static Decoded load(Decoding d, AddressSpace to, boolean hint) {
    d.need(MBARRIER);
    boolean multicast = d.take("multicast::cluster");
    AddressOperand destination = d.address(0, to);
    AddressOperand source = d.address(1, AddressSpace.GLOBAL);
    int bytes = d.word(2, PtxType.U32);
    AddressOperand mbarrier = d.address(3, to);
    operands(d, multicast ? 5 : 4, hint);
    int mask = multicast ? d.word(4, PtxType.U16) : -1;
    return perLane(
        (warp, lane) ->
            TensorMemoryAccelerator.load(
                warp,
                lane,
                source.at(warp, lane),
                warp.words[bytes + lane],
                destination(warp, lane, destination, mbarrier, mask)));
  }

  private static Decoded across(Decoding d, boolean reduces, boolean hint) {
    d.need(MBARRIER);
    Reduction reduction = reduces ? reduction(d) : null;
    AddressOperand destination = d.address(0, AddressSpace.CLUSTER);
    AddressOperand source = d.address(1, AddressSpace.SHARED);
    int bytes = d.word(2, PtxType.U32);
    AddressOperand mbarrier = d.address(3, AddressSpace.CLUSTER);
    operands(d, 4, hint);
    return perLane(
        (warp, lane) ->
            TensorMemoryAccelerator.copy(
                warp,
                lane,
                source.at(warp, lane),
                warp.words[bytes + lane],
                destination(warp, lane, destination, mbarrier, -1),
                reduction));
  }

  private static Decoded store(Decoding d, boolean reduces, boolean hint) {
    d.need("bulk_group");
    Reduction reduction = reduces ? reduction(d) : null;
    AddressOperand to = d.address(0, AddressSpace.GLOBAL);
    AddressOperand from = d.address(1, AddressSpace.SHARED);
    int bytes = d.word(2, PtxType.U32);
    operands(d, 3, hint);
    return perLane(
        (warp, lane) ->
            TensorMemoryAccelerator.store(
                warp,
                lane,
                to.at(warp, lane),
                from.space(),
                from.at(warp, lane),
                warp.words[bytes + lane],
                reduction));
  }

  private static Decoded tensorStore(Decoding d, int rank, boolean reduces, boolean hint) {
    d.need("bulk_group");
    String operation = reduces ? d.need(OPERATIONS) : "";
    Function<ElementType, @Nullable Reduction> reduction =
        reduces ? type -> reduction(operation, elements(type)) : null;
    TensorOperand tensor = d.tensor(0, rank);
    AddressOperand from = d.address(1, AddressSpace.SHARED);
    operands(d, 2, hint);
    return perLane(
        (warp, lane) ->
            TensorMemoryAccelerator.storeTile(
                warp,
                lane,
                tensor.map().at(warp, lane),
                coordinates(warp, lane, tensor),
                from.space(),
                from.at(warp, lane),
                reduction));
  }

  private static Reduction reduction(Decoding d) {
    String operation = d.need(OPERATIONS);
    d.take("noftz");
    PtxType type = d.type();
    Reduction reduction = reduction(operation, type);
    if (reduction == null) {
      throw d.unsupported("." + operation + " does not apply to ." + type);
    }
    return reduction;
  }

  private static @Nullable Reduction reduction(String operation, PtxType type) {
    boolean counts = operation.equals("inc") || operation.equals("dec");
    boolean bits = operation.equals("and") || operation.equals("or") || operation.equals("xor");
    boolean fits =
        switch (type) {
          case U32 -> true;
          case S32, U64, S64 -> !counts;
          case F16, BF16 -> !counts && !bits;
          case B32, B64 -> bits;
          case F32, F64 -> operation.equals("add");
          default -> false;
        };
    AtomicFamily.Update update = fits ? AtomicFamily.update(operation, type) : null;
    return update == null
        ? null
        : new Reduction(type.bytes(), (old, value) -> update.apply(old, value, 0));
  }

  private static PtxType elements(ElementType type) {
    return switch (type) {
      case UINT8 -> PtxType.U8;
      case UINT16 -> PtxType.U16;
      case UINT32 -> PtxType.U32;
      case INT32 -> PtxType.S32;
      case UINT64 -> PtxType.U64;
      case INT64 -> PtxType.S64;
      case FLOAT16 -> PtxType.F16;
      case BFLOAT16 -> PtxType.BF16;
      case FLOAT64 -> PtxType.F64;
      case FLOAT32, FLOAT32_FTZ, TFLOAT32, TFLOAT32_FTZ -> PtxType.F32;
    };
  }
}
