package dev.tilewright.ir.interpret;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.SizeExpr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One launch: the arguments, checked, and all blocks. */
final class Run {

  /** Which block wrote each element of a tensor. */
  static final class Ownership {
    private final AtomicIntegerArray owners;
    private final AtomicBoolean conflict = new AtomicBoolean();

    private Ownership(int places) {
      owners = new AtomicIntegerArray(places);
    }

    void claim(long place, int block) {
      int earlier = owners.getAndSet((int) place, block + 1);
      if (earlier != 0 && earlier != block + 1) {
        conflict.set(true);
      }
    }
  }

  /** A tensor that the function writes. */
  record Output(String name, HostTensor tensor) {}

  private final KernelFunction function;
  private final boolean exact;
  private final Map<Value, Object> arguments = new LinkedHashMap<>();
  private final SharedBuffer.Places places = new SharedBuffer.Places();
  private final int sharedUnitBits;
  private final long[] grid = {1, 1, 1};
  private final boolean lowered;
  private final Map<Value, List<String>> readers;
  private Map<Value, Ownership> owners = Map.of();

  Run(KernelFunction function, Arguments given, boolean exact) {
    this.function = function;
    this.exact = exact;
    Map<String, Long> dimensions = given.dimensions();
    for (Parameter parameter : function.parameters()) {
      arguments.put(parameter.value(), bind(parameter, given));
    }
    for (int i = 0; i < function.grid().size(); i++) {
      grid[i] = function.grid().get(i).evaluate(dimensions);
    }
    boolean subByte =
        Traversal.ops(function)
            .anyMatch(op -> op instanceof Op.SharedAlloc a && a.result().type().dtype().bits() < 8);
    sharedUnitBits = subByte ? 1 : 8;
    lowered =
        Traversal.ops(function)
            .anyMatch(op -> op instanceof AsyncOp.MbarrierCreate || op instanceof AsyncOp.MmaWait);
    readers = readers(function.body(), "");
  }

  // ---------------------------------------------------------------- arguments

  private Object bind(Parameter parameter, Arguments given) {
    String name = parameter.name();
    return switch (parameter) {
      case Parameter.Dimension dimension -> {
        long size = argument(given.dimensions(), name, "dimension");
        if (size < 0 || size > Integer.MAX_VALUE || size % dimension.divisor() != 0) {
          throw new IllegalArgumentException(
              "dimension '%s' is %d; expected a multiple of %d that fits i32"
                  .formatted(name, size, dimension.divisor()));
        }
        yield new Data.Ints(new long[] {size});
      }
      case Parameter.Scalar _ -> {
        Literal literal = argument(given.scalars(), name, "scalar");
        yield Elementwise.literal(literal, parameter.value().type().dtype());
      }
      case Parameter.Tensor tensor -> {
        HostTensor host = argument(given.tensors(), name, "tensor");
        checkTensor(tensor, host, given.dimensions());
        yield host;
      }
      case Parameter.Workspace workspace ->
          new WorkspaceMemory(workspace, workspace.places().evaluate(given.dimensions()));
    };
  }

  private static <T> T argument(Map<String, T> given, String name, String kind) {
    T argument = given.get(name);
    if (argument == null) {
      throw new IllegalArgumentException("no argument for " + kind + " '" + name + "'");
    }
    return argument;
  }

  private void checkTensor(
      Parameter.Tensor parameter, HostTensor host, Map<String, Long> dimensions) {
    DType dtype = parameter.dtype();
    boolean wider = !exact && dtype instanceof FloatType && host.dtype().equals(DType.F64);
    if (!host.dtype().equals(dtype) && !wider) {
      throw new IllegalArgumentException(
          "tensor '%s' is of %s; expected %s".formatted(parameter.name(), host.dtype(), dtype));
    }
    List<SizeExpr> shape = parameter.shape();
    long[] expected = shape.stream().mapToLong(size -> size.evaluate(dimensions)).toArray();
    if (!Arrays.equals(expected, host.shape())) {
      throw new IllegalArgumentException(
          "tensor '%s' has shape %s; expected %s"
              .formatted(
                  parameter.name(), Arrays.toString(host.shape()), Arrays.toString(expected)));
    }
  }

  KernelFunction function() {
    return function;
  }

  boolean exact() {
    return exact;
  }

  Object argument(Parameter parameter) {
    return Objects.requireNonNull(arguments.get(parameter.value()));
  }

  SharedBuffer.Places places() {
    return places;
  }

  int sharedBytes() {
    return function.launch().map(KernelFunction.Launch::sharedBytes).orElse(0);
  }

  int sharedUnitBits() {
    return sharedUnitBits;
  }

  /** Whether waits and fences stand where they must: {@code LowerAsync} has run. */
  boolean lowered() {
    return lowered;
  }

  /** The names of the roles that read an aref; an empty name is the whole block's. */
  List<String> readers(Value aref) {
    return readers.getOrDefault(aref, List.of());
  }

  private static Map<Value, List<String>> readers(Block block, String role) {
    Map<Value, List<String>> readers = new HashMap<>();
    for (Op op : block.ops()) {
      if (op instanceof AsyncOp.AcquireRead read) {
        add(readers, Map.of(read.aref(), List.of(role)));
      }
      for (int i = 0; i < op.regions().size(); i++) {
        String name = op instanceof AsyncOp.Roles roles ? roles.roles().get(i).name() : role;
        add(readers, readers(op.regions().get(i), name));
      }
    }
    return readers;
  }

  private static void add(Map<Value, List<String>> readers, Map<Value, List<String>> others) {
    others.forEach(
        (aref, names) -> {
          List<String> known = readers.computeIfAbsent(aref, _ -> new ArrayList<>());
          names.stream().filter(name -> !known.contains(name)).forEach(known::add);
        });
  }

  Map<Value, Ownership> owners() {
    return owners;
  }

  // ---------------------------------------------------------------- blocks

  long[] programIds(int block) {
    return new long[] {block % grid[0], block / grid[0] % grid[1], block / grid[0] / grid[1]};
  }

  int blocks() {
    return Math.toIntExact(Math.multiplyExact(grid[0], Math.multiplyExact(grid[1], grid[2])));
  }

  /**
   * One block, after those before it.
   *
   * @return whether it was executed to the end; otherwise what follows was known
   */
  boolean execute(int block, Choices choices) {
    return new BlockRun(this, block).execute(choices);
  }

  /** Through which blocks hand each other tiles. */
  List<WorkspaceMemory> workspaces() {
    return arguments.values().stream()
        .filter(WorkspaceMemory.class::isInstance)
        .map(WorkspaceMemory.class::cast)
        .toList();
  }

  /** The tensors that the function writes. */
  List<Output> outputs() {
    return written().stream()
        .map(value -> new Output(function.tensorOf(value).name(), tensor(value)))
        .toList();
  }

  /**
   * Runs all blocks, at the same time when they do not depend on each other. The results are those
   * of running them one after the other.
   */
  void execute(long seed) {
    int blocks = blocks();
    Set<Value> written = written();
    if (blocks < 2 || !workspaces().isEmpty() || dependent(written)) {
      sequentially(blocks, seed);
      return;
    }
    Map<Value, HostTensor> before = new LinkedHashMap<>();
    Map<Value, Ownership> claims = new LinkedHashMap<>();
    for (Value value : written) {
      HostTensor tensor = tensor(value);
      before.put(value, tensor.copy());
      claims.put(value, new Ownership(tensor.places()));
    }
    owners = claims;
    concurrently(blocks, seed);
    owners = Map.of();
    if (claims.values().stream().anyMatch(claim -> claim.conflict.get())) {
      // Two blocks wrote one element: the later one shall win, in the order of blocks.
      before.forEach((value, tensor) -> tensor(value).restore(tensor));
      sequentially(blocks, seed);
    }
  }

  private void sequentially(int blocks, long seed) {
    for (int block = 0; block < blocks; block++) {
      execute(block, Choices.random(seed + block));
    }
    workspaces().forEach(WorkspaceMemory::finish);
  }

  /** An error is that of the first block that has one. */
  private void concurrently(int blocks, long seed) {
    AtomicReferenceArray<@Nullable InterpreterException> errors =
        new AtomicReferenceArray<>(blocks);
    IntStream.range(0, blocks)
        .parallel()
        .forEach(
            block -> {
              try {
                execute(block, Choices.random(seed + block));
              } catch (InterpreterException e) {
                errors.set(block, e);
              }
            });
    for (int block = 0; block < blocks; block++) {
      InterpreterException error = errors.get(block);
      if (error != null) {
        throw error;
      }
    }
  }

  private HostTensor tensor(Value value) {
    return (HostTensor) Objects.requireNonNull(arguments.get(value));
  }

  private Set<Value> written() {
    Set<Value> written = new java.util.LinkedHashSet<>();
    Traversal.ops(function)
        .forEach(
            op -> {
              switch (op) {
                case Op.Store store -> written.add(store.tensor());
                case AsyncOp.BulkStore store -> written.add(store.tensor());
                default -> {}
              }
            });
    return written;
  }

  /** Whether some block may read, or write by another name, what another writes. */
  private boolean dependent(Set<Value> written) {
    Set<Value> read = new HashSet<>();
    Traversal.ops(function)
        .forEach(
            op -> {
              switch (op) {
                case Op.Load load -> read.add(load.tensor());
                case Op.CopyAsync copy -> read.add(copy.tensor());
                case AsyncOp.BulkLoad load -> read.add(load.tensor());
                default -> {}
              }
            });
    Set<Value> others = new HashSet<>(read);
    others.addAll(written);
    return written.stream()
        .anyMatch(
            w ->
                read.contains(w)
                    || others.stream()
                        .anyMatch(o -> !o.equals(w) && tensor(o).sharesArrayWith(tensor(w))));
  }
}
