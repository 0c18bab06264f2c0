package dev.tilewright.emulator;

import java.lang.management.ManagementFactory;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Times 128x256x64 steps of f16 {@code wgmma} by two warpgroups, operands in shared memory. Run
 * with {@code java -cp target/classes:target/test-classes:…
 * dev.tilewright.emulator.WgmmaBenchmark}.
 */
final class WgmmaBenchmark {
  private static final int STEPS = 256;

  private WgmmaBenchmark() {}

  public static void main(String[] arguments) {
    String d = IntStream.range(0, 128).mapToObj(i -> "%f" + i).collect(Collectors.joining(", "));
    StringBuilder products = new StringBuilder();
    for (int k = 0; k < 4; k++) {
      products.append("add.u64 %%d3, %%d1, %d; add.u64 %%d4, %%d2, %d;%n".formatted(2 * k, 2 * k));
      products
          .append("wgmma.mma_async.sync.aligned.m64n256k16.f32.f16.f16 {")
          .append(d)
          .append("}, %d3, %d4, %p1, 1, 1, 0, 0;\n");
    }
    String ptx =
        """
        .version 8.4
        .target sm_90a
        .address_size 64
        .visible .entry k(.param .u64 out)
        {
          .reg .pred %p<4>; .reg .b32 %r<8>; .reg .f32 %f<128>; .reg .b64 %d<8>;
          .extern .shared .align 1024 .b8 s[];
          mov.u32 %r0, %tid.x;
          mov.u32 %r1, s;
          shl.b32 %r2, %r0, 4;
          mov.b32 %r4, 0x3c003c00;
        FILL:
          add.u32 %r3, %r1, %r2;
          st.shared.v4.b32 [%r3], {%r4, %r4, %r4, %r4};
          add.u32 %r2, %r2, 4096;
          setp.lt.u32 %p0, %r2, 49152;
          @%p0 bra FILL;
          fence.proxy.async.shared::cta;
          bar.sync 0;
          shr.u32 %r5, %r0, 7;
          shl.b32 %r5, %r5, 13;
          add.u32 %r5, %r5, %r1;
          shr.u32 %r5, %r5, 4;
          cvt.u64.u32 %d1, %r5;
          add.u64 %d1, %d1, 0x4000004000010000;
          add.u32 %r6, %r1, 16384;
          shr.u32 %r6, %r6, 4;
          cvt.u64.u32 %d2, %r6;
          add.u64 %d2, %d2, 0x4000004000010000;
          setp.ne.u32 %p1, %r0, %r0;
          mov.u32 %r7, 0;
        LOOP:
          wgmma.fence.sync.aligned;
        PRODUCTS
          wgmma.commit_group.sync.aligned;
          wgmma.wait_group.sync.aligned 0;
          setp.eq.u32 %p1, %r0, %r0;
          add.u32 %r7, %r7, 1;
          setp.lt.u32 %p0, %r7, STEPS;
          @%p0 bra LOOP;
          ld.param.u64 %d0, [out];
          setp.eq.u32 %p2, %r0, 0;
          @%p2 st.global.f32 [%d0], %f0;
          ret;
        }
        """
            .replace("PRODUCTS", products)
            .replace("STEPS", "" + STEPS);
    for (boolean sanitize : new boolean[] {true, true, true, false, false, false}) {
      EmulatorOptions options = EmulatorOptions.DEFAULT.withSanitize(sanitize);
      long start = cpu();
      Kernels.Result result =
          Kernels.run(
              ptx,
              "k",
              Kernels.Config.of(1, 256).target("sm_90a").shared(49152).options(options),
              new Kernels.Fresh(4));
      double seconds = (cpu() - start) / 1e9;
      System.out.printf(
          "sanitizer %s: %.0f us per 128x256x64 step, D = %.0f, findings %s%n",
          sanitize ? "on" : "off", seconds / STEPS * 1e6, result.floats(0)[0], result.codes());
    }
  }

  /** Time of this thread, in which the one block runs: other work on the machine does not count. */
  private static long cpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
