package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.expand.Registers.Slot;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Elementwise operations on tiles: register by register, or on pairs of registers where 16-bit
 * floats have packed arithmetic and conversions.
 */
final class Elementwise {
  private final Code code;
  private final ElementOps elements;

  Elementwise(Code code, ElementOps elements) {
    this.code = code;
    this.elements = elements;
  }

  Registers apply(Op op, List<Registers> operands) {
    int count = operands.getFirst().count();
    int lanes = count % 2 == 0 && packs(op, operands) ? 2 : 1;
    // Registers that hold the same value, as after a broadcast, are computed once.
    Map<List<Slot>, ThreadValue> known = new HashMap<>();
    List<Slot> slots = new ArrayList<>(count);
    for (int register = 0; register < count; register += lanes) {
      List<Integer> group = Registers.range(register, lanes);
      List<Slot> key = new ArrayList<>();
      for (Registers operand : operands) {
        group.forEach(r -> key.add(operand.slots().get(r)));
      }
      ThreadValue result = known.get(key);
      if (result == null) {
        List<ThreadValue> values =
            operands.stream().map(operand -> operand.packed(code.ops(), group)).toList();
        result = elements.apply(op, values);
        known.put(key, result);
      }
      for (int lane = 0; lane < lanes; lane++) {
        slots.add(new Slot(result, lane));
      }
    }
    return new Registers(slots);
  }

  private static boolean packs(Op op, List<Registers> operands) {
    return switch (op) {
      case Op.Cast cast -> packsCast(operands.getFirst().dtype(), cast.result().type().dtype());
      case Op.Binary(var _, BinaryKind kind, var _, var _, var _) ->
          switch (kind) {
            case ADD, SUB, MUL, MIN, MAX -> havePairs(operands);
            case DIV, REM, AND, OR, XOR, SHL, SHR -> false;
          };
      case Op.Unary unary -> unary.kind() == UnaryKind.NEG && havePairs(operands);
      case Op.Fma _ -> havePairs(operands);
      default -> false;
    };
  }

  private static boolean packsCast(DType from, DType to) {
    return (from.equals(DType.F32) && isHalf(to)) || (isHalf(from) && to.equals(DType.F32));
  }

  private static boolean isHalf(DType dtype) {
    return dtype.equals(DType.F16) || dtype.equals(DType.BF16);
  }

  /** Whether some operand already lies in pairs, so that packing saves more than it costs. */
  private static boolean havePairs(List<Registers> operands) {
    return isHalf(operands.getFirst().dtype())
        && operands.stream().anyMatch(x -> x.isVector(Registers.range(0, 2)));
  }
}
