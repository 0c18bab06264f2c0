package dev.tilewright.ir.text;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.text.grammar.ThreadIrParser;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.TerminalNode;
import org.jspecify.annotations.Nullable;

/** The operations of thread IR without regions, from their parse trees. */
record ThreadOperations(Tokens tokens, ValueNames<ThreadValue> values, Location location) {

  /** Resolves the operands, then waits for the result. */
  Function<ThreadValue, ThreadOp> of(ThreadIrParser.ValuedContext valued) {
    return switch (valued) {
      case ThreadIrParser.ConstantContext o -> {
        Literal literal = tokens.literal(o.literal().getStart());
        yield r -> new ThreadOp.Constant(r, literal, location);
      }
      case ThreadIrParser.SpecialContext o -> {
        SpecialRegister register = register(o.register());
        yield r -> new ThreadOp.Special(r, register, location);
      }
      case ThreadIrParser.UnaryContext o -> {
        UnaryKind kind = UnaryKind.valueOf(upper(o.unaryKind()));
        ThreadValue x = use(o.VALUE());
        yield r -> new ThreadOp.Unary(r, kind, x, location);
      }
      case ThreadIrParser.BinaryContext o -> {
        BinaryKind kind = BinaryKind.valueOf(upper(o.binaryKind()));
        List<ThreadValue> v = use(o.VALUE());
        yield r -> new ThreadOp.Binary(r, kind, v.get(0), v.get(1), location);
      }
      case ThreadIrParser.FmaContext o -> {
        List<ThreadValue> v = use(o.VALUE());
        yield r -> new ThreadOp.Fma(r, v.get(0), v.get(1), v.get(2), location);
      }
      case ThreadIrParser.CompareContext o -> {
        ComparePredicate predicate = ComparePredicate.valueOf(upper(o.predicate()));
        List<ThreadValue> v = use(o.VALUE());
        yield r -> new ThreadOp.Compare(r, predicate, v.get(0), v.get(1), location);
      }
      case ThreadIrParser.SelectContext o -> {
        List<ThreadValue> v = use(o.VALUE());
        yield r -> new ThreadOp.Select(r, v.get(0), v.get(1), v.get(2), location);
      }
      case ThreadIrParser.ConvertContext o -> {
        ThreadValue x = use(o.VALUE());
        Rounding rounding = Rounding.valueOf(upper(o.rounding()));
        boolean saturate = o.getChildCount() > 3;
        yield r -> new ThreadOp.Convert(r, x, rounding, saturate, location);
      }
      case ThreadIrParser.BitcastContext o -> {
        ThreadValue x = use(o.VALUE());
        yield r -> new ThreadOp.Bitcast(r, x, location);
      }
      case ThreadIrParser.BytePermuteContext o -> {
        List<ThreadValue> v = use(o.VALUE());
        List<Integer> bytes = o.numbers().INT().stream().map(tokens::int32).toList();
        yield r -> ThreadOp.BytePermute.of(r, v.get(0), v.get(1), bytes, location);
      }
      case ThreadIrParser.ByteLookupContext o -> {
        List<ThreadValue> v = use(o.VALUE());
        yield r -> new ThreadOp.ByteLookup(r, v.get(0), v.get(1), v.get(2), location);
      }
      case ThreadIrParser.FunnelShiftContext o -> {
        List<ThreadValue> v = use(o.VALUE());
        int amount = tokens.int32(o.INT());
        yield r -> new ThreadOp.FunnelShift(r, v.get(0), v.get(1), amount, location);
      }
      case ThreadIrParser.BuildContext o -> {
        List<ThreadValue> elements = use(o.values().VALUE());
        yield r -> new ThreadOp.Build(r, elements, location);
      }
      case ThreadIrParser.ExtractContext o -> {
        ThreadValue vector = use(o.VALUE());
        int index = tokens.int32(o.INT());
        yield r -> new ThreadOp.Extract(r, vector, index, location);
      }
      case ThreadIrParser.GlobalLoadContext o -> {
        ThreadValue base = use(o.address().VALUE());
        int offset = offset(o.address());
        Optional<ThreadValue> predicate = guard(o.guard());
        yield r -> new ThreadOp.GlobalLoad(r, base, offset, predicate, location);
      }
      case ThreadIrParser.SharedLoadContext o -> {
        ThreadValue base = use(o.address().VALUE());
        int offset = offset(o.address());
        yield r -> new ThreadOp.SharedLoad(r, base, offset, location);
      }
      case ThreadIrParser.ShuffleIndexContext o -> {
        ThreadValue x = use(o.VALUE(0));
        ThreadValue lane = use(o.VALUE(1));
        yield r -> new ThreadOp.ShuffleIndex(r, x, lane, location);
      }
      case ThreadIrParser.ShuffleXorContext o -> {
        ThreadValue x = use(o.VALUE());
        int laneMask = tokens.int32(o.INT());
        yield r -> new ThreadOp.ShuffleXor(r, x, laneMask, location);
      }
      case ThreadIrParser.FetchIncrementContext o -> {
        ThreadValue base = use(o.address().VALUE());
        int offset = offset(o.address());
        ThreadValue last = use(o.VALUE());
        Optional<ThreadValue> predicate = guard(o.guard());
        yield r -> new AsyncThreadOp.FetchIncrement(r, base, offset, last, predicate, location);
      }
      case ThreadIrParser.MatrixDescriptorContext o -> {
        ThreadValue base = use(o.address().VALUE());
        int offset = offset(o.address());
        long bits = tokens.int64(o.INT());
        yield r -> new ThreadOp.MatrixDescriptor(r, base, offset, bits, location);
      }
      default -> throw new IllegalStateException("no such operation: " + valued.getText());
    };
  }

  /** Resolves the operands, then waits for the results. */
  Function<List<ThreadValue>, ThreadOp> of(ThreadIrParser.SeveralContext several) {
    return switch (several) {
      case ThreadIrParser.LoadMatrixContext o -> {
        boolean transposed = o.getChildCount() > 2;
        ThreadValue base = use(o.address().VALUE());
        int offset = offset(o.address());
        yield r -> new ThreadOp.LoadMatrix(r, transposed, base, offset, location);
      }
      case ThreadIrParser.MmaContext o -> {
        String instruction = Names.unquoted(o.STRING().getText());
        List<ThreadValue> a = use(o.values(0).VALUE());
        List<ThreadValue> b = use(o.values(1).VALUE());
        List<ThreadValue> c = use(o.values(2).VALUE());
        yield r -> new ThreadOp.Mma(instruction, r, a, b, c, location);
      }
      case ThreadIrParser.GroupMmaContext o -> {
        String instruction = Names.unquoted(o.STRING().getText());
        List<ThreadValue> a = use(o.values(0).VALUE());
        ThreadValue b = use(o.VALUE());
        List<ThreadValue> c = o.values().size() < 2 ? List.of() : use(o.values(1).VALUE());
        Optional<ThreadValue> accumulate = guard(o.guard());
        boolean transposeA = o.transposeA != null;
        boolean transposeB = o.transposeB != null;
        yield r ->
            new AsyncThreadOp.GroupMma(
                instruction, r, a, b, c, accumulate, transposeA, transposeB, location);
      }
      case ThreadIrParser.GroupMmaWaitContext o -> {
        List<ThreadValue> waited = use(o.values().VALUE());
        int pending = tokens.int32(o.INT());
        yield r -> new AsyncThreadOp.GroupMmaWait(r, waited, pending, location);
      }
      default -> throw new IllegalStateException("no such operation: " + several.getText());
    };
  }

  ThreadOp of(ThreadIrParser.EffectContext effect) {
    return switch (effect) {
      case ThreadIrParser.SignalContext o ->
          new AsyncThreadOp.Signal(
              use(o.address().VALUE()), offset(o.address()), guard(o.guard()), location);
      case ThreadIrParser.AwaitContext o ->
          new AsyncThreadOp.Await(
              use(o.address().VALUE()), offset(o.address()), guard(o.guard()), location);
      case ThreadIrParser.GlobalStoreContext o ->
          new ThreadOp.GlobalStore(
              use(o.address().VALUE()),
              offset(o.address()),
              use(o.VALUE()),
              guard(o.guard()),
              location);
      case ThreadIrParser.SharedStoreContext o ->
          new ThreadOp.SharedStore(
              use(o.address().VALUE()),
              offset(o.address()),
              use(o.VALUE()),
              guard(o.guard()),
              location);
      case ThreadIrParser.AsyncCopyContext o ->
          new ThreadOp.AsyncCopy(
              tokens.int32(o.INT()),
              use(o.address(1).VALUE()),
              offset(o.address(1)),
              use(o.address(0).VALUE()),
              offset(o.address(0)),
              Optional.ofNullable(o.VALUE()).map(this::use),
              guard(o.guard()),
              location);
      case ThreadIrParser.AsyncCommitContext _ -> new ThreadOp.AsyncCommit(location);
      case ThreadIrParser.AsyncWaitContext o ->
          new ThreadOp.AsyncWait(tokens.int32(o.INT()), location);
      case ThreadIrParser.StoreMatrixContext o ->
          new ThreadOp.StoreMatrix(
              use(o.values().VALUE()),
              o.getChildCount() > 4,
              use(o.address().VALUE()),
              offset(o.address()),
              location);
      case ThreadIrParser.BarrierContext o ->
          new ThreadOp.Barrier(number(o.id), number(o.threads), location);
      case ThreadIrParser.YieldContext o ->
          new ThreadOp.Yield(o.values() == null ? List.of() : use(o.values().VALUE()), location);
      default -> asyncEffect(effect);
    };
  }

  private ThreadOp asyncEffect(ThreadIrParser.EffectContext effect) {
    return switch (effect) {
      case ThreadIrParser.SetMaxRegistersContext o ->
          new AsyncThreadOp.SetMaxRegisters(
              tokens.int32(o.INT()), o.getChild(1).getText().equals("increase"), location);
      case ThreadIrParser.MbarrierInitContext o ->
          new AsyncThreadOp.MbarrierInit(
              use(o.address().VALUE()), offset(o.address()), tokens.int32(o.INT()), location);
      case ThreadIrParser.MbarrierExpectContext o ->
          new AsyncThreadOp.MbarrierExpect(
              use(o.address().VALUE()), offset(o.address()), tokens.int32(o.INT()), location);
      case ThreadIrParser.MbarrierArriveContext o ->
          new AsyncThreadOp.MbarrierArrive(
              use(o.address().VALUE()),
              offset(o.address()),
              Optional.ofNullable(o.VALUE()).map(this::use),
              location);
      case ThreadIrParser.MbarrierWaitContext o ->
          new AsyncThreadOp.MbarrierWait(
              use(o.address().VALUE()), offset(o.address()), use(o.VALUE()), location);
      case ThreadIrParser.FenceMbarrierInitContext _ ->
          new AsyncThreadOp.FenceMbarrierInit(location);
      case ThreadIrParser.FenceProxyAsyncContext _ -> new AsyncThreadOp.FenceProxyAsync(location);
      case ThreadIrParser.ClusterArriveContext o ->
          new AsyncThreadOp.ClusterArrive(o.relaxed != null, location);
      case ThreadIrParser.ClusterWaitContext _ -> new AsyncThreadOp.ClusterWait(location);
      case ThreadIrParser.BulkLoadContext o ->
          new AsyncThreadOp.BulkLoad(
              use(o.box().VALUE()),
              use(o.address(0).VALUE()),
              offset(o.address(0)),
              use(o.box().values().VALUE()),
              use(o.address(1).VALUE()),
              offset(o.address(1)),
              Optional.ofNullable(o.VALUE()).map(this::use),
              location);
      case ThreadIrParser.BulkStoreContext o ->
          new AsyncThreadOp.BulkStore(
              use(o.box().VALUE()),
              use(o.address().VALUE()),
              offset(o.address()),
              use(o.box().values().VALUE()),
              location);
      case ThreadIrParser.BulkCommitContext _ -> new AsyncThreadOp.BulkCommit(location);
      case ThreadIrParser.BulkWaitContext o ->
          new AsyncThreadOp.BulkWait(tokens.int32(o.INT()), o.read != null, location);
      case ThreadIrParser.PrefetchTensorMapContext o ->
          new AsyncThreadOp.PrefetchTensorMap(use(o.VALUE()), location);
      case ThreadIrParser.GroupMmaFenceContext _ -> new AsyncThreadOp.GroupMmaFence(location);
      case ThreadIrParser.GroupMmaCommitContext _ -> new AsyncThreadOp.GroupMmaCommit(location);
      case ThreadIrParser.GroupMmaWaitForAllContext o ->
          new AsyncThreadOp.GroupMmaWait(List.of(), List.of(), tokens.int32(o.INT()), location);
      default -> throw new IllegalStateException("no such operation: " + effect.getText());
    };
  }

  private OptionalInt number(@Nullable Token token) {
    return token == null ? OptionalInt.empty() : OptionalInt.of(Tokens.int32(token));
  }

  private ThreadValue use(TerminalNode name) {
    return values.use(name);
  }

  private List<ThreadValue> use(List<TerminalNode> names) {
    return names.stream().map(values::use).toList();
  }

  private int offset(ThreadIrParser.AddressContext address) {
    return address.INT() == null ? 0 : tokens.int32(address.INT());
  }

  private Optional<ThreadValue> guard(ThreadIrParser.@Nullable GuardContext guard) {
    return Optional.ofNullable(guard).map(g -> use(g.VALUE()));
  }

  private static SpecialRegister register(ThreadIrParser.RegisterContext name) {
    for (SpecialRegister register : SpecialRegister.values()) {
      if (register.name().equals(upper(name))) {
        return register;
      }
    }
    String all =
        Arrays.stream(SpecialRegister.values())
            .map(register -> register.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    throw Tokens.at(name.getStart(), "expected one of " + all + ", found " + name.getText());
  }

  private static String upper(ParserRuleContext word) {
    return word.getText().toUpperCase(Locale.ROOT);
  }
}
