package dev.tilewright.ir.random;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;

import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Rewriter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.Layout;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

/**
 * Fills in what staged tile IR has (layouts, instruction names, offsets, launch), at random and
 * without sense: for what only has to carry it.
 */
public final class Staging {
  private Staging() {}

  public static KernelFunction attributes(KernelFunction function, long seed) {
    Random random = new Random(seed);
    KernelFunction launched =
        function.withLaunch(
            new KernelFunction.Launch("sm_80", 1 << random.nextInt(3), random.nextInt(99)));
    return Rewriter.rewrite(launched, (op, rewriter) -> retype(op, rewriter, random));
  }

  private static void retype(Op op, Rewriter rewriter, Random random) {
    for (Block region : op.regions()) {
      region.arguments().forEach(argument -> fresh(argument, rewriter, random));
    }
    List<Block> regions = op.regions().stream().map(rewriter::region).toList();
    List<Value> results = op.results().stream().map(r -> fresh(r, rewriter, random)).toList();
    Op moved = op.with(op.operands(), results, regions);
    rewriter.out().add(withAttributes(moved, random));
  }

  private static Value fresh(Value old, Rewriter rewriter, Random random) {
    Value value = rewriter.out().fresh(staged(old.type(), random));
    rewriter.replace(old, value);
    return value;
  }

  private static Type staged(Type type, Random random) {
    return switch (type) {
      case Type.Tile tile when random.nextInt(4) != 0 ->
          tile.withLayout(registers(tile.shape(), random));
      case Type.Shared shared when random.nextInt(4) != 0 ->
          shared.withLayout(
              random.nextBoolean()
                  ? Layout.rowMajor(longs(shared.shape()))
                  : Layout.columnMajor(longs(shared.shape())));
      default -> type;
    };
  }

  private static Layout registers(List<Integer> shape, Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> Layout.local(longs(shape));
      case 1 -> Layout.spatial(LANE, longs(shape)).product(Layout.replicate(REGISTER, 2));
      default -> Layout.columnSpatial(LANE, longs(shape));
    };
  }

  private static long[] longs(List<Integer> shape) {
    return shape.stream().mapToLong(Integer::longValue).toArray();
  }

  private static Op withAttributes(Op op, Random random) {
    boolean set = random.nextBoolean();
    return switch (op) {
      case Op.Mma o when set ->
          new Op.Mma(
              o.result(), o.a(), o.b(), o.acc(), Optional.of("mma.\"odd\" \\name"), o.location());
      case Op.SharedAlloc o when set ->
          new Op.SharedAlloc(o.result(), OptionalInt.of(16 * random.nextInt(99)), o.location());
      case Op.CopyAsync o when set ->
          new Op.CopyAsync(
              o.shared(),
              o.tensor(),
              o.offsets(),
              o.bounds(),
              Optional.of(registers(o.shared().shared().shape(), random)),
              o.location());
      default -> op;
    };
  }
}
