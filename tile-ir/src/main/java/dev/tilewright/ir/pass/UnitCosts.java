package dev.tilewright.ir.pass;

import dev.tilewright.dtype.FloatType;
import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.schedule.LoopGraph.Use;
import dev.tilewright.ir.schedule.Unit;
import dev.tilewright.ir.target.GroupMma;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.target.Throughput;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import java.util.List;

/**
 * Which unit executes an operation of a role, and for how many cycles: what all its warps do, over
 * what a multiprocessor does in a cycle ({@link Throughput}).
 *
 * <p>Warps issue in order. What they compute themselves holds them up for as long as its unit
 * takes; a product of a warp group only while its instructions are issued.
 */
final class UnitCosts {
  private final Target target;
  private final Throughput throughput;
  private final int threads;
  private final int groups;

  /**
   * @param warps of the role
   */
  UnitCosts(Target target, int warps) {
    this.target = target;
    this.throughput = target.warpSpecialization().orElseThrow().throughput();
    this.threads = warps * target.lanes();
    this.groups = warps / target.warpSpecialization().orElseThrow().groupWarps();
  }

  /** What the operation occupies; nothing, if it only names what is there. */
  List<Use> of(Op op) {
    return switch (op) {
      case AsyncOp.MmaAsync mma -> product(mma);
      case Op.Unary unary -> onThreads(unit(unary), registers(unary.result()), rate(unary));
      case Op.Binary binary when isFused(binary.kind(), binary.result()) ->
          onThreads(Unit.ARITHMETIC, registers(binary.result()), throughput.fused());
      case Op.Binary binary when isDivision(binary.kind()) ->
          onThreads(Unit.SPECIAL_FUNCTION, registers(binary.result()), throughput.special());
      case Op.Binary binary -> simple(binary.result());
      case Op.Fma fma -> onThreads(Unit.ARITHMETIC, registers(fma.result()), throughput.fused());
      case Op.Compare compare -> simple(compare.result());
      case Op.Select select -> simple(select.result());
      case Op.Cast cast -> onThreads(Unit.ARITHMETIC, words(cast.result()), throughput.simple());
      case Op.Reduce reduce -> reduction(reduce);
      case Op.ConvertLayout convert ->
          onThreads(Unit.MEMORY, registers(convert.result()), throughput.shuffles());
      case Op.SharedLoad load -> memory(load.result());
      case Op.Load load -> memory(load.result());
      default -> List.of();
    };
  }

  private List<Use> product(AsyncOp.MmaAsync mma) {
    GroupMma family = target.groupMma(mma.instruction()).orElseThrow();
    int width = family.width(mma.instruction());
    List<Integer> shape = mma.result().tile().shape();
    int k = mma.b().shared().shape().get(mma.transposeB() ? 1 : 0);
    int instructions = shape.get(0) / family.m() * (shape.get(1) / width) * (k / family.k());
    return List.of(
        new Use(Unit.TENSOR_CORE, Math.ceilDiv(instructions * width, throughput.columns())),
        new Use(Unit.ISSUE, Math.ceilDiv(instructions, groups)));
  }

  private static Unit unit(Op.Unary unary) {
    return switch (unary.kind()) {
      case NEG, ABS, NOT, FLOOR, CEIL, ROUND -> Unit.ARITHMETIC;
      case EXP2, EXP, LOG2, LOG, SQRT, RSQRT, RECIP, SIN, COS, TANH -> Unit.SPECIAL_FUNCTION;
    };
  }

  private int rate(Op.Unary unary) {
    return unit(unary) == Unit.ARITHMETIC ? throughput.simple() : throughput.special();
  }

  private static boolean isFused(BinaryKind kind, Value result) {
    return switch (kind) {
      case ADD, SUB, MUL -> result.type().dtype() instanceof FloatType;
      default -> false;
    };
  }

  private static boolean isDivision(BinaryKind kind) {
    return switch (kind) {
      case DIV, REM -> true;
      default -> false;
    };
  }

  private List<Use> simple(Value result) {
    return onThreads(Unit.ARITHMETIC, registers(result), throughput.simple());
  }

  /** What a thread holds of each result it combines by itself; the rest travels between lanes. */
  private List<Use> reduction(Op.Reduce reduce) {
    boolean adds =
        reduce.combiner().ops().stream()
            .anyMatch(op -> op instanceof Op.Binary b && isFused(b.kind(), b.result()));
    int rate = adds ? throughput.fused() : throughput.simple();
    long results = registers(reduce.result());
    long each = Math.max(1, registers(reduce.x()) / results);
    long lanes = Math.max(1, reduce.x().tile().shape().get(reduce.axis()) / each);
    int rounds = Long.SIZE - 1 - Long.numberOfLeadingZeros(lanes);
    int alone = cycles(registers(reduce.x()), rate);
    int together = cycles(results * rounds, throughput.shuffles());
    return List.of(
        new Use(Unit.ARITHMETIC, alone),
        new Use(Unit.MEMORY, together),
        new Use(Unit.ISSUE, alone + together));
  }

  private List<Use> memory(Value tile) {
    long bytes = tile.tile().elements() * tile.type().dtype().bits() / Byte.SIZE;
    int cycles = Math.toIntExact(Math.ceilDiv(bytes, throughput.sharedBytes()));
    return List.of(new Use(Unit.MEMORY, cycles), new Use(Unit.ISSUE, cycles));
  }

  private List<Use> onThreads(Unit unit, long registers, int rate) {
    int cycles = cycles(registers, rate);
    return cycles == 0 ? List.of() : List.of(new Use(unit, cycles), new Use(Unit.ISSUE, cycles));
  }

  private int cycles(long registers, int rate) {
    return Math.toIntExact(Math.ceilDiv(registers * threads, rate));
  }

  /** Elements of a tile that a thread holds; 0 of a scalar, which is computed once. */
  static long registers(Value value) {
    return value.type() instanceof Type.Tile tile
        ? tile.layout().map(UnitCosts::registers).orElse(0L)
        : 0;
  }

  /** Instructions that make a tile whose elements are packed: one for each word. */
  private static long words(Value value) {
    int perWord = Math.max(1, Integer.SIZE / value.type().dtype().bits());
    return Math.ceilDiv(registers(value), (long) Math.min(2, perWord));
  }

  private static long registers(Layout layout) {
    return layout.domain().indexOf(Axis.REGISTER) < 0 ? 1 : layout.domain().extent(Axis.REGISTER);
  }
}
