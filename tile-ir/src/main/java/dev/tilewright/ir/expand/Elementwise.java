package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.expand.Registers.Lane;
import dev.tilewright.ir.expand.Registers.Slot;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Elementwise operations on tiles: register by register, or on pairs of registers where 16-bit
 * floats have packed arithmetic and conversions.
 */
final class Elementwise {
  private final Code code;
  private final ElementOps elements;
  private final LowBitTiles lowBits;

  Elementwise(Expansion expansion, ElementOps elements) {
    this.code = expansion.code();
    this.elements = elements;
    this.lowBits = new LowBitTiles(expansion);
  }

  Registers apply(Op op, List<Registers> operands) {
    if (op instanceof Op.Cast cast) {
      Optional<Registers> converted = lowBits.convert(cast, operands.getFirst());
      if (converted.isPresent()) {
        return converted.get();
      }
    }
    // Registers that hold the same value, as after a broadcast, are computed once.
    Map<List<Slot>, ThreadValue> known = new HashMap<>();
    Slot[] slots = new Slot[operands.getFirst().count()];
    for (List<Integer> group : groups(op, operands)) {
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
      for (int lane = 0; lane < group.size(); lane++) {
        slots[group.get(lane)] = new Lane(result, lane);
      }
    }
    return new Registers(Arrays.asList(slots));
  }

  /** The registers that are computed together: pairs, as operands hold them, or single ones. */
  private static List<List<Integer>> groups(Op op, List<Registers> operands) {
    int count = operands.getFirst().count();
    if (count % 2 == 0 && packs(op, operands)) {
      for (Registers operand : operands) {
        Optional<List<List<Integer>>> pairs = operand.pairs();
        if (pairs.isPresent()) {
          return pairs.get();
        }
      }
      return IntStream.range(0, count / 2).mapToObj(i -> Registers.range(2 * i, 2)).toList();
    }
    return IntStream.range(0, count).mapToObj(List::of).toList();
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
        && operands.stream()
            .anyMatch(x -> x.pairs().isPresent() || x.isVector(Registers.range(0, 2)));
  }
}
