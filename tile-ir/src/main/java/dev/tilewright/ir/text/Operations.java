package dev.tilewright.ir.text;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.ir.text.grammar.TileIrParser;
import dev.tilewright.layout.Layout;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.tree.TerminalNode;

/** The operations without regions, from their parse trees. */
record Operations(Tokens tokens, ValueNames<Value> values, Location location) {

  /** Resolves the operands, then waits for the result. */
  Function<Value, Op> of(TileIrParser.PureContext pure) {
    return switch (pure) {
      case TileIrParser.ConstantContext o -> {
        Literal literal = tokens.literal(o.literal().getStart());
        yield r -> new Op.Constant(r, literal, location);
      }
      case TileIrParser.UnaryContext o -> {
        UnaryKind kind = UnaryKind.valueOf(upper(o.unaryKind()));
        Value x = use(o.VALUE());
        yield r -> new Op.Unary(r, kind, x, location);
      }
      case TileIrParser.BinaryContext o -> {
        BinaryKind kind = BinaryKind.valueOf(upper(o.binaryKind()));
        List<Value> v = use(o.VALUE());
        yield r -> new Op.Binary(r, kind, v.get(0), v.get(1), location);
      }
      case TileIrParser.FmaContext o -> {
        List<Value> v = use(o.VALUE());
        yield r -> new Op.Fma(r, v.get(0), v.get(1), v.get(2), location);
      }
      case TileIrParser.CompareContext o -> {
        ComparePredicate predicate = ComparePredicate.valueOf(upper(o.predicate()));
        List<Value> v = use(o.VALUE());
        yield r -> new Op.Compare(r, predicate, v.get(0), v.get(1), location);
      }
      case TileIrParser.SelectContext o -> {
        List<Value> v = use(o.VALUE());
        yield r -> new Op.Select(r, v.get(0), v.get(1), v.get(2), location);
      }
      case TileIrParser.CastContext o -> {
        Value x = use(o.VALUE());
        Rounding rounding = Rounding.valueOf(upper(o.rounding()));
        boolean saturate = o.getChildCount() > 3;
        yield r -> new Op.Cast(r, x, rounding, saturate, location);
      }
      case TileIrParser.IotaContext _ -> r -> new Op.Iota(r, location);
      case TileIrParser.SplatContext o -> {
        Value x = use(o.VALUE());
        yield r -> new Op.Splat(r, x, location);
      }
      case TileIrParser.ExtractContext o -> {
        Value x = use(o.VALUE());
        yield r -> new Op.Extract(r, x, location);
      }
      case TileIrParser.BroadcastContext o -> {
        Value x = use(o.VALUE());
        yield r -> new Op.Broadcast(r, x, location);
      }
      case TileIrParser.ReshapeContext o -> {
        Value x = use(o.VALUE());
        yield r -> new Op.Reshape(r, x, location);
      }
      case TileIrParser.ViewContext o -> {
        Value x = use(o.VALUE());
        yield r -> new Op.View(r, x, location);
      }
      case TileIrParser.TransposeContext o -> {
        Value x = use(o.VALUE());
        List<Integer> permutation = o.INT().stream().map(tokens::int32).toList();
        yield r -> new Op.Transpose(r, x, permutation, location);
      }
      case TileIrParser.MmaContext o -> {
        List<Value> v = use(o.VALUE());
        Optional<String> instruction =
            Optional.ofNullable(o.STRING()).map(name -> Names.unquoted(name.getText()));
        yield r -> new Op.Mma(r, v.get(0), v.get(1), v.get(2), instruction, location);
      }
      case TileIrParser.ConvertLayoutContext o -> {
        Value x = use(o.VALUE());
        yield r -> new Op.ConvertLayout(r, x, location);
      }
      case TileIrParser.ProgramIdContext o -> {
        int axis = tokens.int32(o.INT());
        yield r -> new Op.ProgramId(r, axis, location);
      }
      case TileIrParser.LoadContext o -> {
        Value tensor = use(o.place().VALUE());
        List<Value> offsets = offsets(o.place());
        List<Boolean> bounds = bounds(o.place());
        Literal fill = tokens.literal(o.literal().getStart());
        yield r -> new Op.Load(r, tensor, offsets, bounds, fill, location);
      }
      case TileIrParser.SharedAllocContext o -> {
        OptionalInt offset =
            o.INT() == null ? OptionalInt.empty() : OptionalInt.of(tokens.int32(o.INT()));
        yield r -> new Op.SharedAlloc(r, offset, location);
      }
      case TileIrParser.SharedSliceContext o -> {
        List<Value> v = use(o.VALUE());
        yield r -> new Op.SharedSlice(r, v.get(0), v.get(1), location);
      }
      case TileIrParser.SharedLoadContext o -> {
        Value shared = use(o.VALUE());
        yield r -> new Op.SharedLoad(r, shared, location);
      }
      case TileIrParser.AddKeptContext o -> {
        List<Value> v = use(o.kept().VALUE());
        Value x = use(o.VALUE());
        yield r -> new WorkspaceOp.AddKept(r, v.get(0), v.get(1), x, location);
      }
      default -> throw new IllegalStateException("no such operation: " + pure.getText());
    };
  }

  Op of(TileIrParser.EffectContext effect) {
    return switch (effect) {
      case TileIrParser.StoreContext o -> {
        Value value = use(o.VALUE());
        Value tensor = use(o.place().VALUE());
        yield new Op.Store(tensor, offsets(o.place()), value, bounds(o.place()), location);
      }
      case TileIrParser.SharedStoreContext o -> {
        List<Value> v = use(o.VALUE());
        yield new Op.SharedStore(v.get(1), v.get(0), location);
      }
      case TileIrParser.CopyAsyncContext o -> {
        Value tensor = use(o.place().VALUE());
        List<Value> offsets = offsets(o.place());
        Optional<Layout> layout = Optional.ofNullable(o.LAYOUT()).map(tokens::layout);
        yield new Op.CopyAsync(
            use(o.VALUE()), tensor, offsets, bounds(o.place()), layout, location);
      }
      case TileIrParser.AsyncCommitContext _ -> new Op.AsyncCommit(location);
      case TileIrParser.AsyncWaitContext o -> new Op.AsyncWait(tokens.int32(o.INT()), location);
      case TileIrParser.BarrierContext _ -> new Op.Barrier(location);
      case TileIrParser.KeepContext o -> {
        List<Value> v = use(o.kept().VALUE());
        yield new WorkspaceOp.Keep(v.get(0), v.get(1), use(o.VALUE()), location);
      }
      case TileIrParser.SignalContext o -> {
        List<Value> v = use(o.kept().VALUE());
        yield new WorkspaceOp.Signal(v.get(0), v.get(1), location);
      }
      case TileIrParser.AwaitContext o -> {
        List<Value> v = use(o.kept().VALUE());
        yield new WorkspaceOp.Await(v.get(0), v.get(1), location);
      }
      case TileIrParser.FetchIncrementContext o -> {
        List<Value> v = use(o.kept().VALUE());
        List<Value> w = use(o.VALUE());
        yield new WorkspaceOp.FetchIncrement(v.get(0), v.get(1), w.get(0), w.get(1), location);
      }
      case TileIrParser.YieldContext o ->
          new Op.Yield(o.values() == null ? List.of() : use(o.values().VALUE()), location);
      default -> throw new IllegalStateException("no such operation: " + effect.getText());
    };
  }

  private Value use(TerminalNode name) {
    return values.use(name);
  }

  private List<Value> use(List<TerminalNode> names) {
    return names.stream().map(values::use).toList();
  }

  private List<Value> offsets(TileIrParser.PlaceContext place) {
    return place.coordinate().stream().map(c -> use(c.VALUE())).toList();
  }

  private static List<Boolean> bounds(TileIrParser.PlaceContext place) {
    return place.coordinate().stream().map(c -> c.getChildCount() > 1).toList();
  }

  private static String upper(ParserRuleContext word) {
    return word.getText().toUpperCase(Locale.ROOT);
  }
}
