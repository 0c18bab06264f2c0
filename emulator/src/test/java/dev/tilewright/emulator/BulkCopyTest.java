package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.spi.DeviceDriver;
import dev.tilewright.runtime.spi.TiledTensorMap;
import dev.tilewright.runtime.spi.TiledTensorMap.ElementType;
import dev.tilewright.runtime.spi.TiledTensorMap.Fill;
import dev.tilewright.runtime.spi.TiledTensorMap.Promotion;
import dev.tilewright.runtime.spi.TiledTensorMap.Swizzle;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bulk copies of ranges, in all directions, and the encoding of tensor maps. */
class BulkCopyTest {
  /** A cluster of two blocks of 32 threads; {@code in} and {@code out} hold 128 words per block. */
  private static final String HEAD =
      """
      .version 8.6
      .target sm_90a
      .address_size 64
      .visible .entry k(.param .u64 in, .param .u64 out)
      .reqnctapercluster 2
      {
        .reg .pred %p<4>;
        .reg .b32 %r<16>;
        .reg .b64 %d<8>;
        .shared .align 128 .b8 s[512];
        .shared .align 128 .b8 t[512];
        .shared .align 8 .b8 bar[8];
        mov.u32 %r0, %tid.x;
        setp.eq.u32 %p0, %r0, 0;
        mov.u32 %r1, %ctaid.x;
        mul.wide.u32 %d2, %r1, 512;
        ld.param.u64 %d0, [in];
        add.u64 %d0, %d0, %d2;
        ld.param.u64 %d1, [out];
        add.u64 %d1, %d1, %d2;
        mov.u32 %r2, s;
        mad.lo.u32 %r3, %r0, 16, %r2;
        mov.u32 %r4, t;
        mad.lo.u32 %r5, %r0, 16, %r4;
        mul.wide.u32 %d3, %r0, 16;
        add.u64 %d4, %d3, %d1;
        xor.b32 %r6, %r1, 1;
        @%p0 mbarrier.init.shared::cta.b64 [bar], 1;
        @%p0 fence.mbarrier_init.release.cluster;
        barrier.cluster.arrive;
        barrier.cluster.wait;
      """;

  private static final String LOAD =
      """
        @%p0 mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], 512;
        @%p0 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [s], [%d0], 512, [bar];
      LOADED:
        mbarrier.try_wait.parity.shared::cta.b64 %p1, [bar], 0;
        @!%p1 bra LOADED;
      """;

  /** Every thread writes what it has of {@code s} to {@code t}. */
  private static final String MOVE =
      """
        ld.shared.v4.u32 {%r8, %r9, %r10, %r11}, [%r3];
        st.shared.v4.u32 [%r5], {%r8, %r9, %r10, %r11};
        fence.proxy.async.shared::cta;
        bar.sync 0;
      """;

  private static final String STORE =
      """
        @%p0 cp.async.bulk.global.shared::cta.bulk_group [%d1], [t], 512;
        @%p0 cp.async.bulk.commit_group;
        @%p0 cp.async.bulk.wait_group.read 0;
      """;

  private static final String END =
      "  barrier.cluster.arrive;\n  barrier.cluster.wait;\n  ret;\n}\n";

  private static Kernels.Result run(String body, CompletionPolicy policy, Object... arguments) {
    String text = HEAD + body + END;
    return Kernels.run(
        text,
        "k",
        Kernels.Config.of(2, 32)
            .target("sm_90a")
            .options(EmulatorOptions.DEFAULT.withCompletion(policy)),
        arguments);
  }

  @ParameterizedTest
  @EnumSource(CompletionPolicy.class)
  void inAndOut(CompletionPolicy policy) {
    int[] in = new Random(1).ints(256).toArray();
    Kernels.Result result = run(LOAD + MOVE + STORE, policy, in, new Kernels.Fresh(1024));
    assertEquals(List.of(), result.report().findings());
    assertEquals(Arrays.toString(in), Arrays.toString(result.ints(1)));
    assertEquals(1024, result.counter("bytes.bulk.load"));
    assertEquals(32, result.counter("sectors.global.load"));
    assertEquals(2, result.counter("requests.global.store"));
    assertEquals(32, result.counter("sectors.global.store"));
  }

  /** Each block pushes its {@code t} into the other's {@code s}, and stores what it got. */
  private static final String PUSH =
      """
        mapa.shared::cluster.u32 %r12, %r2, %r6;
        mov.u32 %r13, bar;
        mapa.shared::cluster.u32 %r13, %r13, %r6;
        barrier.cluster.arrive;
        barrier.cluster.wait;
        @%p0 mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], 512;
        @%p0 COPY [%r12], [t], 512, [%r13];
      PUSHED:
        mbarrier.try_wait.parity.shared::cta.b64 %p1, [bar], 1;
        @!%p1 bra PUSHED;
        ld.shared.v4.u32 {%r8, %r9, %r10, %r11}, [%r3];
        st.global.v4.u32 [%d4], {%r8, %r9, %r10, %r11};
      """;

  @ParameterizedTest
  @EnumSource(CompletionPolicy.class)
  void acrossTheCluster(CompletionPolicy policy) {
    int[] in = new Random(2).ints(256).toArray();
    String copy = "cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes";
    Kernels.Result result =
        run(LOAD + MOVE + PUSH.replace("COPY", copy), policy, in, new Kernels.Fresh(1024));
    assertEquals(List.of(), result.report().findings());
    for (int i = 0; i < 256; i++) {
      assertEquals(in[i ^ 128], result.ints(1)[i]);
    }
    String add =
        "cp.reduce.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes.add.u32";
    Kernels.Result sum =
        run(LOAD + MOVE + PUSH.replace("COPY", add), policy, in, new Kernels.Fresh(1024));
    assertEquals(List.of(), sum.report().findings());
    for (int i = 0; i < 256; i++) {
      assertEquals(in[i] + in[i ^ 128], sum.ints(1)[i]);
    }
  }

  @Test
  void pushesAreWatched() {
    String copy = "cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes";
    String push = PUSH.replace("COPY", copy);
    int[] in = new int[256];
    Ptxas.accepts(HEAD + LOAD + MOVE + push + STORE + END);
    List<String> unfenced =
        run(
                LOAD + MOVE.replace("  fence.proxy.async.shared::cta;\n", "") + push,
                CompletionPolicy.LATE,
                in,
                new Kernels.Fresh(1024))
            .codes();
    assertTrue(unfenced.contains("EMU-MISSING-PROXY-FENCE"), unfenced::toString);
    for (String broken :
        List.of(
            push.replace("  barrier.cluster.arrive;\n  barrier.cluster.wait;\n", ""),
            push.replace("  @!%p1 bra PUSHED;\n", ""),
            push.replace("[%r12], [t]", "[s], [t]"),
            push.replace("_, [bar], 512", "_, [bar], 496"))) {
      List<String> codes =
          run(LOAD + MOVE + broken, CompletionPolicy.LATE, in, new Kernels.Fresh(1024)).codes();
      assertTrue(!codes.isEmpty(), broken);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "add.u32", "min.s32", "max.u32", "and.b32", "or.b32", "xor.b32", "inc.u32", "add.u64"
      })
  void reductions(String operation) {
    int[] in = new Random(3).ints(256).toArray();
    int[] old = new Random(4).ints(256).toArray();
    String reduce = "cp.reduce.async.bulk.global.shared::cta.bulk_group." + operation;
    Ptxas.accepts(
        HEAD + MOVE + STORE.replace("cp.async.bulk.global.shared::cta.bulk_group", reduce) + END);
    Kernels.Result result =
        run(
            LOAD + MOVE + STORE.replace("cp.async.bulk.global.shared::cta.bulk_group", reduce),
            CompletionPolicy.LATE,
            in,
            old.clone());
    assertEquals(List.of(), result.report().findings());
    for (int i = 0; i < 256; i++) {
      int expected =
          switch (operation) {
            case "add.u32" -> old[i] + in[i];
            case "min.s32" -> Math.min(old[i], in[i]);
            case "max.u32" -> Integer.compareUnsigned(old[i], in[i]) > 0 ? old[i] : in[i];
            case "and.b32" -> old[i] & in[i];
            case "or.b32" -> old[i] | in[i];
            case "xor.b32" -> old[i] ^ in[i];
            case "inc.u32" -> Integer.compareUnsigned(old[i], in[i]) >= 0 ? 0 : old[i] + 1;
            default -> {
              long a = old[i & ~1] & 0xffffffffL | (long) old[i | 1] << 32;
              long b = in[i & ~1] & 0xffffffffL | (long) in[i | 1] << 32;
              yield (int) (a + b >>> 32 * (i & 1));
            }
          };
      assertEquals(expected, result.ints(1)[i], operation);
    }
  }

  @Test
  void floatSumsRound() {
    float[] in = new float[256];
    float[] old = new float[256];
    Random random = new Random(5);
    for (int i = 0; i < 256; i++) {
      in[i] = (float) random.nextGaussian();
      old[i] = (float) random.nextGaussian();
    }
    String reduce = "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f32";
    Kernels.Result result =
        run(
            LOAD + MOVE + STORE.replace("cp.async.bulk.global.shared::cta.bulk_group", reduce),
            CompletionPolicy.RANDOM,
            in,
            old.clone());
    for (int i = 0; i < 256; i++) {
      assertEquals(old[i] + in[i], result.floats(1)[i]);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "EMU-MISALIGNED | [s], [%d0], 512 | [s], [%d0], 504",
        "EMU-MISALIGNED | [s], [%d0], 512 | [s+8], [%d0], 496",
        "EMU-MISALIGNED | [s], [%d0], 512 | [s], [%d0+8], 496",
        "EMU-OUT-OF-BOUNDS | [s], [%d0], 512 | [s], [%d0+1024], 512",
        "EMU-OUT-OF-BOUNDS | [s], [%d0], 512 | [s], [%d0+16], 1024",
      })
  void operandsAreChecked(String code, String from, String to) {
    List<String> codes =
        run(
                LOAD.replace(from, to) + MOVE + STORE,
                CompletionPolicy.LATE,
                new int[256],
                new Kernels.Fresh(1024))
            .codes();
    assertTrue(codes.contains(code), codes::toString);
  }

  /** Forms of the ISA that the other tests do not use; the kernel jumps over them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "cp.async.bulk.tensor.1d.shared::cta.global.mbarrier::complete_tx::bytes"
            + " [s], [%d0, {%r0}], [bar];",
        "cp.async.bulk.tensor.5d.shared::cluster.global.mbarrier::complete_tx::bytes"
            + ".L2::cache_hint [s], [%d0, {%r0, %r0, %r0, 1, -1}], [bar], %d1;",
        "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
            + ".multicast::cluster.L2::cache_hint [s], [%d0, {%r0, %r0}], [bar], %h, %d1;",
        "cp.async.bulk.tensor.2d.global.shared::cta.bulk_group.L2::cache_hint"
            + " [%d0, {%r0, %r0}], [s], %d1;",
        "cp.async.bulk.prefetch.tensor.2d.L2.global.tile [%d0, {%r0, %r0}];",
        "cp.async.bulk.prefetch.tensor.1d.L2.global.L2::cache_hint [%d0, {%r0}], %d1;",
        "cp.async.bulk.prefetch.L2.global [%d0], 16;",
        "cp.async.bulk.prefetch.L2.global.L2::cache_hint [%d0], 16, %d1;",
        "cp.async.bulk.shared::cta.global.mbarrier::complete_tx::bytes [s], [%d0], 16, [bar];",
        "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster"
            + " [s], [%d0], 16, [bar], %h;",
        "cp.async.bulk.global.shared::cta.bulk_group.L2::cache_hint [%d0], [s], 16, %d1;",
        "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.noftz.bf16 [%d0], [s], 16;",
        "cp.reduce.async.bulk.global.shared::cta.bulk_group.min.f16 [%d0], [s], 16;",
        "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f64 [%d0], [s], 16;",
        "prefetch.tensormap [%d0];",
        "prefetch.param.tensormap [%d0];",
        "fence.proxy.async;",
        "fence.proxy.async.global;",
        "fence.proxy.async.shared::cluster;",
        "fence.proxy.alias;",
        "fence.proxy.async::generic.release.sync_restrict::shared::cta.cluster;",
        "fence.proxy.async::generic.acquire.sync_restrict::shared::cluster.cluster;",
        "fence.proxy.tensormap::generic.release.gpu;",
        "fence.proxy.tensormap::generic.acquire.gpu [%d0], 128;",
        "mbarrier.arrive.noComplete.shared.b64 %d1, [bar], 1;",
        "mbarrier.arrive.relaxed.cluster.shared::cluster.b64 _, [bar], 2;",
        "mbarrier.arrive_drop.expect_tx.shared.b64 %d1, [bar], 16;",
        "mbarrier.arrive.expect_tx.release.cluster.shared::cluster.b64 _, [bar], 16;",
        "mbarrier.complete_tx.relaxed.cluster.shared::cluster.b64 [bar], 16;",
        "mbarrier.expect_tx.relaxed.cluster.shared::cluster.b64 [bar], 16;",
        "mbarrier.test_wait.acquire.cluster.shared::cta.b64 %p0, [bar], %d1;",
        "mbarrier.try_wait.relaxed.cta.shared::cta.b64 %p0, [bar], %d1, 100;",
        "mbarrier.inval.shared.b64 [bar];",
        "griddepcontrol.launch_dependents;",
        "griddepcontrol.wait;",
        "createpolicy.fractional.L2::evict_first.b64 %d1, 0f3F800000;",
        "createpolicy.fractional.L2::evict_last.b64 %d1;",
        "ld.global.L2::cache_hint.v4.u32 {%r0, %r0, %r0, %r0}, [%d0], %d1;",
        "st.global.L2::cache_hint.u32 [%d0], %r0, %d1;",
        "barrier.cluster.arrive.relaxed;",
        "barrier.cluster.wait.acquire;",
        "cvta.shared::cluster.u64 %d1, %d1;",
        "mapa.shared::cluster.u64 %d1, %d0, 1;",
        "getctarank.shared::cluster.u32 %r0, %r0;",
        "red.release.cluster.shared::cluster.add.u32 [s], 1;",
      })
  void formsAreKnown(String form) {
    String text =
        """
        .version 8.6
        .target sm_90a
        .address_size 64
        .visible .entry k()
        {
          .reg .pred %p<2>;
          .reg .b16 %h;
          .reg .b32 %r<2>;
          .reg .b64 %d<2>;
          .shared .align 128 .b8 s[128];
          .shared .align 8 .b8 bar[8];
          bra END;
          FORM
        END:
          ret;
        }
        """
            .replace("FORM", form);
    Ptxas.accepts(text);
    assertEquals(
        List.of(), Kernels.run(text, "k", Kernels.Config.of(1, 32).target("sm_90a")).codes());
    String old = text.replace("sm_90a", "sm_80");
    boolean known =
        form.startsWith("createpolicy")
            || form.matches("(ld|st|fence.proxy.alias).*")
            || form.matches("mbarrier.(arrive.noComplete|inval).*");
    if (!known) {
      assertThrows(DeviceException.class, () -> Kernels.run(old, "k", Kernels.Config.of(1, 32)));
    }
  }

  // ---- tensor maps

  private static TiledTensorMap map(
      long address, List<Long> sizes, List<Long> strides, List<Integer> box, Swizzle swizzle) {
    return new TiledTensorMap(
        address,
        ElementType.FLOAT16,
        sizes,
        strides,
        box,
        box.stream().map(b -> 1).toList(),
        swizzle,
        Promotion.NONE,
        Fill.ZEROS);
  }

  @Test
  void mapsThatTheDriverRefusesAreRefused() {
    List<Long> sizes = List.of(64L, 8L);
    List<Long> strides = List.of(128L);
    List<Integer> box = List.of(64, 8);
    try (DeviceDriver device = new EmulatorProvider().open("sm_90a")) {
      assertEquals(128, device.encode(map(4096, sizes, strides, box, Swizzle.B128)).length);
      for (TiledTensorMap wrong :
          List.of(
              map(4104, sizes, strides, box, Swizzle.B128),
              map(4096, sizes, List.of(136L), box, Swizzle.B128),
              map(4096, sizes, List.of(1L << 40), box, Swizzle.B128),
              map(4096, sizes, List.of(), box, Swizzle.B128),
              map(4096, sizes, strides, List.of(64), Swizzle.B128),
              map(4096, List.of(0L, 8L), strides, box, Swizzle.B128),
              map(4096, List.of(64L, (1L << 32) + 1), strides, box, Swizzle.B128),
              map(4096, sizes, strides, List.of(64, 257), Swizzle.B128),
              map(4096, sizes, strides, List.of(64, 0), Swizzle.B128),
              map(4096, sizes, strides, List.of(12, 8), Swizzle.NONE),
              map(4096, sizes, strides, List.of(72, 8), Swizzle.B128),
              map(4096, sizes, strides, List.of(40, 8), Swizzle.B64),
              map(4096, sizes, strides, List.of(24, 8), Swizzle.B32),
              map(4096, List.of(), List.of(), List.of(), Swizzle.NONE))) {
        assertThrows(DeviceException.class, () -> device.encode(wrong), wrong::toString);
      }
    }
    try (DeviceDriver old = new EmulatorProvider().open("sm_89")) {
      assertThrows(
          DeviceException.class, () -> old.encode(map(4096, sizes, strides, box, Swizzle.B128)));
    }
  }
}
