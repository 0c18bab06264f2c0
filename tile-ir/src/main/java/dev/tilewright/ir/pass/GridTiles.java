package dev.tilewright.ir.pass;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Substitution;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.SizeExpr;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The tiles of a function's grid as numbers that a loop may count. */
final class GridTiles {
  private final KernelFunction function;
  private final OpBuilder out;

  GridTiles(KernelFunction function, OpBuilder out) {
    this.function = function;
    this.out = out;
  }

  /** The sizes of the function's grid. */
  List<Value> sizes() {
    return function.grid().stream().map(this::size).toList();
  }

  /** An operation of the function's body, for the tile at these coordinates. */
  Optional<Op> write(Op op, List<Value> tile, Substitution substitution) {
    if (op instanceof Op.ProgramId id) {
      Value at = id.axis() < tile.size() ? tile.get(id.axis()) : out.i32(0);
      substitution.replace(id.result(), at);
      return Optional.empty();
    }
    if (op.regions().isEmpty()) {
      return Optional.of(substitution.operands(op));
    }
    List<Block> regions = new ArrayList<>();
    for (Block region : op.regions()) {
      List<Op> ops =
          out.collect(
              () -> region.ops().forEach(o -> write(o, tile, substitution).ifPresent(out::add)));
      regions.add(new Block(region.arguments(), ops));
    }
    return Optional.of(op.with(substitution.of(op.operands()), op.results(), regions));
  }

  /** The coordinates of the tile of that number. */
  List<Value> tile(Value number, List<Value> grid, int group) {
    if (grid.size() == 1) {
      return List.of(number);
    }
    List<Value> tile = new ArrayList<>();
    Value plane = number;
    Value rest = number;
    if (grid.size() == 3) {
      Value size = out.mul(grid.get(0), grid.get(1));
      rest = out.binary(BinaryKind.DIV, number, size);
      plane = out.binary(BinaryKind.REM, number, size);
    }
    Value groupSize = out.mul(out.i32(group), grid.get(1));
    Value groupNumber = out.binary(BinaryKind.DIV, plane, groupSize);
    Value within = out.binary(BinaryKind.REM, plane, groupSize);
    Value first = out.mul(groupNumber, out.i32(group));
    Value width = out.binary(BinaryKind.MIN, out.sub(grid.get(0), first), out.i32(group));
    tile.add(out.add(first, out.binary(BinaryKind.REM, within, width)));
    tile.add(out.binary(BinaryKind.DIV, within, width));
    if (grid.size() == 3) {
      tile.add(rest);
    }
    return tile;
  }

  private Value size(SizeExpr size) {
    return switch (size) {
      case SizeExpr.Constant(long value) -> out.i32(value);
      case SizeExpr.Dimension(String name) -> dimension(name);
      case SizeExpr.Product(SizeExpr left, SizeExpr right) -> out.mul(size(left), size(right));
      case SizeExpr.Sum(SizeExpr left, SizeExpr right) -> out.add(size(left), size(right));
      case SizeExpr.CeilDiv(SizeExpr dividend, SizeExpr divisor) -> {
        Value by = size(divisor);
        Value last = out.sub(out.add(size(dividend), by), out.i32(1));
        yield out.binary(BinaryKind.DIV, last, by);
      }
    };
  }

  private Value dimension(String name) {
    return function.parameters().stream()
        .filter(p -> p instanceof Parameter.Dimension && p.name().equals(name))
        .map(Parameter::value)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no dimension '" + name + "'"));
  }
}
