package dev.tilewright.runtime;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.dtype.Rounding;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.runtime.Arguments.Argument;
import java.util.ArrayList;
import java.util.List;

/** A kernel's parameter buffer: entries in order, little-endian, each at its own alignment. */
final class ParameterBuffer {
  private final Binder binder;
  private final List<Workspaces.Request> workspaces = new ArrayList<>();

  ParameterBuffer(Binder binder) {
    this.binder = binder;
  }

  /** The workspaces whose addresses are to be filled in, once {@link #pack} has run. */
  List<Workspaces.Request> workspaces() {
    return List.copyOf(workspaces);
  }

  byte[] pack() {
    int bytes = 0;
    for (KernelParameter parameter : binder.image().parameters()) {
      bytes = align(bytes, parameter) + parameter.bytes();
    }
    byte[] buffer = new byte[bytes];
    int at = 0;
    for (KernelParameter parameter : binder.image().parameters()) {
      at = align(at, parameter);
      if (parameter instanceof KernelParameter.TensorMap map) {
        System.arraycopy(tensorMap(map), 0, buffer, at, map.bytes());
        at += map.bytes();
        continue;
      }
      if (parameter instanceof KernelParameter.Workspace workspace) {
        long size = binder.evaluate(workspace.size(), "workspace '" + workspace.name() + "'");
        workspaces.add(new Workspaces.Request(at, size, workspace.zeroed()));
      }
      long value = value(parameter);
      for (int i = 0; i < parameter.bytes(); i++) {
        buffer[at++] = (byte) (value >>> (i * Byte.SIZE));
      }
    }
    return buffer;
  }

  private static int align(int at, KernelParameter parameter) {
    return Math.ceilDiv(at, parameter.alignment()) * parameter.alignment();
  }

  private byte[] tensorMap(KernelParameter.TensorMap map) {
    return binder.loaded().tensorMaps().encoded(new TensorMapCheck(binder, map).geometry());
  }

  private long value(KernelParameter parameter) {
    return switch (parameter) {
      case KernelParameter.Pointer(String tensor) -> binder.address(tensor, binder.tensor(tensor));
      case KernelParameter.Stride(String tensor, int axis) -> stride(tensor, axis);
      case KernelParameter.Dimension(String name) -> dimension(name);
      case KernelParameter.Scalar(String name, DType dtype) -> scalar(name, dtype);
      // Known when the launch has a stream.
      case KernelParameter.Workspace _ -> 0;
      case KernelParameter.TensorMap map ->
          throw new IllegalArgumentException("a tensor map is more than a number: " + map);
    };
  }

  private long stride(String name, int axis) {
    Strided layout = binder.tensor(name).layout();
    if (axis < 0 || axis >= layout.rank()) {
      throw binder.error(
          LaunchError.RANK,
          "the stride of dimension "
              + axis
              + " of tensor '"
              + name
              + "' is a parameter, but the tensor has "
              + layout.rank()
              + " dimensions");
    }
    return layout.stride(axis);
  }

  private long dimension(String name) {
    long value = binder.dimension(name);
    if (value > Integer.MAX_VALUE) {
      throw binder.error(
          LaunchError.SIZE, name + " is " + value + ", but at most " + Integer.MAX_VALUE + " fits");
    }
    return value;
  }

  private long scalar(String name, DType dtype) {
    return switch (binder.argument(name, "scalar")) {
      case Argument.OfTensor(Tensor tensor) ->
          throw binder.error(
              LaunchError.KIND, "'" + name + "' is a number, but a tensor is given: " + tensor);
      case Argument.Whole(long value) ->
          switch (dtype) {
            case IntType type -> whole(name, type, value);
            case FloatType type -> real(name, type, value);
            case StoredType type -> throw type.noArithmetic();
          };
      case Argument.Real(double value) ->
          switch (dtype) {
            case IntType type -> {
              long code = type.encode(value, Rounding.NEAREST_EVEN, Overflow.SATURATE);
              if (type.decode(code) != value) {
                throw misfit(name, type, value);
              }
              yield code;
            }
            case FloatType type -> real(name, type, value);
            case StoredType type -> throw type.noArithmetic();
          };
    };
  }

  private long whole(String name, IntType type, long value) {
    long code = type.encodeLong(value, Overflow.NATURAL);
    if (type.decodeLong(code) != value || (!type.signed() && value < 0)) {
      throw misfit(name, type, value);
    }
    return code;
  }

  private long real(String name, FloatType type, double value) {
    long code = type.encode(value, Rounding.NEAREST_EVEN, Overflow.NATURAL);
    boolean kept =
        Double.isFinite(value)
            ? Math.abs(value) <= type.maxFinite() && (value >= 0 || type.signed())
            : Double.compare(type.decode(code), value) == 0;
    if (!kept) {
      throw misfit(name, type, value);
    }
    return code;
  }

  private LaunchException misfit(String name, DType type, Number value) {
    return binder.error(
        LaunchError.SCALAR, "scalar '" + name + "' is " + value + ", which is no value of " + type);
  }
}
