package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code mma.sync} with the fragment layouts of the PTX ISA's figures, written out per shape: small
 * integers, so that every sum is exact in every type.
 */
class MmaTest {

  /** Where an element lies: its row and column for lane l and index i of its fragment. */
  private interface Place {
    int of(int lane, int i);
  }

  record Form(
      String name,
      int m,
      int n,
      int k,
      String input,
      String output,
      int aCount,
      int bCount,
      Place aRow,
      Place aColumn,
      Place bRow) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Form form(
      String shape,
      String input,
      String output,
      int aCount,
      int bCount,
      Place aRow,
      Place aColumn,
      Place bRow) {
    String[] sizes = shape.split("[mnk]");
    String types = output + "." + input + "." + input + "." + output;
    return new Form(
        "mma.sync.aligned." + shape + ".row.col." + types,
        Integer.parseInt(sizes[1]),
        Integer.parseInt(sizes[2]),
        Integer.parseInt(sizes[3]),
        input,
        output,
        aCount,
        bCount,
        aRow,
        aColumn,
        bRow);
  }

  static Stream<Form> forms() {
    Place k8Row = (l, i) -> l / 4 + (i < 2 ? 0 : 8);
    Place k8Column = (l, i) -> l % 4 * 2 + i % 2;
    Place k16Row = (l, i) -> l / 4 + (i < 2 || i >= 4 && i < 6 ? 0 : 8);
    Place k16Column = (l, i) -> l % 4 * 2 + (i & 1) + (i >= 4 ? 8 : 0);
    Place b16 = (l, i) -> l % 4 * 2 + (i & 1) + (i >= 2 ? 8 : 0);
    Place bytes16Row = (l, i) -> l / 4 + (i < 4 ? 0 : 8);
    Place bytes16Column = (l, i) -> l % 4 * 4 + (i & 3);
    Place bytes32Row = (l, i) -> l / 4 + (i < 4 || i >= 8 && i < 12 ? 0 : 8);
    Place bytes32Column = (l, i) -> l % 4 * 4 + (i & 3) + (i >= 8 ? 16 : 0);
    Place bytes32B = (l, i) -> l % 4 * 4 + (i & 3) + (i >= 4 ? 16 : 0);
    Place nibbles64Row = (l, i) -> l / 4 + (i < 8 || i >= 16 && i < 24 ? 0 : 8);
    Place nibbles64Column = (l, i) -> l % 4 * 8 + (i & 7) + (i >= 16 ? 32 : 0);
    Place nibbles64B = (l, i) -> l % 4 * 8 + (i & 7) + (i >= 8 ? 32 : 0);
    Place tf32Row = (l, i) -> l / 4 + (i == 0 || i == 2 ? 0 : 8);
    Place tf32Column = (l, i) -> l % 4 + (i >= 2 ? 4 : 0);
    Place tf32B = (l, i) -> l % 4 + 4 * i;
    return Stream.of(
        form("m16n8k8", "f16", "f32", 4, 2, k8Row, k8Column, k8Column),
        form("m16n8k8", "bf16", "f32", 4, 2, k8Row, k8Column, k8Column),
        form("m16n8k16", "f16", "f32", 8, 4, k16Row, k16Column, b16),
        form("m16n8k16", "f16", "f16", 8, 4, k16Row, k16Column, b16),
        form("m16n8k16", "bf16", "f32", 8, 4, k16Row, k16Column, b16),
        form(
            "m16n8k4",
            "tf32",
            "f32",
            2,
            1,
            (l, i) -> l / 4 + 8 * i,
            (l, i) -> l % 4,
            (l, i) -> l % 4),
        form("m16n8k8", "tf32", "f32", 4, 2, tf32Row, tf32Column, tf32B),
        form("m16n8k16", "s8", "s32", 8, 4, bytes16Row, bytes16Column, bytes16Column),
        form("m16n8k32", "s8", "s32", 16, 8, bytes32Row, bytes32Column, bytes32B),
        form("m16n8k32", "u8", "s32", 16, 8, bytes32Row, bytes32Column, bytes32B),
        form("m16n8k32", "e4m3", "f32", 16, 8, bytes32Row, bytes32Column, bytes32B),
        form("m16n8k32", "e5m2", "f32", 16, 8, bytes32Row, bytes32Column, bytes32B),
        form("m16n8k64", "s4", "s32", 32, 16, nibbles64Row, nibbles64Column, nibbles64B),
        form("m16n8k64", "u4", "s32", 32, 16, nibbles64Row, nibbles64Column, nibbles64B),
        form("m8n8k4", "f64", "f64", 1, 1, (l, i) -> l / 4, (l, i) -> l % 4, (l, i) -> l % 4));
  }

  static int bits(String type) {
    return switch (type) {
      case "b1" -> 1;
      case "s4", "u4" -> 4;
      case "s8", "u8", "e4m3", "e5m2" -> 8;
      case "f16", "bf16" -> 16;
      case "f64" -> 64;
      default -> 32;
    };
  }

  static long encode(int value, String type) {
    return switch (type) {
      case "f16" -> Float.floatToFloat16(value) & 0xffff;
      case "bf16" -> Float.floatToRawIntBits(value) >>> 16;
      case "tf32", "f32" -> Float.floatToRawIntBits(value) & 0xffffffffL;
      case "f64" -> Double.doubleToRawLongBits(value);
      case "e5m2" -> (Float.floatToFloat16(value) & 0xffff) >>> 8;
      case "e4m3" -> e4m3(value);
      default -> value & (1L << bits(type)) - 1;
    };
  }

  private static long e4m3(int value) {
    if (value == 0) {
      return 0;
    }
    int exponent = 31 - Integer.numberOfLeadingZeros(Math.abs(value));
    int fraction = (Math.abs(value) << 3 >> exponent) & 7;
    return (value < 0 ? 0x80 : 0) | exponent + 7 << 3 | fraction;
  }

  static double decode(long raw, String type) {
    return switch (type) {
      case "f16" -> Float.float16ToFloat((short) raw);
      case "f32" -> Float.intBitsToFloat((int) raw);
      case "f64" -> Double.longBitsToDouble(raw);
      default -> (int) raw;
    };
  }

  @ParameterizedTest
  @MethodSource("forms")
  void multipliesExactly(Form f) {
    Random random = new Random(f.name.hashCode());
    boolean signed = !f.input.startsWith("u");
    int limit = 4;
    int[][] a = new int[f.m][f.k];
    int[][] b = new int[f.k][f.n];
    int[][] c = new int[f.m][f.n];
    for (int[][] matrix : List.of(a, b, c)) {
      for (int[] row : matrix) {
        for (int j = 0; j < row.length; j++) {
          row[j] = random.nextInt(signed ? -limit : 0, limit);
        }
      }
    }
    int cCount = f.m * f.n / 32;
    long[] ra = new long[32 * 8];
    long[] rb = new long[32 * 8];
    long[] rc = new long[32 * 8];
    int width = bits(f.input);
    int per = Math.max(1, 32 / width);
    int outPer = f.output.equals("f16") ? 2 : 1;
    for (int l = 0; l < 32; l++) {
      for (int i = 0; i < f.aCount; i++) {
        int value = a[f.aRow.of(l, i)][f.aColumn.of(l, i)];
        ra[l * 8 + i / per] |= encode(value, f.input) << width * (i % per) % 64;
      }
      for (int i = 0; i < f.bCount; i++) {
        int value = b[f.bRow.of(l, i)][l / 4];
        rb[l * 8 + i / per] |= encode(value, f.input) << width * (i % per) % 64;
      }
      for (int i = 0; i < cCount; i++) {
        long value = encode(c[l / 4 + 8 * (i / 2)][l % 4 * 2 + i % 2], f.output);
        rc[l * 8 + i / outPer] |= value << 16 * (i % outPer);
      }
    }
    int aRegisters = f.aCount / per;
    int bRegisters = f.bCount / per;
    int cRegisters = cCount / outPer;
    String ptx =
        """
        .version 8.4
        .target sm_89
        .address_size 64
        .visible .entry k(.param .u64 a, .param .u64 b, .param .u64 c)
        {
          .reg .b64 %p<4>;
          .reg .b64 %o;
          .reg .b32 %t;
          .reg .bW %a<8>, %b<8>;
          .reg .bV %c<8>;
          mov.u32 %t, %tid.x;
          mul.wide.u32 %o, %t, 64;
          ld.param.u64 %p1, [a];
          add.s64 %p1, %p1, %o;
          ld.param.u64 %p2, [b];
          add.s64 %p2, %p2, %o;
          ld.param.u64 %p3, [c];
          add.s64 %p3, %p3, %o;
        """
                .replace("bW", width == 64 ? "b64" : "b32")
                .replace("bV", f.output.equals("f64") ? "b64" : "b32")
            + moves("ld", "%a", "%p1", aRegisters, width == 64)
            + moves("ld", "%b", "%p2", bRegisters, width == 64)
            + moves("ld", "%c", "%p3", cRegisters, f.output.equals("f64"))
            + f.name
            + " "
            + vector("%c", cRegisters)
            + ", "
            + vector("%a", aRegisters)
            + ", "
            + vector("%b", bRegisters)
            + ", "
            + vector("%c", cRegisters)
            + ";\n"
            + moves("st", "%c", "%p3", cRegisters, f.output.equals("f64"))
            + "ret;\n}\n";
    Kernels.Result result =
        Kernels.run(ptx, "k", Kernels.Config.of(1, 32).target("sm_89"), ra, rb, rc);
    assertEquals(List.of(), result.report().findings());
    long[] d = result.longs(2);
    for (int l = 0; l < 32; l++) {
      for (int i = 0; i < cCount; i++) {
        int row = l / 4 + 8 * (i / 2);
        int column = l % 4 * 2 + i % 2;
        int expected = c[row][column];
        for (int k = 0; k < f.k; k++) {
          expected += a[row][k] * b[k][column];
        }
        long raw = d[l * 8 + i / outPer] >>> 16 * (i % outPer);
        assertEquals(expected, decode(raw, f.output), "row " + row + " column " + column);
      }
    }
    assertEquals(2L * f.m * f.n * f.k, result.counter("flops.mma"));
  }

  private static String moves(String op, String register, String pointer, int count, boolean wide) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      String address = "[" + pointer + "+" + 8 * i + "]";
      String name = register + i;
      text.append(op).append(".global.b").append(wide ? 64 : 32).append(' ');
      text.append(op.equals("ld") ? name + ", " + address : address + ", " + name);
      text.append(";\n");
    }
    return text.toString();
  }

  private static String vector(String register, int count) {
    StringBuilder text = new StringBuilder("{");
    for (int i = 0; i < count; i++) {
      text.append(i == 0 ? "" : ", ").append(register).append(i);
    }
    return text.append('}').toString();
  }
}
