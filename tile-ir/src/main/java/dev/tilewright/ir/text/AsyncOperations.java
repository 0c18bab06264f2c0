package dev.tilewright.ir.text;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.text.grammar.TileIrParser;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.antlr.v4.runtime.tree.TerminalNode;

/** Asynchronous operations, from their parse trees. */
record AsyncOperations(Tokens tokens, ValueNames<Value> values, Location location) {

  /** How many results an operation of that text has. */
  static boolean fits(TileIrParser.AsyncContext async, int results) {
    return switch (async) {
      case TileIrParser.ArefCreateContext _, TileIrParser.MbarrierCreateContext _ -> results == 1;
      case TileIrParser.AcquireWriteContext _, TileIrParser.AcquireReadContext _ -> results >= 1;
      case TileIrParser.MmaAsyncContext _ -> results == 2;
      case TileIrParser.MmaWaitContext _ -> true;
      default -> results == 0;
    };
  }

  /** Resolves the operands, then waits for the results. */
  Function<List<Value>, AsyncOp> of(TileIrParser.AsyncContext async) {
    return switch (async) {
      case TileIrParser.ArefCreateContext o -> {
        List<Value> rings = use(o.values());
        yield r -> new AsyncOp.ArefCreate(r.getFirst(), rings, location);
      }
      case TileIrParser.AcquireWriteContext o -> {
        Value aref = use(o.VALUE());
        yield r -> new AsyncOp.AcquireWrite(r, aref, location);
      }
      case TileIrParser.CommitContext o -> {
        var completion =
            AsyncOp.Completion.valueOf(o.completion().getText().toUpperCase(Locale.ROOT));
        yield effect(new AsyncOp.Commit(use(o.VALUE()), completion, location));
      }
      case TileIrParser.AcquireReadContext o -> {
        Value aref = use(o.VALUE());
        yield r -> new AsyncOp.AcquireRead(r, aref, location);
      }
      case TileIrParser.ReleaseContext o ->
          effect(new AsyncOp.Release(use(o.VALUE()), use(o.values()), location));
      case TileIrParser.BulkLoadContext o ->
          effect(
              new AsyncOp.BulkLoad(
                  use(o.VALUE(1)),
                  use(o.VALUE(0)),
                  use(o.values()),
                  o.INT() == null ? 1 : tokens.int32(o.INT()),
                  Optional.ofNullable(o.mbarrier()).map(this::use),
                  location));
      case TileIrParser.BulkStoreContext o ->
          effect(
              new AsyncOp.BulkStore(use(o.VALUE(1)), use(o.values()), use(o.VALUE(0)), location));
      case TileIrParser.BulkCommitContext _ -> effect(new AsyncOp.BulkCommit(location));
      case TileIrParser.BulkWaitContext o ->
          effect(new AsyncOp.BulkWait(tokens.int32(o.INT()), location));
      case TileIrParser.ProxyFenceContext _ -> effect(new AsyncOp.ProxyFence(location));
      case TileIrParser.MmaAsyncContext o -> {
        TileIrParser.FactorContext a = o.factor(0);
        TileIrParser.FactorContext b = o.factor(1);
        Value left = use(a.VALUE());
        Value right = use(b.VALUE());
        Value acc = use(o.VALUE());
        String instruction = o.STRING() == null ? "" : Names.unquoted(o.STRING().getText());
        yield r ->
            new AsyncOp.MmaAsync(
                r.get(0),
                r.get(1),
                left,
                right,
                acc,
                a.getChildCount() > 1,
                b.getChildCount() > 1,
                instruction,
                location);
      }
      case TileIrParser.MmaWaitContext o -> {
        List<Value> waited = use(o.values());
        int pending = tokens.int32(o.INT());
        yield r -> new AsyncOp.MmaWait(r, waited, pending, location);
      }
      case TileIrParser.MbarrierCreateContext o -> {
        int arrivals = tokens.int32(o.INT(0));
        OptionalInt offset =
            o.INT().size() > 1 ? OptionalInt.of(tokens.int32(o.INT(1))) : OptionalInt.empty();
        yield r -> new AsyncOp.MbarrierCreate(r.getFirst(), arrivals, offset, location);
      }
      case TileIrParser.MbarrierWaitContext o ->
          effect(new AsyncOp.MbarrierWait(use(o.mbarrier()), use(o.VALUE()), location));
      case TileIrParser.MbarrierExpectContext o ->
          effect(new AsyncOp.MbarrierExpect(use(o.mbarrier()), tokens.int32(o.INT()), location));
      case TileIrParser.MbarrierArriveContext o ->
          effect(
              new AsyncOp.MbarrierArrive(
                  use(o.mbarrier()), o.INT() == null ? 1 : tokens.int32(o.INT()), location));
      default -> throw new IllegalStateException("no such operation: " + async.getText());
    };
  }

  AsyncOp.Role role(TileIrParser.RoleContext role) {
    OptionalInt registers =
        role.INT().size() > 1 ? OptionalInt.of(tokens.int32(role.INT(1))) : OptionalInt.empty();
    return new AsyncOp.Role(
        Names.unquoted(role.STRING().getText()),
        tokens.int32(role.INT(0)),
        registers,
        role.single != null);
  }

  private static Function<List<Value>, AsyncOp> effect(AsyncOp op) {
    return _ -> op;
  }

  private Value use(TerminalNode name) {
    return values.use(name);
  }

  private List<Value> use(TileIrParser.ValuesContext names) {
    return names == null ? List.of() : names.VALUE().stream().map(values::use).toList();
  }

  private AsyncOp.Mbarrier use(TileIrParser.MbarrierContext barrier) {
    return new AsyncOp.Mbarrier(use(barrier.VALUE(0)), use(barrier.VALUE(1)));
  }
}
