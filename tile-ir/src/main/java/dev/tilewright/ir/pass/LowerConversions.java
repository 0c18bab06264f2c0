package dev.tilewright.ir.pass;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Rewriter;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.analysis.LayoutChange;
import dev.tilewright.layout.Reason;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.analysis.Conversion;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Makes conversions between layouts explicit.
 *
 * <p>A conversion between equal layouts vanishes; one that only renumbers registers, the same way
 * in every thread, stays; so does one that warp shuffles do more cheaply than shared memory ({@link
 * dev.tilewright.layout.analysis.Conversion#plan}). Every other goes through a buffer in shared
 * memory of the tile's size, written once for all conversions of one tile. Types of less than eight
 * bits travel in a type of whole bytes. Barriers are placed where the buffers need them ({@link
 * Barriers}), as if no two of them shared bytes; where each element lies is left to {@code
 * PlanMemory}.
 */
public final class LowerConversions implements Pass {

  /** A tile in a region: its conversions there can share a buffer. */
  private record Place(Value tile, int block) {}

  @Override
  public KernelFunction run(KernelFunction function, PassContext context) {
    Map<Value, Integer> blocks = new HashMap<>();
    numberBlocks(function.body(), new int[1], blocks);
    Map<Place, Value> buffers = new HashMap<>();
    KernelFunction lowered =
        Rewriter.rewrite(
            function,
            (op, rewriter) -> {
              if (op instanceof Op.ConvertLayout c) {
                lower(
                    c,
                    new Place(c.x(), Objects.requireNonNull(blocks.get(c.result()))),
                    rewriter,
                    buffers,
                    context);
              } else {
                rewriter.keep(op);
              }
            });
    return Barriers.place(lowered, Value::equals);
  }

  /** For every conversion's result, a number of the region it stands in. */
  private static void numberBlocks(Block block, int[] next, Map<Value, Integer> numbers) {
    int number = next[0]++;
    for (Op op : block.ops()) {
      if (op instanceof Op.ConvertLayout c) {
        numbers.put(c.result(), number);
      }
      op.regions().forEach(region -> numberBlocks(region, next, numbers));
    }
  }

  private void lower(
      Op.ConvertLayout c,
      Place place,
      Rewriter rewriter,
      Map<Place, Value> buffers,
      PassContext context) {
    if (c.x().type().equals(c.result().type())) {
      rewriter.replace(c.result(), c.x());
      return;
    }
    DType dtype = c.x().type().dtype();
    boolean narrow = dtype.bits() < 8;
    LayoutChange change = LayoutChange.of(c, wide(dtype));
    OpBuilder out = rewriter.out();
    Result<Conversion> within = change.withinWarps();
    if (within instanceof Result.Ok<Conversion>(Conversion plan)) {
      if (plan.cost() == 0 || plan instanceof Conversion.BytePermutes) {
        rewriter.keep(c);
        return;
      }
      Result<Conversion> cheapest = change.cheapest(context.target().sharedBanks());
      if (cheapest instanceof Result.Ok<Conversion>(Conversion.Shuffles shuffles)) {
        if (narrow) {
          Value moved = out.convertLayout(inBytes(out, c.x()), change.to());
          rewriter.replace(c.result(), narrowed(out, moved, c.result()));
        } else {
          rewriter.keep(c);
        }
        note(c, context, "by %s, cheaper than shared memory".formatted(priced(shuffles)));
        return;
      }
    }
    Value buffer = buffers.get(place);
    if (buffer == null) {
      Value stored = narrow ? inBytes(out, c.x()) : c.x();
      Type.Tile tile = stored.tile();
      buffer = out.sharedAlloc(new Type.Shared(tile.shape(), tile.dtype()));
      out.sharedStore(buffer, stored);
      buffers.put(place, buffer);
      note(c, context, "through shared memory: " + reason(within));
    }
    Type.Tile read = c.result().tile().withDtype(buffer.type().dtype());
    Value loaded = out.sharedLoad(buffer, read);
    rewriter.replace(c.result(), narrow ? narrowed(out, loaded, c.result()) : loaded);
  }

  private static String reason(Result<Conversion> within) {
    return switch (within) {
      case Result.Ok<Conversion>(Conversion plan) -> "cheaper than " + priced(plan);
      case Result.Refused<Conversion>(Reason reason) -> reason.sentence();
    };
  }

  private static String priced(Conversion plan) {
    return plan instanceof Conversion.Shuffles shuffles
        ? "%d shuffles of each warp, about %d issue slots"
            .formatted(shuffles.shuffles(), shuffles.cost())
        : "about %d issue slots".formatted(plan.cost());
  }

  private void note(Op.ConvertLayout c, PassContext context, String how) {
    Type.Tile tile = c.x().tile();
    context
        .report()
        .note(
            this,
            c.location(),
            "the tile %s of %s changes its layout %s"
                .formatted(tile.shape(), tile.dtype().name(), how));
  }

  /** The tile in a type of whole bytes that holds all its values. */
  private static Value inBytes(OpBuilder out, Value narrow) {
    DType dtype = narrow.type().dtype();
    if (dtype.equals(DType.I1)) {
      Type.Tile bytes = narrow.tile().withDtype(DType.I8);
      return out.select(
          narrow, out.constant(bytes, Literal.of(1)), out.constant(bytes, Literal.of(0)));
    }
    Value codes = dtype instanceof IntType ? narrow : viewed(out, narrow, codes(dtype));
    return out.cast(codes, wide(dtype), Rounding.NEAREST_EVEN, false);
  }

  /** The same bits in the same registers. */
  private static Value viewed(OpBuilder out, Value x, DType dtype) {
    Value result = out.fresh(x.tile().withDtype(dtype));
    return out.add(new Op.View(result, x, out.location())).result();
  }

  private static IntType codes(DType dtype) {
    return new IntType(dtype.bits(), false);
  }

  /** The type in which elements travel. */
  static DType wide(DType dtype) {
    if (dtype.bits() >= 8) {
      return dtype;
    }
    return switch (dtype) {
      case IntType integer -> integer.signed() || integer.bits() == 1 ? DType.I8 : DType.U8;
      case FloatType _, StoredType _ -> DType.U8;
    };
  }

  /** The inverse of {@link #inBytes}, exact on what it gives. */
  private static Value narrowed(OpBuilder out, Value wide, Value narrow) {
    DType dtype = narrow.type().dtype();
    if (dtype.equals(DType.I1)) {
      Value zero = out.constant(wide.type(), Literal.of(0));
      Op.Pure back =
          new Op.Compare(out.fresh(narrow.type()), ComparePredicate.NE, wide, zero, out.location());
      return out.add(back).result();
    }
    if (dtype instanceof IntType) {
      Op.Pure back =
          new Op.Cast(out.fresh(narrow.type()), wide, Rounding.NEAREST_EVEN, false, out.location());
      return out.add(back).result();
    }
    Value codes = out.cast(wide, codes(dtype), Rounding.NEAREST_EVEN, false);
    return viewed(out, codes, dtype);
  }
}
