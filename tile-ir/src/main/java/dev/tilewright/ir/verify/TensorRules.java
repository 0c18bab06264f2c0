package dev.tilewright.ir.verify;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What an operation must respect when it reads or writes a block of a tensor. */
record TensorRules(KernelFunction function, Op op, Problems problems) {

  void block(Value tensor, List<Value> offsets, int bounds, Type.Shaped block) {
    Expectations expect = new Expectations(op, problems);
    if (!(tensor.type() instanceof Type.Tensor t)) {
      expect.typed("expected a tensor, found " + tensor + " of type ", tensor.type());
      return;
    }
    if (offsets.size() != t.rank() || bounds != t.rank() || block.rank() != t.rank()) {
      problems.add(
          "TW-V08",
          op,
          "the tensor has "
              + t.rank()
              + " dimensions; found "
              + offsets.size()
              + " coordinates, "
              + bounds
              + " bounds and a block of shape "
              + block.shape());
    }
    for (Value offset : offsets) {
      expect.like("the coordinate", offset, TypeRules.I32);
    }
    if (!t.dtype().equals(block.dtype())) {
      problems.add(
          "TW-V05",
          op,
          "the tensor has elements of "
              + t.dtype()
              + ", the block of "
              + block.dtype()
              + "; cast the tile");
    }
  }

  void access(Value tensor, Parameter.Access forbidden, String what) {
    if (!(tensor.type() instanceof Type.Tensor)) {
      return;
    }
    Optional<Parameter> parameter = function.parameterOf(tensor);
    if (parameter.isEmpty()) {
      problems.add("TW-V09", op, tensor + " is not a parameter; tensors are parameters only");
    } else if (parameter.get() instanceof Parameter.Tensor t && t.access() == forbidden) {
      problems.add(
          "TW-V09",
          op,
          "tensor '"
              + t.name()
              + "' is declared '"
              + forbidden.name().toLowerCase(Locale.ROOT)
              + "'"
              + (t.location().known() ? " at " + t.location() : "")
              + " and is "
              + what
              + " here; declare it 'inout'");
    }
  }
}
