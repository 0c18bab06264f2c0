package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.machine.GridRun;
import dev.tilewright.ir.machine.TensorData;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.SizeExpr;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A kernel in staged form for one block, being written by a test with the tensors it runs on. */
final class Staged {
  final OpBuilder b = new OpBuilder(1000).at(new Location("Test", "Test.java", 42));
  private final int warps;
  private final List<Parameter> parameters = new ArrayList<>();
  private final Map<String, TensorData> tensors = new LinkedHashMap<>();
  private final Map<String, Long> dimensions = new LinkedHashMap<>();
  private final Map<String, Long> scalars = new LinkedHashMap<>();
  private int sharedBytes;

  Staged(int warps) {
    this.warps = warps;
  }

  /** A tensor whose every dimension is a parameter of its own with a divisor. */
  Value tensor(
      String name, TensorData data, Parameter.Access access, int unit, List<Integer> divisors) {
    List<SizeExpr> shape = new ArrayList<>();
    for (int d = 0; d < data.shape().length; d++) {
      String dimension = name + d;
      parameters.add(
          new Parameter.Dimension(
              dimension, b.fresh(new Type.Scalar(DType.I32)), divisors.get(d), Location.UNKNOWN));
      dimensions.put(dimension, data.shape()[d]);
      shape.add(new SizeExpr.Dimension(dimension));
    }
    Value value = b.fresh(new Type.Tensor(data.dtype(), data.shape().length));
    parameters.add(
        new Parameter.Tensor(name, value, shape, access, unit, data.alignment(), Location.UNKNOWN));
    tensors.put(name, data);
    return value;
  }

  /** A dense tensor of the tile's shape, and the operation that writes the whole tile to it. */
  TensorData result(String name, Value tile) {
    DType dtype = tile.type().dtype();
    List<Integer> shape = tile.tile().shape();
    TensorData data =
        TensorData.dense(
            dtype,
            shape.stream().mapToLong(Integer::longValue).toArray(),
            shape.size() - 1,
            16,
            16);
    Value tensor =
        tensor(
            name,
            data,
            Parameter.Access.OUT,
            shape.size() - 1,
            shape.stream().map(_ -> 1).toList());
    b.store(
        tensor,
        shape.stream().map(_ -> b.i32(0)).toList(),
        tile,
        shape.stream().map(_ -> false).toList());
    return data;
  }

  /** A whole dense tensor, read under a layout. */
  Value input(String name, TensorData data, Layout layout) {
    int rank = data.shape().length;
    List<Integer> divisors = new ArrayList<>();
    List<Integer> shape = new ArrayList<>();
    List<Value> offsets = new ArrayList<>();
    List<Boolean> bounds = new ArrayList<>();
    for (int d = 0; d < rank; d++) {
      divisors.add(1);
      shape.add((int) data.shape()[d]);
      bounds.add(false);
    }
    Value tensor = tensor(name, data, Parameter.Access.IN, rank - 1, divisors);
    for (int d = 0; d < rank; d++) {
      offsets.add(b.i32(0));
    }
    Type.Tile type = new Type.Tile(shape, data.dtype(), Optional.of(layout));
    return b.add(new Op.Load(b.fresh(type), tensor, offsets, bounds, Literal.of(0), b.location()))
        .result();
  }

  Value scalar(String name, DType dtype, long code) {
    Value value = b.fresh(new Type.Scalar(dtype));
    parameters.add(new Parameter.Scalar(name, value, Location.UNKNOWN));
    scalars.put(name, code);
    return value;
  }

  /** A buffer behind those before it, at a multiple of {@code alignment} bytes and no larger. */
  Value buffer(List<Integer> shape, DType dtype, Layout memory, int alignment) {
    int offset = Math.ceilDiv(sharedBytes, 2 * alignment) * 2 * alignment + alignment;
    sharedBytes = offset + RandomLayouts.size(memory) * dtype.bits() / 8;
    Type.Shared type = new Type.Shared(shape, dtype, Optional.of(memory));
    return b.add(new Op.SharedAlloc(b.fresh(type), OptionalInt.of(offset), b.location())).result();
  }

  KernelFunction function() {
    return new KernelFunction(
        "staged",
        parameters,
        List.of(new SizeExpr.Constant(1)),
        Optional.of(new KernelFunction.Launch("sm_80", warps, sharedBytes)),
        b.block(List.of()));
  }

  /** Expands the function, runs it, and returns it. */
  ThreadFunction run() {
    KernelFunction function = function();
    ThreadFunction expanded = ExpandTiles.expand(function, TestTarget.TARGET);
    GridRun.run(expanded, function, tensors, dimensions, scalars);
    return expanded;
  }
}
