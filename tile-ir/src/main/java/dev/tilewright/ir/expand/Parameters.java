package dev.tilewright.ir.expand;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.SizeExpr;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The parameters of the thread's program, in the order of the kernel's: a tensor is a pointer, then
 * a stride for every dimension but the unit one; a dimension, a scalar and the address of a
 * workspace are one value each.
 */
final class Parameters {
  private final Code code;
  private final Values values;
  private final Map<String, ThreadValue> dimensions = new HashMap<>();

  Parameters(Code code, Values values) {
    this.code = code;
    this.values = values;
  }

  List<ThreadParameter> declare(KernelFunction function) {
    List<ThreadParameter> declared = new ArrayList<>();
    List<Runnable> tensors = new ArrayList<>();
    for (Parameter parameter : function.parameters()) {
      switch (parameter) {
        case Parameter.Dimension dimension -> {
          ThreadValue size = code.parameter(ThreadType.I32);
          declared.add(new ThreadParameter.Dimension(dimension.name(), size));
          values.set(dimension.value(), size);
          dimensions.put(dimension.name(), size);
        }
        case Parameter.Scalar scalar -> {
          ThreadValue value = code.parameter(ThreadType.scalar(scalar.value().type().dtype()));
          declared.add(new ThreadParameter.Scalar(scalar.name(), value));
          values.set(scalar.value(), value);
        }
        case Parameter.Tensor tensor -> tensors.add(declare(tensor, declared));
        case Parameter.Workspace workspace -> {
          ThreadValue address = code.parameter(ThreadType.I64);
          long bytes = Workspaces.placeBytes(function, workspace);
          declared.add(
              new ThreadParameter.Workspace(workspace.name(), bytes, workspace.zeroed(), address));
          values.set(workspace.value(), address);
        }
      }
    }
    // Sizes and strides are computed only now, after all parameters.
    tensors.forEach(Runnable::run);
    return declared;
  }

  private Runnable declare(Parameter.Tensor tensor, List<ThreadParameter> declared) {
    ThreadValue pointer = code.parameter(ThreadType.I64);
    declared.add(new ThreadParameter.Pointer(tensor.name(), pointer));
    List<Optional<ThreadValue>> strides = new ArrayList<>();
    for (int d = 0; d < tensor.shape().size(); d++) {
      if (d == tensor.unitDimension()) {
        strides.add(Optional.empty());
      } else {
        ThreadValue stride = code.parameter(ThreadType.I64);
        declared.add(new ThreadParameter.Stride(tensor.name(), d, stride));
        strides.add(Optional.of(stride));
      }
    }
    int bits = tensor.dtype().bits();
    return () ->
        values.set(
            tensor.value(),
            new GlobalTensor(
                tensor,
                pointer,
                strides.stream()
                    .map(stride -> bytes(stride.orElseGet(() -> code.i64(1)), bits))
                    .toList(),
                tensor.shape().stream().map(this::size).toList()));
  }

  /**
   * The launch has checked that neighbours in other dimensions than the unit one begin in bytes.
   */
  private ThreadValue bytes(ThreadValue elements, int bits) {
    return bits < Byte.SIZE
        ? code.shiftRight(code.mul(elements, bits), 3)
        : code.mul(elements, bits / Byte.SIZE);
  }

  private ThreadValue size(SizeExpr size) {
    return switch (size) {
      case SizeExpr.Constant(long value) -> code.i32(value);
      case SizeExpr.Dimension(String name) -> dimension(name);
      case SizeExpr.Product(SizeExpr left, SizeExpr right) -> code.mul(size(left), size(right));
      case SizeExpr.Sum(SizeExpr left, SizeExpr right) -> code.add(size(left), size(right));
      case SizeExpr.CeilDiv(SizeExpr dividend, SizeExpr divisor) -> {
        ThreadValue by = size(divisor);
        ThreadValue last = code.sub(code.add(size(dividend), by), code.i32(1));
        yield code.binary(BinaryKind.DIV, last, by);
      }
    };
  }

  private ThreadValue dimension(String name) {
    ThreadValue value = dimensions.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no dimension parameter '" + name + "'");
    }
    return value;
  }
}
