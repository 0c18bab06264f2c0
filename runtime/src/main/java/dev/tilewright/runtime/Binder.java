package dev.tilewright.runtime;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.SizeExpr;
import dev.tilewright.runtime.Arguments.Argument;
import dev.tilewright.runtime.spi.LaunchShape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * Matches arguments with what an image requires. Code that was specialised to aligned, dense or
 * disjoint tensors is wrong for any others, so every assumption is checked before a launch.
 */
final class Binder {
  private final LoadedImage loaded;
  private final KernelImage image;
  private final SequencedMap<String, Argument> given;
  private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
  private final SequencedMap<String, Long> dimensions = new LinkedHashMap<>();

  /** Where each dimension's value comes from, for messages. */
  private final SequencedMap<String, String> origins = new LinkedHashMap<>();

  Binder(LoadedImage loaded, Arguments arguments) {
    this.loaded = loaded;
    this.image = loaded.image();
    this.given = arguments.byName();
  }

  Launch bind() {
    checkNames();
    for (TensorRequirement requirement : image.requirements()) {
      Tensor tensor = tensor(requirement.tensor());
      checkType(requirement, tensor);
      tensors.put(requirement.tensor(), tensor);
    }
    resolveDimensions();
    for (TensorRequirement requirement : image.requirements()) {
      Tensor tensor = tensor(requirement.tensor());
      checkShape(requirement, tensor);
      checkLayout(requirement, tensor);
    }
    checkDivisors();
    checkOverlaps();
    LaunchShape shape = grid();
    ParameterBuffer buffer = new ParameterBuffer(this);
    byte[] parameters = buffer.pack();
    return new Launch(
        loaded, shape, dimensions, parameters, List.copyOf(tensors.values()), buffer.workspaces());
  }

  KernelImage image() {
    return image;
  }

  LoadedImage loaded() {
    return loaded;
  }

  LaunchException error(LaunchError error, String problem) {
    return new LaunchException(error, image.entry(), problem);
  }

  /** The argument of that name. */
  Argument argument(String name, String kind) {
    Argument argument = given.get(name);
    if (argument == null) {
      throw error(LaunchError.MISSING_ARGUMENT, "no " + kind + " '" + name + "' is given");
    }
    return argument;
  }

  /** The tensor of that name. */
  Tensor tensor(String name) {
    Tensor known = tensors.get(name);
    if (known != null) {
      return known;
    }
    if (!(argument(name, "tensor") instanceof Argument.OfTensor(Tensor tensor))) {
      throw error(LaunchError.KIND, "'" + name + "' is a tensor, but a number is given");
    }
    if (!tensor.device().equals(loaded.device())) {
      throw error(
          LaunchError.DEVICE,
          "tensor '"
              + name
              + "' lives on "
              + tensor.device()
              + ", but the kernel is loaded on "
              + loaded.device());
    }
    tensor.storage().ensureOpen();
    tensors.put(name, tensor);
    return tensor;
  }

  /** The value of a dimension. */
  long dimension(String name) {
    Long value = dimensions.get(name);
    if (value == null) {
      throw error(
          LaunchError.MISSING_ARGUMENT,
          "dimension '" + name + "' follows from no tensor's shape; give it as an argument");
    }
    return value;
  }

  private void checkNames() {
    SequencedSet<String> known = new LinkedHashSet<>();
    for (TensorRequirement requirement : image.requirements()) {
      known.add(requirement.tensor());
    }
    SequencedSet<String> dimensionNames = new LinkedHashSet<>();
    for (KernelParameter parameter : image.parameters()) {
      switch (parameter) {
        case KernelParameter.Pointer(String tensor) -> known.add(tensor);
        case KernelParameter.Stride(String tensor, int axis) -> known.add(tensor);
        case KernelParameter.TensorMap map -> known.add(map.tensor());
        case KernelParameter.Scalar(String name, DType dtype) -> known.add(name);
        case KernelParameter.Dimension(String name) -> dimensionNames.add(name);
        case KernelParameter.Workspace workspace ->
            workspace.size().collectDimensions(dimensionNames);
      }
    }
    image.requirements().forEach(r -> r.shape().forEach(e -> e.collectDimensions(dimensionNames)));
    image.grid().forEach(e -> e.collectDimensions(dimensionNames));
    for (String name : given.sequencedKeySet()) {
      if (!known.contains(name) && !dimensionNames.contains(name)) {
        throw error(
            LaunchError.UNKNOWN_ARGUMENT,
            "there is no argument '"
                + name
                + "'; it has "
                + String.join(", ", known)
                + (dimensionNames.isEmpty()
                    ? ""
                    : " and the dimensions " + String.join(", ", dimensionNames)));
      }
    }
    for (String name : dimensionNames) {
      switch (given.get(name)) {
        case null -> {}
        case Argument.Whole(long value) -> resolve(name, value, "the argument '" + name + "'");
        case Argument.Real(double value) ->
            throw error(
                LaunchError.KIND,
                "'" + name + "' is a dimension and takes a whole number, not " + value);
        case Argument.OfTensor(Tensor tensor) ->
            throw error(LaunchError.KIND, "'" + name + "' is a dimension, but a tensor is given");
      }
    }
  }

  private void checkType(TensorRequirement requirement, Tensor tensor) {
    if (!tensor.dtype().equals(requirement.dtype())) {
      throw error(
          LaunchError.DTYPE,
          "tensor '"
              + requirement.tensor()
              + "' has "
              + tensor.dtype()
              + " elements; compiled for "
              + requirement.dtype());
    }
    if (tensor.rank() != requirement.shape().size()) {
      throw error(
          LaunchError.RANK,
          "tensor '"
              + requirement.tensor()
              + "' is "
              + tensor
              + ", but "
              + requirement.shape().size()
              + " dimensions are needed: "
              + requirement.shape());
    }
  }

  private void resolveDimensions() {
    for (TensorRequirement requirement : image.requirements()) {
      Tensor tensor = tensor(requirement.tensor());
      for (int axis = 0; axis < tensor.rank(); axis++) {
        if (requirement.shape().get(axis) instanceof SizeExpr.Dimension(String name)) {
          String origin = "dimension " + axis + " of '" + requirement.tensor() + "' " + tensor;
          resolve(name, tensor.layout().size(axis), origin);
        }
      }
    }
  }

  private void resolve(String name, long value, String origin) {
    if (value < 1) {
      throw error(
          LaunchError.SIZE, name + " is " + value + " by " + origin + "; at least 1 is needed");
    }
    Long known = dimensions.putIfAbsent(name, value);
    if (known == null) {
      origins.put(name, origin);
    } else if (known != value) {
      throw error(
          LaunchError.DIMENSION_CONFLICT,
          name + " is " + known + " by " + origins.get(name) + ", but " + value + " by " + origin);
    }
  }

  long evaluate(SizeExpr expression, String what) {
    SequencedSet<String> names = new LinkedHashSet<>();
    expression.collectDimensions(names);
    names.forEach(this::dimension);
    try {
      return expression.evaluate(dimensions);
    } catch (ArithmeticException e) {
      throw error(
          LaunchError.SIZE,
          what
              + " = "
              + expression
              + " cannot be computed for "
              + dimensions
              + ": "
              + e.getMessage());
    }
  }

  private void checkShape(TensorRequirement requirement, Tensor tensor) {
    for (int axis = 0; axis < tensor.rank(); axis++) {
      SizeExpr expression = requirement.shape().get(axis);
      String what = "size " + axis + " of tensor '" + requirement.tensor() + "'";
      long expected = evaluate(expression, what);
      if (tensor.layout().size(axis) != expected) {
        throw error(
            LaunchError.SHAPE,
            what
                + " is "
                + tensor.layout().size(axis)
                + ", but must be "
                + expected
                + (expression instanceof SizeExpr.Constant ? "" : " = " + expression));
      }
    }
  }

  private void checkLayout(TensorRequirement requirement, Tensor tensor) {
    String name = requirement.tensor();
    Strided layout = tensor.layout();
    int unit = requirement.unitDimension();
    // Along a dimension of size one nothing ever steps.
    if (unit >= 0 && layout.size(unit) > 1 && layout.stride(unit) != 1) {
      throw error(
          LaunchError.UNIT_STRIDE,
          "neighbours along dimension "
              + unit
              + " of tensor '"
              + name
              + "' are "
              + layout.stride(unit)
              + " elements apart, but must be adjacent; pass a copy in that order, or compile for"
              + " this one");
    }
    long address = address(name, tensor);
    if (address % requirement.alignment() != 0) {
      throw error(
          LaunchError.ALIGNMENT,
          "tensor '"
              + name
              + "' begins at address 0x"
              + Long.toHexString(address)
              + ", which is not a multiple of "
              + requirement.alignment()
              + " bytes");
    }
    long alignedBits = (long) requirement.alignment() * Byte.SIZE;
    for (int axis = 0; axis < layout.rank(); axis++) {
      long bits = layout.stride(axis) * tensor.dtype().bits();
      if (axis != unit && layout.size(axis) > 1 && bits % alignedBits != 0) {
        throw error(
            LaunchError.ALIGNMENT,
            "the stride of dimension "
                + axis
                + " of tensor '"
                + name
                + "' "
                + tensor
                + " is "
                + layout.stride(axis)
                + " elements, which is no multiple of "
                + requirement.alignment()
                + " bytes; pad it, or compile for a smaller alignment");
      }
    }
  }

  /** The address of a tensor's first element. */
  long address(String name, Tensor tensor) {
    try {
      return tensor.address();
    } catch (IllegalArgumentException e) {
      throw error(LaunchError.ALIGNMENT, "tensor '" + name + "': " + e.getMessage());
    }
  }

  private void checkDivisors() {
    image
        .divisors()
        .forEach(
            (name, divisor) -> {
              long value = dimension(name);
              if (value % divisor != 0) {
                throw error(
                    LaunchError.DIVISOR,
                    name
                        + " is "
                        + value
                        + " by "
                        + origins.get(name)
                        + ", but must be a multiple of "
                        + divisor
                        + "; pad it, or compile for any size");
              }
            });
  }

  private void checkOverlaps() {
    List<TensorRequirement> before = new ArrayList<>();
    for (TensorRequirement one : image.requirements()) {
      Tensor tensor = tensor(one.tensor());
      if (one.written() && !tensor.layout().isSurelyInjective()) {
        throw error(
            LaunchError.OVERLAP,
            "tensor '"
                + one.tensor()
                + "' is written, but several of its elements share memory: "
                + tensor.layout());
      }
      for (TensorRequirement other : before) {
        if ((one.written() || other.written())
            && Overlap.possible(tensor, tensor(other.tensor()))) {
          throw error(
              LaunchError.OVERLAP,
              "tensors '"
                  + other.tensor()
                  + "' and '"
                  + one.tensor()
                  + "' share memory and '"
                  + (one.written() ? one : other).tensor()
                  + "' is written; the result would depend on the order of the blocks");
        }
      }
      before.add(one);
    }
  }

  private LaunchShape grid() {
    long[] blocks = image.grid().stream().mapToLong(e -> evaluate(e, "the grid")).toArray();
    return DeviceLimits.grid(image, blocks);
  }
}
