package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Parameter.Access;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.SizeExpr;
import dev.tilewright.layout.weights.PackedOrder;
import dev.tilewright.layout.weights.WeightFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes one kernel, in the order its methods are called: declares parameters and the grid, makes
 * tiles, opens loops and branches.
 *
 * <p>Every method throws {@link KernelDefinitionException}, at the user's line, when the program
 * would not be well formed.
 */
public final class KernelBuilder {
  private final Trace trace;

  KernelBuilder(Trace trace) {
    this.trace = trace;
  }

  // ---------------------------------------------------------------- parameters

  /**
   * A dimension whose size is known at launch: the size of every tensor dimension declared with it.
   *
   * @param name an identifier, unique among the parameters
   */
  public Dim dim(String name) {
    Site site = trace.enter();
    return trace.declarations().dimension(site, name);
  }

  /**
   * A size that is known now.
   *
   * @param size at least 1
   */
  public Dim dim(int size) {
    Site site = trace.enter();
    return new Dim(trace, site, trace.sizes().positive(site, size));
  }

  /**
   * A tensor that is read.
   *
   * @param name an identifier, unique among the parameters
   * @param first the size of dimension 0, the outermost
   * @param others the sizes of the other dimensions
   */
  public GlobalTensor in(String name, DType dtype, Dim first, Dim... others) {
    return tensor(trace.enter(), name, dtype, Access.IN, first, others);
  }

  /** A tensor of constant sizes that is read. */
  public GlobalTensor in(String name, DType dtype, int first, int... others) {
    return tensor(trace.enter(), name, dtype, Access.IN, first, others);
  }

  /** A tensor that is written and never read; see {@link #in(String, DType, Dim, Dim...)}. */
  public GlobalTensor out(String name, DType dtype, Dim first, Dim... others) {
    return tensor(trace.enter(), name, dtype, Access.OUT, first, others);
  }

  /** A tensor of constant sizes that is written and never read. */
  public GlobalTensor out(String name, DType dtype, int first, int... others) {
    return tensor(trace.enter(), name, dtype, Access.OUT, first, others);
  }

  /**
   * A tensor that is read and written; see {@link #in(String, DType, Dim, Dim...)}. A tile of it is
   * read before it is written.
   */
  public GlobalTensor inout(String name, DType dtype, Dim first, Dim... others) {
    return tensor(trace.enter(), name, dtype, Access.INOUT, first, others);
  }

  /** A tensor of constant sizes that is read and written. */
  public GlobalTensor inout(String name, DType dtype, int first, int... others) {
    return tensor(trace.enter(), name, dtype, Access.INOUT, first, others);
  }

  /**
   * A matrix of weights that is read, packed in tiles.
   *
   * @param name an identifier, unique among the parameters: a tensor of bytes {@code [row tiles,
   *     column tiles, lines, 128]}
   * @param dtype of the weights, as many bits as the order's codes have
   * @param rows of the matrix
   * @param columns of the matrix
   */
  public PackedTensor packed(String name, DType dtype, PackedOrder order, Dim rows, Dim columns) {
    return PackedTensor.declare(trace.enter(), name, dtype, order, rows, columns);
  }

  /**
   * A matrix of quantised weights that is read: its codes under this name, its scales and zero
   * points under names made of it ({@link QuantizedTensor}).
   *
   * @param name an identifier, unique among the parameters
   * @param order of the codes; its columns are a multiple of the format's groups, or a divisor
   * @param rows of the matrix
   * @param columns of the matrix
   */
  public QuantizedTensor quantized(
      String name, WeightFormat format, PackedOrder order, Dim rows, Dim columns) {
    return QuantizedTensor.declare(this, trace.enter(), name, format, order, rows, columns);
  }

  private GlobalTensor tensor(
      Site site, String name, DType dtype, Access access, Dim first, Dim... others) {
    List<Dim> dims = Stream.concat(Stream.of(first), Stream.of(others)).toList();
    dims.forEach(dim -> trace.checkUsable(site, dim));
    List<SizeExpr> shape = dims.stream().map(dim -> dim.size).toList();
    return trace.declarations().tensor(site, name, dtype, shape, access);
  }

  private GlobalTensor tensor(
      Site site, String name, DType dtype, Access access, int first, int... others) {
    List<SizeExpr> shape =
        IntStream.concat(IntStream.of(first), IntStream.of(others))
            .mapToObj(size -> trace.sizes().positive(site, size))
            .toList();
    return trace.declarations().tensor(site, name, dtype, shape, access);
  }

  /**
   * A number passed at launch.
   *
   * @param name an identifier, unique among the parameters
   */
  public Scalar scalar(String name, DType dtype) {
    return trace.declarations().scalar(trace.enter(), name, dtype);
  }

  // ---------------------------------------------------------------- grid

  /**
   * Runs {@code size} blocks.
   *
   * @return which of them runs, from 0
   */
  public Scalar grid1d(Dim size) {
    return trace.declarations().grid(trace.enter(), List.of(size)).getFirst();
  }

  /**
   * Runs {@code rows}×{@code cols} blocks; those of one column start next to each other.
   *
   * @param rows blocks along the grid's x axis
   * @param cols blocks along the grid's y axis, at most 65535 on NVIDIA GPUs
   */
  public Grid2d grid2d(Dim rows, Dim cols) {
    List<Scalar> index = trace.declarations().grid(trace.enter(), List.of(rows, cols));
    return new Grid2d(index.get(0), index.get(1));
  }

  /**
   * Runs {@code batches} grids of {@code rows}×{@code cols} blocks.
   *
   * @param batches along the grid's z axis, at most 65535 on NVIDIA GPUs
   * @param rows blocks along the grid's x axis
   * @param cols blocks along the grid's y axis, at most 65535 on NVIDIA GPUs
   */
  public Grid3d grid3d(Dim batches, Dim rows, Dim cols) {
    List<Scalar> index = trace.declarations().grid(trace.enter(), List.of(rows, cols, batches));
    return new Grid3d(index.get(2), index.get(0), index.get(1));
  }

  /**
   * The block's index along a grid axis.
   *
   * @param axis 0, 1 or 2 for x, y or z; less than the number of axes of the grid
   */
  public Scalar programId(int axis) {
    return trace.declarations().programId(trace.enter(), axis);
  }

  // ---------------------------------------------------------------- values

  /** An {@code i32} number. */
  public Scalar constant(int value) {
    Site site = trace.enter();
    return trace.scalar(site, trace.scalars().i32(value));
  }

  /** A number of any type, which must be able to represent it. */
  public Scalar constant(DType dtype, double value) {
    Site site = trace.enter();
    Literal literal = Elements.literal(trace, site, dtype, value);
    return trace.scalar(site, trace.scalars().constant(dtype, literal));
  }

  /** A number of any type, which must be able to represent it. */
  public Scalar constant(DType dtype, long value) {
    Site site = trace.enter();
    Literal literal = Elements.literal(trace, site, dtype, value);
    return trace.scalar(site, trace.scalars().constant(dtype, literal));
  }

  /** A tile of zeros. */
  public Tile zeros(DType dtype, int... extents) {
    return filled(trace.enter(), dtype, 0, extents);
  }

  /** A tile with {@code value} in every element; the element type must be able to represent it. */
  public Tile full(DType dtype, double value, int... extents) {
    return filled(trace.enter(), dtype, value, extents);
  }

  /** A tile with {@code value} in every element. */
  public Tile full(ScalarValue value, int... extents) {
    Site site = trace.enter();
    trace.checkUsable(site, value);
    List<Integer> shape = TileShapes.extents(trace, site, extents);
    return trace.tile(site, trace.ops().splat(value.read(), shape));
  }

  private Tile filled(Site site, DType dtype, double value, int... extents) {
    Type.Tile type = new Type.Tile(TileShapes.extents(trace, site, extents), dtype);
    Literal literal = Elements.literal(trace, site, dtype, value);
    return trace.tile(site, trace.ops().constant(type, literal));
  }

  /** The {@code i32} vector 0, 1, …, {@code extent} - 1. */
  public Tile iota(int extent) {
    Site site = trace.enter();
    TileShapes.extents(trace, site, extent);
    return trace.tile(site, trace.ops().iota(extent));
  }

  // ---------------------------------------------------------------- control flow

  /**
   * A loop of the device: {@code body} for 0, 1, …, {@code count} - 1.
   *
   * @param body traced once, with the index; it may update tiles made before the loop
   */
  public void range(ScalarValue count, Consumer<Scalar> body) {
    Site site = trace.enter();
    Value upper = ScalarOps.coordinate(trace, site, count);
    ControlFlow.range(trace, site, trace.scalars().i32(0), upper, 1, body);
  }

  /** A loop of the device; a Java {@code for} unrolls instead. */
  public void range(int count, Consumer<Scalar> body) {
    Site site = trace.enter();
    Value lower = trace.scalars().i32(0);
    ControlFlow.range(trace, site, lower, trace.scalars().i32(count), 1, body);
  }

  /** A loop of the device: {@code body} for lower, lower + 1, … while below {@code upper}. */
  public void range(ScalarValue lower, ScalarValue upper, Consumer<Scalar> body) {
    range(trace.enter(), lower, upper, 1, body);
  }

  /**
   * A loop of the device: {@code body} for lower, lower + step, … while below {@code upper}.
   *
   * @param step at least 1
   */
  public void range(ScalarValue lower, ScalarValue upper, int step, Consumer<Scalar> body) {
    range(trace.enter(), lower, upper, step, body);
  }

  /**
   * A loop of the device: {@code body} for lower, lower + step, … while below {@code upper}.
   *
   * @param step at least 1
   */
  public void range(int lower, ScalarValue upper, int step, Consumer<Scalar> body) {
    Site site = trace.enter();
    Value end = ScalarOps.coordinate(trace, site, upper);
    ControlFlow.range(trace, site, trace.scalars().i32(lower), end, step, body);
  }

  /**
   * A loop of the device: {@code body} for lower, lower + step, … while below {@code upper}.
   *
   * @param step at least 1
   */
  public void range(int lower, int upper, int step, Consumer<Scalar> body) {
    Site site = trace.enter();
    Value start = trace.scalars().i32(lower);
    ControlFlow.range(trace, site, start, trace.scalars().i32(upper), step, body);
  }

  private void range(
      Site site, ScalarValue lower, ScalarValue upper, int step, Consumer<Scalar> body) {
    Value start = ScalarOps.coordinate(trace, site, lower);
    Value end = ScalarOps.coordinate(trace, site, upper);
    ControlFlow.range(trace, site, start, end, step, body);
  }

  /**
   * A loop of the device: {@code body} as long as the condition, an {@code i1}, is true. It must
   * become false: a kernel that does not end hangs its device, and the interpreter gives up after a
   * million iterations.
   *
   * <pre>
   *   k.whileLoop(() -&gt; b.max(0).scalar().ne(0), () -&gt; { … b.assign(rest); });
   * </pre>
   *
   * @param condition traced once; it may read tiles made before the loop, as they are when it is
   *     asked, and has no effects
   * @param body traced once; it may update tiles made before the loop
   */
  public void whileLoop(Supplier<Scalar> condition, Runnable body) {
    ControlFlow.whileLoop(trace, trace.enter(), condition, body);
  }

  /**
   * A branch of the device: runs {@code then} when the condition, an {@code i1}, is true.
   *
   * @param then traced once; it may update tiles made before the branch
   */
  public void when(Scalar condition, Runnable then) {
    when(trace.enter(), condition, then, () -> {});
  }

  /** A branch of the device: runs {@code then} or {@code otherwise}; both are traced once. */
  public void when(Scalar condition, Runnable then, Runnable otherwise) {
    when(trace.enter(), condition, then, otherwise);
  }

  private void when(Site site, Scalar condition, Runnable then, Runnable otherwise) {
    trace.checkUsable(site, condition);
    ControlFlow.when(trace, site, condition, then, otherwise);
  }

  // ---------------------------------------------------------------- the explicit level

  /** A buffer in shared memory, alive from here to its last use; its elements are undefined. */
  public SharedTile shared(DType dtype, int... extents) {
    Site site = trace.enter();
    List<Integer> shape = TileShapes.extents(trace, site, extents);
    trace.checkNoCombiner(site);
    Value buffer = trace.ops().sharedAlloc(new Type.Shared(shape, dtype));
    return new SharedTile(trace, trace.region(), site, buffer, null, false);
  }

  /**
   * A channel between roles: a ring of {@code depth} slots in shared memory, each of which holds
   * one tile of every kind.
   *
   * @param depth at least 1; one more than a reader holds at once, and one more again to work ahead
   * @param tiles what a slot holds, one or more
   */
  public Aref aref(int depth, TileSpec... tiles) {
    Site site = trace.enter();
    trace.checkNoCombiner(site);
    List<Value> rings = new ArrayList<>();
    for (TileSpec tile : tiles) {
      int[] extents =
          IntStream.concat(IntStream.of(depth), tile.extents().stream().mapToInt(Integer::intValue))
              .toArray();
      List<Integer> shape = TileShapes.extents(trace, site, extents);
      rings.add(trace.ops().sharedAlloc(new Type.Shared(shape, tile.dtype())));
    }
    if (rings.isEmpty()) {
      throw trace.fail(
          site,
          Misuse.EXTENT_NOT_POSITIVE,
          "this aref holds no tiles",
          List.of(),
          "say what a slot holds: TileSpec.of(F16, 64, 32)");
    }
    Value value = trace.ops().aref(rings, Type.Scope.BLOCK);
    return new Aref(trace, trace.region(), site, value, List.of(tiles));
  }

  /**
   * Gives the warps of a block different programs, which run at the same time and hand each other
   * tiles through {@linkplain #aref arefs}. All threads meet before; {@link #barrier} within a role
   * is one of its own threads.
   *
   * @param declarations declares the roles, in the order of their warps
   */
  public void roles(Consumer<RoleBuilder> declarations) {
    Site site = trace.enter();
    trace.checkNoCombiner(site);
    Region role = trace.region().role();
    if (role != null) {
      throw trace.fail(
          site,
          Misuse.ROLE,
          "a role cannot have roles of its own",
          List.of(role.opened.note("in the role declared here")),
          "declare all roles in one place");
    }
    RoleBuilder builder = new RoleBuilder(trace);
    declarations.accept(builder);
    trace.ops().at(site.location());
    trace.ops().add(builder.build(site));
  }

  /** Closes the group of the asynchronous copies started since the last one; it may be empty. */
  public void commitGroup() {
    trace.checkNoCombiner(trace.enter());
    trace.ops().asyncCommit();
  }

  /**
   * Waits until at most {@code pending} of the newest groups have not arrived.
   *
   * @param pending at least 0
   */
  public void waitGroup(int pending) {
    Site site = trace.enter();
    if (pending < 0) {
      throw trace.fail(
          site,
          Misuse.EXTENT_NOT_POSITIVE,
          "the number of pending groups, " + pending + ", is negative",
          List.of(),
          "0 waits for all groups");
    }
    trace.checkNoCombiner(site);
    trace.ops().asyncWait(pending);
  }

  /** All threads of the block wait for each other and see each other's writes to shared memory. */
  public void barrier() {
    trace.checkNoCombiner(trace.enter());
    trace.ops().barrier();
  }
}
