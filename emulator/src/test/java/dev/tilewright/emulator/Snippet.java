package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;

/**
 * One instruction over registers, run on many inputs at once and compared with an oracle. Sources
 * are named {@code %a}, {@code %b}, …, the destination {@code %d}.
 */
final class Snippet {
  private static final int THREADS = 512;

  private Snippet() {}

  /** What the instruction should give; null where the ISA leaves it open. */
  interface Oracle {
    @Nullable Long apply(long[] sources);
  }

  /**
   * @param destination the type of {@code %d}: a register type, or {@code pred}
   * @param sources register types separated by spaces; they also choose the inputs
   */
  static DynamicTest check(String instruction, String destination, String sources, Oracle oracle) {
    return DynamicTest.dynamicTest(
        instruction, () -> compare(instruction, destination, sources.split(" "), oracle));
  }

  private static void compare(
      String instruction, String destination, String[] types, Oracle oracle) {
    Random random = new Random(instruction.hashCode());
    long[][] inputs = new long[types.length][THREADS];
    for (int s = 0; s < types.length; s++) {
      for (int t = 0; t < THREADS; t++) {
        inputs[s][t] = Values.pick(types[s], random);
      }
    }
    long[] actual = run(instruction, destination, types, inputs);
    for (int t = 0; t < THREADS; t++) {
      long[] sources = new long[types.length];
      List<String> shown = new ArrayList<>();
      for (int s = 0; s < types.length; s++) {
        sources[s] = inputs[s][t];
        shown.add("0x" + Long.toHexString(sources[s]));
      }
      Long expected = oracle.apply(sources);
      if (expected != null) {
        long mask = Values.mask(destination);
        assertEquals(
            Long.toHexString(expected & mask),
            Long.toHexString(actual[t] & mask),
            () -> instruction + " of " + shown);
      }
    }
  }

  /** The raw results of {@code %d} for up to 1024 threads. */
  static long[] run(String body, String destination, String[] types, long[][] inputs) {
    int threads = inputs.length == 0 ? 32 : inputs[0].length;
    Object[] arguments = new Object[types.length + 1];
    for (int s = 0; s < types.length; s++) {
      arguments[s] = inputs[s];
    }
    arguments[types.length] = new long[threads];
    Kernels.Result result =
        Kernels.run(
            kernel(body, destination, types), "snippet", Kernels.Config.of(1, threads), arguments);
    assertEquals(List.of(), result.report().findings(), body);
    return result.longs(types.length);
  }

  private static String kernel(String body, String destination, String[] types) {
    StringBuilder text =
        new StringBuilder(
            """
            .version 8.0
            .target sm_90
            .address_size 64
            .visible .entry snippet(
            """);
    for (int s = 0; s < types.length; s++) {
      text.append(".param .u64 p").append(s).append(",\n");
    }
    text.append(".param .u64 out)\n{\n");
    text.append(".reg .b64 %base, %offset;\n.reg .b32 %thread, %truth;\n");
    text.append(".reg .").append(destination).append(" %d;\n");
    text.append("mov.u32 %thread, %tid.x;\nmul.wide.u32 %offset, %thread, 8;\n");
    for (int s = 0; s < types.length; s++) {
      String name = "%" + (char) ('a' + s);
      text.append(".reg .").append(types[s]).append(' ').append(name).append(";\n");
      text.append("ld.param.u64 %base, [p").append(s).append("];\n");
      text.append("add.s64 %base, %base, %offset;\n");
      if (types[s].equals("pred")) {
        text.append("ld.global.b32 %truth, [%base];\nsetp.ne.u32 ").append(name);
        text.append(", %truth, 0;\n");
      } else {
        text.append("ld.global.b").append(Values.bits(types[s])).append(' ').append(name);
        text.append(", [%base];\n");
      }
    }
    text.append(body).append('\n');
    text.append("ld.param.u64 %base, [out];\nadd.s64 %base, %base, %offset;\n");
    if (destination.equals("pred")) {
      text.append("selp.u32 %truth, 1, 0, %d;\nst.global.b32 [%base], %truth;\n");
    } else {
      text.append("st.global.b").append(Values.bits(destination)).append(" [%base], %d;\n");
    }
    return text.append("ret;\n}\n").toString();
  }
}
