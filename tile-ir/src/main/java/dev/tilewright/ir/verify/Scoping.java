package dev.tilewright.ir.verify;

import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.text.Printer;
import dev.tilewright.layout.SizeExpr;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who is defined where: parameters, names, values, terminators. */
final class Scoping {
  private final KernelFunction function;
  private final Problems problems;

  /** Every id that was defined so far, anywhere, and by what. */
  private final Map<Integer, String> definitions = new HashMap<>();

  Scoping(KernelFunction function, Problems problems) {
    this.function = function;
    this.problems = problems;
  }

  void check() {
    parameters();
    Set<Value> scope = new HashSet<>();
    for (Parameter parameter : function.parameters()) {
      define(parameter.value(), parameter.location(), "parameter " + parameter.name(), scope);
    }
    Block body = function.body();
    if (!body.arguments().isEmpty()) {
      problems.add(
          "TW-V03",
          Location.UNKNOWN,
          "the body of a kernel has no arguments; its inputs are parameters");
    }
    block(body, scope, false);
  }

  // ---------------------------------------------------------------- parameters and grid

  private void parameters() {
    Set<String> dimensions = new HashSet<>();
    Set<String> names = new HashSet<>();
    for (Parameter parameter : function.parameters()) {
      if (!names.add(parameter.name())) {
        problems.add(
            "TW-V01",
            parameter.location(),
            "two parameters have the name '" + parameter.name() + "'; give each its own");
      }
      if (parameter instanceof Parameter.Dimension) {
        dimensions.add(parameter.name());
      }
    }
    for (Parameter parameter : function.parameters()) {
      parameter(parameter, dimensions);
    }
    if (function.grid().isEmpty() || function.grid().size() > 3) {
      problems.add(
          "TW-V01",
          Location.UNKNOWN,
          "the grid has " + function.grid().size() + " axes; expected one to three");
    }
    function.grid().forEach(size -> declared(size, dimensions, "the grid", Location.UNKNOWN));
  }

  private void parameter(Parameter parameter, Set<String> dimensions) {
    Type type = parameter.value().type();
    String name = parameter.name();
    switch (parameter) {
      case Parameter.Dimension _ -> {
        if (!type.equals(TypeRules.I32)) {
          expectedType(parameter, "i32");
        }
      }
      case Parameter.Scalar _ -> {
        if (!(type instanceof Type.Scalar)) {
          expectedType(parameter, "a scalar type");
        }
      }
      case Parameter.Tensor tensor -> {
        int rank = tensor.shape().size();
        if (!(type instanceof Type.Tensor t) || t.rank() != rank) {
          expectedType(parameter, "a tensor type of rank " + rank + ", as its shape has");
        }
        if (tensor.unitDimension() < -1 || tensor.unitDimension() >= rank) {
          problems.add(
              "TW-V01",
              tensor.location(),
              "tensor '"
                  + name
                  + "' has unit dimension "
                  + tensor.unitDimension()
                  + "; expected -1 to "
                  + (rank - 1));
        }
        for (SizeExpr size : tensor.shape()) {
          declared(size, dimensions, "the shape of tensor '" + name + "'", tensor.location());
        }
      }
      case Parameter.Workspace workspace -> {
        if (!(type instanceof Type.Workspace)) {
          expectedType(parameter, "a workspace type");
        }
        declared(
            workspace.places(),
            dimensions,
            "the size of workspace '" + name + "'",
            workspace.location());
      }
    }
  }

  private void expectedType(Parameter parameter, String expected) {
    problems.add(
        "TW-V01",
        parameter.location(),
        "parameter '"
            + parameter.name()
            + "' has type "
            + Printer.type(parameter.value().type())
            + "; expected "
            + expected);
  }

  private void declared(SizeExpr size, Set<String> dimensions, String where, Location at) {
    switch (size) {
      case SizeExpr.Constant _ -> {}
      case SizeExpr.Dimension(String name) -> {
        if (!dimensions.contains(name)) {
          problems.add(
              "TW-V01",
              at,
              where
                  + " is in terms of '"
                  + name
                  + "', which is no dimension of this kernel; declare it as a parameter");
        }
      }
      case SizeExpr.CeilDiv(SizeExpr x, SizeExpr y) -> declaredBoth(x, y, dimensions, where, at);
      case SizeExpr.Product(SizeExpr x, SizeExpr y) -> declaredBoth(x, y, dimensions, where, at);
      case SizeExpr.Sum(SizeExpr x, SizeExpr y) -> declaredBoth(x, y, dimensions, where, at);
    }
  }

  private void declaredBoth(
      SizeExpr x, SizeExpr y, Set<String> dimensions, String where, Location at) {
    declared(x, dimensions, where, at);
    declared(y, dimensions, where, at);
  }

  // ---------------------------------------------------------------- values

  private void block(Block block, Set<Value> outer, boolean terminated) {
    Set<Value> scope = new HashSet<>(outer);
    List<Op> ops = block.ops();
    for (int i = 0; i < ops.size(); i++) {
      Op op = ops.get(i);
      if (op instanceof Op.Yield && !(terminated && i == ops.size() - 1)) {
        problems.add(
            "TW-V03",
            op,
            terminated
                ? "a yield stands before the end of its region; it must be the last operation"
                : "a yield stands in the body of the kernel, which hands on nothing; remove it");
      }
      for (Value operand : op.operands()) {
        use(op, operand, scope);
      }
      for (Block region : op.regions()) {
        Set<Value> inner = new HashSet<>(scope);
        for (Value argument : region.arguments()) {
          define(argument, op.location(), "an argument of a region", inner);
        }
        if (region.ops().isEmpty() || !(region.ops().getLast() instanceof Op.Yield)) {
          problems.add("TW-V03", op, "a region does not end with a yield; add one");
        }
        block(region, inner, true);
      }
      for (Value result : op.results()) {
        define(result, op.location(), "an operation", scope);
      }
    }
  }

  private void define(Value value, Location location, String by, Set<Value> scope) {
    String earlier = definitions.putIfAbsent(value.id(), by + " at " + location);
    if (earlier != null) {
      problems.add(
          "TW-V02",
          location,
          value + " is defined here and by " + earlier + "; every value needs an id of its own");
    }
    scope.add(value);
  }

  private void use(Op op, Value operand, Set<Value> scope) {
    if (scope.contains(operand)) {
      return;
    }
    boolean otherType = scope.stream().anyMatch(v -> v.id() == operand.id());
    String problem =
        otherType
            ? "has another type here than where it is defined"
            : definitions.containsKey(operand.id())
                ? "is defined in a region that has ended; hand it out with a yield"
                : "is not defined before this use; define it above";
    problems.add("TW-V02", op, operand + " " + problem);
  }
}
