package dev.tilewright.ir.expand.lowbit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.CodebookType;
import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Specials;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What conversions cost: instructions for each of {@value #COUNT} elements that lie packed in
 * words. Logic of three inputs counts as the one {@code lop3} that it is; numbers, renamed bits and
 * parts of vectors are free.
 */
class ConversionCostsTest {
  private static final int COUNT = 128;
  private static final Path PAGE = Path.of("..", "docs", "benchmarks", "conversions.md");
  private static final String BEGIN = "<!-- table -->\n";

  private static double cost(DType from, DType to, boolean byteFloats) {
    Rounding rounding = to instanceof IntType ? Rounding.TOWARD_ZERO : Rounding.NEAREST_EVEN;
    if (from.equals(to)) {
      return 0;
    }
    ThreadBuilder ops = new ThreadBuilder(0);
    List<ThreadValue> words =
        IntStream.range(0, COUNT * from.bits() / 32)
            .mapToObj(_ -> ops.fresh(ThreadType.U32))
            .toList();
    BitStream stream = new BitStream(words, from);
    // As Java's cast does by default: floats of 8 bits saturate.
    boolean saturate = to instanceof FloatType && to.bits() < 16;
    LowBitCast.of(from, to, rounding, saturate, byteFloats)
        .orElseThrow()
        .convert(ops, stream, COUNT);
    return instructions(ops.block(List.of()).ops()) / (double) COUNT;
  }

  private static int instructions(List<ThreadOp> ops) {
    Map<ThreadValue, Integer> uses = new HashMap<>();
    ops.forEach(op -> op.operands().forEach(x -> uses.merge(x, 1, Integer::sum)));
    Map<ThreadValue, Set<ThreadValue>> logic = new HashMap<>();
    int count = 0;
    for (ThreadOp op : ops) {
      switch (op) {
        case ThreadOp.Binary b when isLogic(b.kind()) -> {
          count++;
          Set<ThreadValue> inputs = new HashSet<>(b.operands());
          for (ThreadValue operand : b.operands()) {
            Set<ThreadValue> inner = logic.get(operand);
            if (inner != null && Integer.valueOf(1).equals(uses.get(operand))) {
              Set<ThreadValue> all = new HashSet<>(inputs);
              all.remove(operand);
              all.addAll(inner);
              if (all.size() <= 3) {
                inputs = all;
                count--;
              }
            }
          }
          logic.put(b.result(), inputs);
        }
        case ThreadOp.Convert c -> count += converting(c);
        case ThreadOp.Binary _,
            ThreadOp.Fma _,
            ThreadOp.BytePermute _,
            ThreadOp.ByteLookup _,
            ThreadOp.FunnelShift _ ->
            count++;
        case ThreadOp.Constant _, ThreadOp.Bitcast _, ThreadOp.Extract _, ThreadOp.Build _ -> {}
        default -> throw new IllegalArgumentException(op.toString());
      }
    }
    return count;
  }

  private static boolean isLogic(BinaryKind kind) {
    return kind == BinaryKind.AND || kind == BinaryKind.OR || kind == BinaryKind.XOR;
  }

  /** The instructions that the PTX printer writes. */
  private static int converting(ThreadOp.Convert op) {
    int lanes = op.result().type().lanes();
    DType to = op.result().type().element();
    if (op.x().type().element().bits() == 8) {
      return Math.ceilDiv(lanes, 2);
    }
    if (to.equals(DType.F32)) {
      return lanes;
    }
    if (to.bits() == 16) {
      return Math.ceilDiv(lanes, 2);
    }
    if (to instanceof IntType) {
      // Widened, rounded, and clamped at both ends.
      return 4 * lanes;
    }
    // Two pairs, put together.
    return 3 * lanes / 4;
  }

  private static List<DType> types() {
    List<DType> types = new ArrayList<>();
    for (int bits = 1; bits <= 8; bits++) {
      types.add(new IntType(bits, false));
      types.add(new IntType(bits, true));
    }
    types.add(DType.TERNARY);
    for (int bits = 2; bits <= 8; bits++) {
      for (int e = bits - 1; e >= 1; e--) {
        types.add(DType.parse("f" + bits + "e" + e + "m" + (bits - 1 - e)));
      }
    }
    types.add(new FloatType(4, 3, Specials.IEEE));
    types.add(DType.F8E4M3FNUZ);
    types.add(DType.F8E5M2FNUZ);
    types.add(DType.F8E8M0);
    types.add(DType.NF4);
    for (int bits : new int[] {2, 3, 5, 6, 8}) {
      types.add(table(bits));
    }
    return types;
  }

  /** Values that differ in every byte of a half. */
  private static CodebookType table(int bits) {
    return CodebookType.of(
        IntStream.range(0, 1 << bits).mapToDouble(i -> Math.cbrt(i - 1.7 * bits)).toArray());
  }

  private static String rows() {
    StringBuilder table = new StringBuilder();
    table.append("| from | f16 | bf16 | s8 | e4m3, sm_80 | e4m3, sm_89 and later |\n");
    table.append("|---|---|---|---|---|---|\n");
    for (DType from : types()) {
      String name =
          from instanceof CodebookType t && !t.equals(DType.NF4)
              ? "any table of " + t.values().size()
              : from.name();
      table.append("| ").append(name).append(" | ");
      table.append(both(from, DType.F16)).append(" | ");
      table.append(both(from, DType.BF16)).append(" | ");
      table.append(number(from.equals(DType.U8) ? 0 : cost(from, DType.I8, true))).append(" | ");
      table.append(number(cost(from, DType.F8E4M3, false))).append(" | ");
      table.append(number(cost(from, DType.F8E4M3, true))).append(" |\n");
    }
    return table.toString();
  }

  private static String both(DType from, DType to) {
    String without = number(cost(from, to, false));
    String with = number(cost(from, to, true));
    return without.equals(with) ? with : without + " (sm_89: " + with + ")";
  }

  private static String number(double cost) {
    return String.format(Locale.ROOT, "%.2f", cost);
  }

  @Test
  void thePageSaysWhatTheyCost() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(PAGE, page.substring(0, begin) + rows());
    } else {
      assertEquals(rows(), page.substring(begin));
    }
  }

  /** The sign is flipped by the exclusive-or that sets the exponent. */
  @Test
  void signedIntegersCostNoMoreThanUnsigned() {
    for (int bits = 1; bits < 8; bits++) {
      for (DType to : List.of(DType.F16, DType.BF16)) {
        assertEquals(
            cost(new IntType(bits, false), to, false), cost(new IntType(bits, true), to, false));
      }
    }
    // One exclusive-or for four bytes.
    assertEquals(1.0, cost(DType.U8, DType.F16, false));
    assertEquals(1.25, cost(DType.I8, DType.F16, false));
  }

  /** Two instructions for two elements, and a shift for every other pair, at most. */
  @Test
  void integersOfFourBitsAndLess() {
    assertEquals(1 + 1.0 / 8, cost(DType.I4, DType.F16, false));
    assertEquals(1 + 1.0 / 16, cost(DType.I2, DType.F16, false));
    assertEquals(1 + 1.0 / 32, cost(DType.I1, DType.F16, false));
    assertTrue(cost(DType.I4, DType.BF16, false) <= 1.5);
  }
}
