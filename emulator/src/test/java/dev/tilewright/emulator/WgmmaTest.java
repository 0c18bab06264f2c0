package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code wgmma} computes: every type, shape, swizzle and majorness, A from shared memory and
 * from registers, on small integers whose sums are exact in every type.
 */
class WgmmaTest {

  /** Types of D, A and B, with .satfinite before them perhaps. */
  record Form(String d, String a, String b, boolean saturate) {
    int bits() {
      return MmaTest.bits(a);
    }

    int k() {
      return 256 / bits();
    }

    boolean integer() {
      return d.equals("s32");
    }

    boolean transposable() {
      return bits() == 16;
    }

    String mnemonic(int n) {
      return "wgmma.mma_async.sync.aligned.m64n%dk%d.%s%s.%s.%s%s"
          .formatted(n, k(), saturate ? "satfinite." : "", d, a, b, bits() == 1 ? ".and.popc" : "");
    }

    List<Integer> columns() {
      List<Integer> all = new ArrayList<>();
      for (int n = 8; n <= 256; n += integer() && n >= 32 ? 16 : 8) {
        all.add(n);
      }
      return all;
    }
  }

  static Stream<Form> forms() {
    List<Form> all = new ArrayList<>();
    all.add(new Form("f32", "f16", "f16", false));
    all.add(new Form("f16", "f16", "f16", false));
    all.add(new Form("f32", "bf16", "bf16", false));
    all.add(new Form("f32", "tf32", "tf32", false));
    for (String a : List.of("e4m3", "e5m2")) {
      for (String b : List.of("e4m3", "e5m2")) {
        all.add(new Form("f32", a, b, false));
        all.add(new Form("f16", a, b, false));
      }
    }
    for (String a : List.of("s8", "u8")) {
      for (String b : List.of("s8", "u8")) {
        all.add(new Form("s32", a, b, false));
        all.add(new Form("s32", a, b, true));
      }
    }
    all.add(new Form("s32", "b1", "b1", false));
    return all.stream();
  }

  /**
   * One kernel.
   *
   * @param aWidth of the swizzle pattern of A, or 0 for A in registers
   */
  record Case(
      Form form,
      int n,
      int aWidth,
      boolean aKMajor,
      int bWidth,
      boolean bKMajor,
      int scaleA,
      int scaleB,
      boolean clears) {

    private int depth() {
      int a = aWidth == 0 ? 0 : SharedOperand.depth(aWidth, aKMajor, form.bits());
      return Math.max(a, SharedOperand.depth(bWidth, bKMajor, form.bits()));
    }

    /** As many steps as both operands' layouts hold. */
    private int steps() {
      int a = aWidth == 0 ? depth() : SharedOperand.depth(aWidth, aKMajor, form.bits());
      return Math.min(a, SharedOperand.depth(bWidth, bKMajor, form.bits())) / form.k();
    }

    SharedOperand a() {
      int width = Math.max(16, aWidth);
      return new SharedOperand(
          width, aKMajor, form.bits(), 64, SharedOperand.depth(width, aKMajor, form.bits()));
    }

    SharedOperand b() {
      return new SharedOperand(
          bWidth, bKMajor, form.bits(), n, SharedOperand.depth(bWidth, bKMajor, form.bits()));
    }

    int bStart() {
      return aWidth == 0 ? 0 : Math.ceilDiv(a().bytes(), 1024) * 1024;
    }

    int shared() {
      return Math.ceilDiv(bStart() + b().bytes(), 2048) * 2048;
    }

    int registers() {
      return form.d.equals("f16") ? n / 4 : n / 2;
    }

    String ptx() {
      StringBuilder t = new StringBuilder();
      t.append(
          """
          .version 8.4
          .target sm_90a
          .address_size 64
          .visible .entry k(.param .u64 image, .param .u64 fragments, .param .u64 d)
          {
            .reg .pred %p<3>;
            .reg .b32 %r<8>;
            .reg .b32 %x<4>;
            .reg .b32 %a<REGISTERS>;
            .reg .b32 %c<128>;
            .reg .b64 %d<8>;
            .shared .align 1024 .b8 s[SHARED];
            mov.u32 %r0, %tid.x;
            mov.u32 %r1, s;
            ld.param.u64 %d0, [image];
            ld.param.u64 %d1, [fragments];
            ld.param.u64 %d2, [d];
            mul.wide.u32 %d3, %r0, FRAGMENT;
            add.u64 %d1, %d1, %d3;
            mul.wide.u32 %d3, %r0, RESULT;
            add.u64 %d2, %d2, %d3;
            shl.b32 %r2, %r0, 4;
          COPY:
            cvt.u64.u32 %d3, %r2;
            add.u64 %d3, %d3, %d0;
            ld.global.v4.b32 {%x0, %x1, %x2, %x3}, [%d3];
            add.u32 %r3, %r1, %r2;
            st.shared.v4.b32 [%r3], {%x0, %x1, %x2, %x3};
            add.u32 %r2, %r2, 2048;
            setp.lt.u32 %p0, %r2, SHARED;
            @%p0 bra COPY;
            fence.proxy.async.shared::cta;
            bar.sync 0;
            shr.u32 %r4, %r1, 4;
            cvt.u64.u32 %d4, %r4;
            setp.eq.u32 %p1, %r1, 0;
          """
              .replace("SHARED", "" + shared())
              .replace("REGISTERS", "" + Math.max(1, 4 * steps()))
              .replace("FRAGMENT", "" + 16 * steps())
              .replace("RESULT", "" + 4 * registers()));
      for (int i = 0; i < 4 * steps() && aWidth == 0; i += 2) {
        t.append("  ld.global.v2.b32 {%%a%d, %%a%d}, [%%d1+%d];%n".formatted(i, i + 1, 4 * i));
      }
      for (int i = 0; i < registers(); i += 2) {
        t.append("  ld.global.v2.b32 {%%c%d, %%c%d}, [%%d2+%d];%n".formatted(i, i + 1, 4 * i));
      }
      t.append("  wgmma.fence.sync.aligned;\n");
      for (int step = 0; step < steps(); step++) {
        descriptor(t, "%d5", a(), step * a().advance());
        descriptor(t, "%d6", b(), bStart() + step * b().advance());
        String scaleD = clears && step == 0 ? "%p1" : step % 2 == 0 ? "!%p1" : "1";
        String scales = form.integer() ? "" : ", " + scaleA + ", " + scaleB;
        String transposes =
            form.transposable()
                ? (aWidth == 0 ? "" : aKMajor ? ", 0" : ", 1") + (bKMajor ? ", 0" : ", 1")
                : "";
        t.append("  ").append(form.mnemonic(n)).append(' ').append(vector("%c", 0, registers()));
        t.append(", ").append(aWidth == 0 ? vector("%a", 4 * step, 4) : "%d5");
        t.append(", %d6, ").append(scaleD).append(scales).append(transposes).append(";\n");
      }
      t.append("  wgmma.commit_group.sync.aligned;\n  wgmma.wait_group.sync.aligned 0;\n");
      for (int i = 0; i < registers(); i += 2) {
        t.append("  st.global.v2.b32 [%%d2+%d], {%%c%d, %%c%d};%n".formatted(4 * i, i, i + 1));
      }
      return t.append("  ret;\n}\n").toString();
    }

    private static void descriptor(StringBuilder t, String to, SharedOperand operand, int at) {
      t.append("  add.u64 %s, %%d4, 0x%x;%n".formatted(to, operand.descriptor() + (at >> 4)));
    }

    void check() {
      check(EmulatorOptions.DEFAULT);
    }

    void check(EmulatorOptions options) {
      Random random = new Random(toString().hashCode());
      int depth = steps() * form.k();
      int[][] a = matrix(random, 64, depth, form.a);
      int[][] b = matrix(random, n, depth, form.b);
      int[][] c = matrix(random, 64, n, "s8");
      byte[] image = new byte[shared()];
      int[] fragments = new int[128 * 4 * steps()];
      for (int k = 0; k < depth; k++) {
        for (int row = 0; row < 64 && aWidth > 0; row++) {
          a().put(image, 0, row, k, MmaTest.encode(a[row][k], form.a));
        }
        for (int column = 0; column < n; column++) {
          b().put(image, bStart(), column, k, MmaTest.encode(b[column][k], form.b));
        }
      }
      int per = 32 / form.bits();
      int[] d = new int[128 * registers()];
      int outPer = form.d.equals("f16") ? 2 : 1;
      for (int t = 0; t < 128; t++) {
        for (int j = 0; j < 4 * steps(); j++) {
          for (int e = 0; e < per; e++) {
            int row = 16 * (t / 32) + t % 32 / 4 + 8 * (j & 1);
            int k = j / 4 * form.k() + per * (t % 4) + e + 4 * per * (j % 4 >> 1);
            fragments[4 * steps() * t + j] |=
                (int) MmaTest.encode(a[row][k], form.a) << form.bits() * e;
          }
        }
        for (int i = 0; i < n / 2; i++) {
          long raw = MmaTest.encode(c[row(t, i)][column(t, i)], form.d);
          d[registers() * t + i / outPer] |= (int) (raw << 16 * (i % outPer));
        }
      }
      Kernels.Result result =
          Kernels.run(
              ptx(),
              "k",
              Kernels.Config.of(1, 128).target("sm_90a").options(options),
              image,
              fragments,
              d);
      assertEquals(List.of(), result.report().findings(), this::toString);
      int[] actual = result.ints(2);
      for (int t = 0; t < 128; t++) {
        for (int i = 0; i < n / 2; i++) {
          int row = row(t, i);
          int column = column(t, i);
          int expected = clears ? 0 : c[row][column];
          for (int k = 0; k < depth; k++) {
            expected += scaleA * scaleB * a[row][k] * b[column][k];
          }
          int raw = actual[registers() * t + i / outPer] >>> 16 * (i % outPer);
          double value = MmaTest.decode(raw, form.d);
          if (value != expected) {
            assertEquals(expected, value, this + " row " + row + " column " + column);
          }
        }
      }
      String name = "wgmma." + form.mnemonic(n).replaceAll(".*aligned.|satfinite.|.and.popc", "");
      assertEquals(steps(), result.counter(name));
      assertEquals(2L * 64 * n * depth, result.counter("flops.mma"));
      int operandRows = n + (aWidth == 0 ? 0 : 64);
      assertEquals(32L * steps() * operandRows, result.counter("bytes.shared.wgmma"));
    }

    private static int row(int t, int i) {
      return 16 * (t / 32) + t % 32 / 4 + 8 * (i >> 1 & 1);
    }

    private static int column(int t, int i) {
      return 8 * (i >> 2) + 2 * (t % 4) + (i & 1);
    }

    private static int[][] matrix(Random random, int rows, int columns, String type) {
      int[][] matrix = new int[rows][columns];
      for (int[] row : matrix) {
        for (int j = 0; j < columns; j++) {
          row[j] =
              switch (type) {
                case "b1" -> random.nextInt(2);
                case "u8" -> random.nextInt(256);
                case "s8" -> random.nextInt(-128, 128);
                default -> random.nextInt(-3, 4);
              };
        }
      }
      return matrix;
    }
  }

  private static String vector(String register, int first, int count) {
    List<String> names = new ArrayList<>();
    for (int i = first; i < first + count; i++) {
      names.add(register + i);
    }
    return "{" + String.join(", ", names) + "}";
  }

  private static final int[] WIDTHS = {16, 32, 64, 128};

  @ParameterizedTest
  @MethodSource("forms")
  void everyShapeOfEveryType(Form form) {
    List<Integer> columns = form.columns();
    for (int i = 0; i < columns.size(); i++) {
      int n = columns.get(i);
      Case c =
          new Case(
              form,
              n,
              i % 5 == 4 ? 0 : WIDTHS[i % 5],
              !form.transposable() || i % 2 == 0,
              WIDTHS[i / 2 % 4],
              !form.transposable() || i % 3 == 0,
              form.integer() || i % 3 != 1 ? 1 : -1,
              form.integer() || i % 4 != 1 ? 1 : -1,
              i % 2 == 1);
      c.check();
      if (i == 0 || i == 7 || i == columns.size() - 1) {
        Ptxas.accepts(c.ptx());
      }
    }
  }

  static Stream<Case> layouts() {
    List<Case> all = new ArrayList<>();
    // Where things lie depends on the width of an element only.
    Set<String> types = Set.of("f16", "bf16", "tf32", "e4m3", "s8", "b1");
    for (Form form : forms().filter(f -> types.contains(f.b) && f.a.equals(f.b)).toList()) {
      for (int aWidth : new int[] {0, 16, 32, 64, 128}) {
        for (int bWidth : WIDTHS) {
          for (int major = 0; major < (form.transposable() ? 4 : 1); major++) {
            if (aWidth > 0 || major % 2 == 0) {
              all.add(
                  new Case(form, 72 + 24, aWidth, major % 2 == 0, bWidth, major < 2, 1, 1, false));
            }
          }
        }
      }
    }
    return all.stream();
  }

  @Test
  void everyPairOfLayouts() {
    layouts().forEach(Case::check);
  }

  /** The model: exact products, added to D in binary64 in the order of k, rounded once. */
  @Test
  void sumsAreRoundedOncePerInstruction() {
    Random random = new Random(3);
    short[] a = new short[64 * 64];
    short[] b = new short[64 * 64];
    for (short[] matrix : List.of(a, b)) {
      for (int i = 0; i < matrix.length; i++) {
        matrix[i] = Float.floatToFloat16((float) random.nextGaussian());
      }
    }
    for (String type : List.of("f32", "f16")) {
      Case c = new Case(new Form(type, "f16", "f16", false), 64, 128, true, 128, true, 1, 1, true);
      byte[] image = new byte[c.shared()];
      for (int row = 0; row < 64; row++) {
        for (int k = 0; k < 64; k++) {
          c.a().put(image, 0, row, k, a[64 * row + k]);
          c.b().put(image, c.bStart(), row, k, b[64 * row + k]);
        }
      }
      int[] d =
          Kernels.run(
                  c.ptx(),
                  "k",
                  Kernels.Config.of(1, 128).target("sm_90a"),
                  image,
                  new int[128 * 16],
                  new int[128 * c.registers()])
              .ints(2);
      for (int t = 0; t < 128; t++) {
        for (int i = 0; i < 32; i++) {
          int row = Case.row(t, i);
          int column = Case.column(t, i);
          double sum = 0;
          for (int k = 0; k < 64; k++) {
            float x = Float.float16ToFloat(a[64 * row + k]);
            float y = Float.float16ToFloat(b[64 * column + k]);
            sum += (double) x * y;
            if (k % 16 == 15) {
              sum = type.equals("f32") ? (float) sum : halfOf(sum);
            }
          }
          int per = type.equals("f32") ? 1 : 2;
          int raw = d[t * c.registers() + i / per] >>> 16 * (i % per);
          assertEquals(sum, MmaTest.decode(raw, type), "row " + row + " column " + column);
        }
      }
    }
  }

  private static double halfOf(double x) {
    long bits = Ieee.F16.round(new BigDecimal(x), RoundingMode.HALF_EVEN);
    return Float.float16ToFloat((short) bits);
  }

  /** Every finite pattern of the 8-bit floats, times one. */
  @ParameterizedTest
  @ValueSource(strings = {"e4m3", "e5m2"})
  void everyByteHasItsValue(String type) {
    Case c = new Case(new Form("f32", type, type, false), 32, 32, true, 32, true, 1, 1, true);
    byte[] image = new byte[c.shared()];
    for (int pattern = 0; pattern < 256; pattern++) {
      // Not a number, or infinite.
      boolean finite = type.equals("e4m3") ? (pattern & 0x7f) != 0x7f : (pattern & 0x7c) != 0x7c;
      c.a().put(image, 0, pattern / 32, pattern % 32, finite ? pattern : 0);
    }
    for (int k = 0; k < 32; k++) {
      c.b().put(image, c.bStart(), k, k, MmaTest.encode(1, type));
    }
    float[] d =
        Kernels.run(
                c.ptx(),
                "k",
                Kernels.Config.of(1, 128).target("sm_90a"),
                image,
                new int[128 * 4],
                new float[128 * 16])
            .floats(2);
    int mantissa = type.equals("e4m3") ? 3 : 2;
    int bias = type.equals("e4m3") ? 7 : 15;
    for (int t = 0; t < 16; t++) {
      for (int lane = 0; lane < 32; lane++) {
        int row = Case.row(lane, t);
        int pattern = 32 * row + Case.column(lane, t);
        if (row < 8) {
          int exponent = pattern % 128 >> mantissa;
          double fraction = pattern % (1 << mantissa) / (double) (1 << mantissa);
          double value =
              exponent == 0
                  ? Math.scalb(fraction, 1 - bias)
                  : Math.scalb(1 + fraction, exponent - bias);
          boolean finite =
              type.equals("e4m3") ? (pattern & 0x7f) != 0x7f : (pattern & 0x7c) != 0x7c;
          double expected = !finite || value == 0 ? 0 : pattern < 128 ? value : -value;
          assertEquals(expected, d[lane * 16 + t], "pattern " + pattern);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(CompletionPolicy.class)
  void whenItHappensChangesNothing(CompletionPolicy policy) {
    for (Form form : forms().toList()) {
      for (int seed = 0; seed < 2; seed++) {
        new Case(form, 32, seed == 0 ? 0 : 128, true, 128, true, 1, 1, seed == 1)
            .check(EmulatorOptions.DEFAULT.withCompletion(policy).withSeed(seed));
      }
    }
  }
}
