package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.ir.analysis.Divisibility;
import dev.tilewright.ir.expand.Threads.Index;
import dev.tilewright.ir.pass.CompileReport;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Axis;
import java.util.ArrayList;
import java.util.List;

/**
 * From staged tile IR to thread IR: every operation on tiles becomes what one thread does for it.
 *
 * <p>The input is in staged form, the contract of which is in {@link dev.tilewright.ir.pass}; a
 * function that is not is refused with {@link StagedFormException}. The output computes the same.
 */
public final class ExpandTiles {
  private final Expansion expansion;
  private final Code code;
  private final ElementOps elements;
  private final Elementwise elementwise;
  private final GlobalTransfers global;
  private final SharedAccess shared;
  private final MatrixMultiply matrices;
  private final Renaming renaming;
  private final Reduction reduction;
  private final LayoutConversion conversion;
  private final BitViews views;
  private final AsyncExpansion async;
  private final Workspaces workspaces;

  private ExpandTiles(Expansion expansion) {
    this.expansion = expansion;
    this.code = expansion.code();
    this.elements = new ElementOps(code);
    this.elementwise = new Elementwise(expansion, elements);
    this.global = new GlobalTransfers(expansion);
    this.shared = new SharedAccess(expansion);
    this.matrices = new MatrixMultiply(expansion);
    this.renaming = new Renaming(expansion);
    this.reduction = new Reduction(expansion, renaming);
    this.conversion = new LayoutConversion(expansion);
    this.views = new BitViews(expansion);
    this.async = new AsyncExpansion(expansion);
    this.workspaces = new Workspaces(expansion);
  }

  /**
   * The program of one thread of {@code staged}.
   *
   * @throws StagedFormException if the function is not in staged form
   */
  public static ThreadFunction expand(KernelFunction staged, Target target) {
    return expand(staged, target, new CompileReport());
  }

  /**
   * As {@link #expand(KernelFunction, Target)}.
   *
   * @param report where is said how packed elements are converted
   */
  public static ThreadFunction expand(KernelFunction staged, Target target, CompileReport report) {
    KernelFunction.Launch launch =
        staged
            .launch()
            .orElseThrow(
                () -> new IllegalArgumentException(staged.name() + " has no launch: not staged"));
    Code code = new Code(new ThreadBuilder(0));
    Values values = new Values();
    List<ThreadParameter> parameters = new Parameters(code, values).declare(staged);
    Threads threads = new Threads(code, target.lanes(), launch.warps(), 0);
    TensorMaps maps = new TensorMaps(code);
    RoleScope block = RoleScope.block(launch.warps());
    Expansion expansion =
        new Expansion(
            target,
            block,
            code,
            threads,
            values,
            Divisibility.of(staged),
            maps,
            launch.cluster(),
            report);
    ExpandTiles expander = new ExpandTiles(expansion);
    staged.body().ops().forEach(expander::expand);
    parameters.addAll(maps.parameters());
    return new ThreadFunction(
        staged.name(),
        target.name(),
        parameters,
        launch.warps() * target.lanes(),
        launch.sharedBytes(),
        launch.cluster(),
        code.body());
  }

  private void expand(Op op) {
    code.ops().at(op.location());
    switch (op) {
      case Op.Constant(Value result, var value, var _) ->
          setAll(result, op, code.constant(ThreadType.scalar(result.type().dtype()), value));
      case Op.Unary _, Op.Binary _, Op.Fma _, Op.Compare _, Op.Select _, Op.Cast _ ->
          expandElementwise(op);
      case Op.Iota iota -> setTile(iota.result(), iota(iota));
      case Op.Splat splat -> setAll(splat.result(), op, scalar(splat.x()));
      case Op.Extract(Value result, Value x, var _) ->
          expansion.values().set(result, tile(x).scalar(code.ops(), 0));
      case Op.Broadcast x -> setTile(x.result(), renaming.broadcast(x));
      case Op.Reshape x -> setTile(x.result(), renaming.reshape(x));
      case Op.Transpose x -> setTile(x.result(), renaming.transpose(x));
      case Op.View x -> setTile(x.result(), views.expand(x));
      case Op.ConvertLayout x -> setTile(x.result(), conversion.expand(x));
      case Op.Reduce reduce ->
          setTile(
              reduce.result(),
              reduction.expand(reduce, (x, y) -> combined(reduce.combiner(), x, y)));
      case Op.Mma mma -> setTile(mma.result(), matrices.expand(mma));
      case Op.ProgramId(Value result, int axis, var _) ->
          expansion.values().set(result, code.special(blockIndex(axis)));
      case Op.Load load -> setTile(load.result(), global.load(load));
      case Op.Store store -> global.store(store);
      case Op.SharedAlloc alloc -> expansion.values().set(alloc.result(), shared.allocated(alloc));
      case Op.SharedSlice slice -> expansion.values().set(slice.result(), shared.sliced(slice));
      case Op.SharedLoad load -> setTile(load.result(), shared.load(load));
      case Op.SharedStore store -> shared.store(store);
      case Op.CopyAsync copy -> global.copy(copy);
      case Op.AsyncCommit _ -> code.ops().add(new ThreadOp.AsyncCommit(op.location()));
      case Op.AsyncWait(int pending, var _) ->
          code.ops().add(new ThreadOp.AsyncWait(pending, op.location()));
      case AsyncOp o -> expandAsync(o);
      case WorkspaceOp.Keep o -> workspaces.keep(o);
      case WorkspaceOp.AddKept o -> setTile(o.result(), workspaces.add(o));
      case WorkspaceOp.Signal o -> workspaces.signal(o);
      case WorkspaceOp.Await o -> workspaces.await(o);
      case WorkspaceOp.FetchIncrement o -> workspaces.fetchIncrement(o);
      case Op.Barrier barrier -> async.barrier(barrier);
      case Op.For loop -> expandLoop(loop);
      case Op.While loop -> expandLoop(loop);
      case Op.If branch -> expandBranch(branch);
      case Op.Yield _ -> throw new IllegalArgumentException("Yield does not end its region");
    }
  }

  private void expandAsync(AsyncOp op) {
    switch (op) {
      case AsyncOp.Roles roles ->
          async.roles(
              roles,
              (scope, role) -> new ExpandTiles(in(scope)).expandAll(roles.bodies().get(role)));
      case AsyncOp.MbarrierCreate create -> async.create(create);
      case AsyncOp.MbarrierWait wait -> async.await(wait);
      case AsyncOp.MbarrierExpect expect -> async.expect(expect);
      case AsyncOp.MbarrierArrive arrive -> async.arrive(arrive);
      case AsyncOp.BulkLoad load -> async.load(load);
      case AsyncOp.BulkStore store -> async.store(store);
      case AsyncOp.BulkCommit commit -> async.commit(commit);
      case AsyncOp.BulkWait wait -> async.await(wait);
      case AsyncOp.ProxyFence fence -> async.fence(fence);
      case AsyncOp.MmaAsync mma -> setTile(mma.result(), new GroupMultiply(expansion).expand(mma));
      case AsyncOp.MmaWait wait -> new GroupMultiply(expansion).await(wait);
      case AsyncOp.ArefCreate _,
          AsyncOp.AcquireWrite _,
          AsyncOp.Commit _,
          AsyncOp.AcquireRead _,
          AsyncOp.Release _ ->
          throw new StagedFormException(
              op, "arefs are barriers in memory", "LowerAsync has not lowered this one");
    }
  }

  /** This expansion for the threads of a role. */
  private Expansion in(RoleScope scope) {
    Threads threads =
        new Threads(code, expansion.target().lanes(), scope.warps(), scope.firstWarp());
    return new Expansion(
        expansion.target(),
        scope,
        code,
        threads,
        expansion.values(),
        expansion.facts(),
        expansion.maps(),
        expansion.cluster(),
        expansion.report());
  }

  private ThreadValue scalar(Value value) {
    return expansion.values().scalar(value);
  }

  private Registers tile(Value value) {
    return expansion.values().tile(value);
  }

  private void setTile(Value value, Registers tile) {
    expansion.values().set(value, tile);
  }

  /** Sets a scalar, or every register of a tile. */
  private void setAll(Value value, Op op, ThreadValue scalar) {
    if (value.isTile()) {
      setTile(value, Registers.splat(expansion.registers(op, value), scalar));
    } else {
      expansion.values().set(value, scalar);
    }
  }

  private static SpecialRegister blockIndex(int axis) {
    return switch (axis) {
      case 0 -> SpecialRegister.BLOCK_X;
      case 1 -> SpecialRegister.BLOCK_Y;
      case 2 -> SpecialRegister.BLOCK_Z;
      default -> throw new IllegalArgumentException("grids have no axis " + axis);
    };
  }

  // ---------------------------------------------------------------- elements

  private void expandElementwise(Op op) {
    Value result = op.results().getFirst();
    if (!result.isTile()) {
      List<ThreadValue> operands = op.operands().stream().map(this::scalar).toList();
      expansion.values().set(result, elements.apply(op, operands));
      return;
    }
    for (Value operand : op.operands()) {
      if (!expansion.layout(op, operand).equals(expansion.layout(op, result))) {
        throw new StagedFormException(
            op,
            "operands and result of elementwise operations have equal layouts",
            "%s has %s and the result %s"
                .formatted(operand, expansion.layout(op, operand), expansion.layout(op, result)));
      }
    }
    setTile(result, elementwise.apply(op, op.operands().stream().map(this::tile).toList()));
  }

  private Registers iota(Op.Iota op) {
    IndexMap map = IndexMap.of(expansion.layout(op, op.result()), Axis.dim(0));
    return Registers.scalars(
        map.registers().length,
        register -> {
          Index index = expansion.threads().at(map, register);
          return code.add(index.base(), index.constant());
        });
  }

  private ThreadValue combined(Block combiner, ThreadValue x, ThreadValue y) {
    expansion.values().set(combiner.arguments().get(0), x);
    expansion.values().set(combiner.arguments().get(1), y);
    expandAll(combiner);
    return scalar(combiner.yielded().getFirst());
  }

  private void expandAll(Block block) {
    for (Op op : block.ops()) {
      if (!(op instanceof Op.Yield)) {
        expand(op);
      }
    }
  }

  // ---------------------------------------------------------------- control flow

  private void expandLoop(Op.For loop) {
    List<ThreadValue> arguments = new ArrayList<>();
    arguments.add(code.ops().fresh(ThreadType.scalar(loop.induction().type().dtype())));
    loop.carried().forEach(carried -> fresh(loop, carried, arguments));
    List<ThreadValue> inits = flattened(loop.inits());
    ThreadBlock body =
        code.region(
            arguments,
            holdsLoop(loop.body()),
            values -> {
              expansion.values().set(loop.induction(), values.getFirst());
              bind(loop, loop.carried(), values.subList(1, values.size()));
              expandAll(loop.body());
              return flattened(loop.body().yielded());
            });
    List<ThreadValue> results = new ArrayList<>();
    loop.results().forEach(result -> fresh(loop, result, results));
    code.ops()
        .add(
            new ThreadOp.For(
                results,
                scalar(loop.lower()),
                scalar(loop.upper()),
                scalar(loop.step()),
                inits,
                body,
                loop.location()));
    bind(loop, loop.results(), results);
  }

  private void expandLoop(Op.While loop) {
    List<ThreadValue> inits = flattened(loop.inits());
    ThreadBlock condition = region(loop, loop.condition());
    ThreadBlock body = region(loop, loop.body());
    List<ThreadValue> results = new ArrayList<>();
    loop.results().forEach(result -> fresh(loop, result, results));
    code.ops().add(new ThreadOp.While(results, inits, condition, body, loop.location()));
    bind(loop, loop.results(), results);
  }

  private static boolean holdsLoop(Block block) {
    return Traversal.ops(block).anyMatch(op -> op instanceof Op.For || op instanceof Op.While);
  }

  private void expandBranch(Op.If branch) {
    ThreadBlock thenBlock = region(branch, branch.thenBlock());
    ThreadBlock elseBlock = region(branch, branch.elseBlock());
    List<ThreadValue> results = new ArrayList<>();
    branch.results().forEach(result -> fresh(branch, result, results));
    code.ops()
        .add(
            new ThreadOp.If(
                results, scalar(branch.condition()), thenBlock, elseBlock, branch.location()));
    bind(branch, branch.results(), results);
  }

  private ThreadBlock region(Op op, Block block) {
    List<ThreadValue> arguments = new ArrayList<>();
    block.arguments().forEach(argument -> fresh(op, argument, arguments));
    return code.region(
        arguments,
        op instanceof Op.While && holdsLoop(block),
        values -> {
          bind(op, block.arguments(), values);
          expandAll(block);
          return flattened(block.yielded());
        });
  }

  /** Scalars, and the words of tiles. */
  private List<ThreadValue> flattened(List<Value> values) {
    List<ThreadValue> flat = new ArrayList<>();
    for (Value value : values) {
      if (value.isTile()) {
        flat.addAll(tile(value).words(code.ops()));
      } else {
        flat.add(scalar(value));
      }
    }
    return flat;
  }

  /** Appends a value for {@code value}, or for each of its words. */
  private void fresh(Op op, Value value, List<ThreadValue> flat) {
    for (ThreadType type : wordTypes(op, value)) {
      flat.add(code.ops().fresh(type));
    }
  }

  private List<ThreadType> wordTypes(Op op, Value value) {
    DType dtype = value.type().dtype();
    return switch (value.type()) {
      case Type.Scalar _ -> List.of(ThreadType.scalar(dtype));
      case Type.Tile _ -> Registers.wordTypes(dtype, expansion.registers(op, value));
      default ->
          throw new StagedFormException(
              op, "loops and branches carry scalars and tiles", value + " is a " + value.type());
    };
  }

  private void bind(Op op, List<Value> values, List<ThreadValue> flat) {
    int at = 0;
    for (Value value : values) {
      int words = wordTypes(op, value).size();
      if (value.isTile()) {
        int registers = expansion.registers(op, value);
        setTile(
            value,
            Registers.ofWords(value.type().dtype(), registers, flat.subList(at, at + words)));
      } else {
        expansion.values().set(value, flat.get(at));
      }
      at += words;
    }
  }
}
