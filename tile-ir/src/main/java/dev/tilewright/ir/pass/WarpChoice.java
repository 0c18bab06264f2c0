package dev.tilewright.ir.pass;

import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.ir.target.Target;
import java.util.Set;

/** How many warps a block has. */
final class WarpChoice {
  /** A warp should have at least this many elements of a matrix product, 32 for each lane. */
  private static final int MMA_ELEMENTS = 1024;

  /** And this many of a tile that is only moved, 8 for each lane, or one access of each. */
  private static final int MOVED_ELEMENTS = 256;

  /** Registers of a thread that accumulators may take before more warps share them. */
  static final int ACCUMULATORS = 128;

  /**
   * A lane that would hold more of what is reduced shares rows with other warps instead, which then
   * exchange their parts.
   */
  private static final int HELD_ELEMENTS = 64;

  private final Target target;
  private final LayoutFlow flow;

  private WarpChoice(Target target, LayoutFlow flow) {
    this.target = target;
    this.flow = flow;
  }

  /**
   * The schedule's number, or the most that the largest tile can use.
   *
   * @throws CompileException {@code TW-C012} if the schedule's is no power of two or too large
   */
  static int choose(KernelFunction function, LayoutFlow flow, PassContext context) {
    Target target = context.target();
    int most = Integer.highestOneBit(target.maxThreadsPerBlock() / target.lanes());
    if (context.schedule().warps().isPresent()) {
      int warps = context.schedule().warps().getAsInt();
      if (Integer.bitCount(warps) != 1 || warps > most) {
        throw new CompileException(
            "TW-C012",
            Location.UNKNOWN,
            "a block of %d warps is not possible on %s; use a power of two of at most %d"
                .formatted(warps, target.name(), most));
      }
      return warps;
    }
    WarpChoice choice = new WarpChoice(target, flow);
    boolean multiplies = Traversal.ops(function).anyMatch(op -> op instanceof Op.Mma);
    int wanted =
        Traversal.ops(function)
            .mapToInt(op -> multiplies ? choice.forMma(op) : choice.forMoves(op))
            .max()
            .orElse(1);
    return Math.min(wanted, most);
  }

  private int forMma(Op op) {
    if (!(op instanceof Op.Mma mma)) {
      return 1;
    }
    MmaInstruction instruction = target.mma(mma.instruction().orElseThrow()).orElseThrow();
    Type.Tile result = mma.result().tile();
    int alongM = Integer.lowestOneBit(result.shape().get(0) / instruction.m());
    int alongN = Integer.lowestOneBit(result.shape().get(1) / instruction.n());
    boolean rowsOnly = flow.reducedDimensions(mma.result()).contains(1);
    int usable = rowsOnly ? alongM : alongM * alongN;
    long elements = result.elements();
    int warps = Math.clamp(Long.highestOneBit(elements / MMA_ELEMENTS), 1, 4);
    while (elements / (warps * target.lanes()) > ACCUMULATORS && warps < 16) {
      warps *= 2;
    }
    return Math.min(warps, usable);
  }

  private int forMoves(Op op) {
    return switch (op) {
      case Op.Load load -> forTile(load.result());
      case Op.Store store -> forTile(store.value());
      default -> 1;
    };
  }

  private int forTile(Value value) {
    Type.Tile tile = value.tile();
    Set<Integer> reduced = flow.reducedDimensions(value);
    int last = Math.max(0, tile.rank() - 1);
    long usable = usable(tile, last, reduced);
    if (tile.elements() / (usable * target.lanes()) > HELD_ELEMENTS) {
      usable = usable(tile, last, Set.of());
    }
    int access = target.vectorBytes().getLast() * 8 / tile.dtype().bits();
    long each = Math.max(MOVED_ELEMENTS, (long) target.lanes() * access);
    long wanted = Long.highestOneBit(tile.elements() / each);
    return Math.clamp(Math.min(wanted, usable), 1, 8);
  }

  private long usable(Type.Tile tile, int unit, Set<Integer> withoutWarps) {
    return RegisterLayouts.usableWarps(tile.shape(), unit, 1, target.lanes(), withoutWarps);
  }
}
