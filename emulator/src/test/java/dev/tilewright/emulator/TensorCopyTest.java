package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.runtime.spi.TiledTensorMap.ElementType;
import dev.tilewright.runtime.spi.TiledTensorMap.Fill;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Tensor copies of random boxes against a model that goes element by element. */
class TensorCopyTest {
  private static final String LOAD =
      """
      .version 8.6
      .target sm_90a
      .address_size 64
      .visible .entry k(.param .u64 in, .param .u64 out, .param .align 64 .b8 map[128])
      {
        .reg .pred %p<4>;
        .reg .b32 %r<8>;
        .reg .b64 %d<8>;
        .shared .align 1024 .b8 s[BYTES];
        .shared .align 8 .b8 bar[8];
        mov.u32 %r0, %tid.x;
        setp.ne.u32 %p0, %r0, 0;
        @%p0 bra WAIT;
        mbarrier.init.shared::cta.b64 [bar], 1;
        fence.mbarrier_init.release.cluster;
        mov.b64 %d0, map;
        cvta.param.u64 %d0, %d0;
        prefetch.tensormap [%d0];
        mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], BYTES;
        cp.async.bulk.tensor.RANKd.shared::cluster.global.tile.mbarrier::complete_tx::bytes [s], [%d0, {CORNER}], [bar];
      WAIT:
        bar.sync 0;
      AGAIN:
        mbarrier.try_wait.parity.shared::cta.b64 %p1, [bar], 0;
        @!%p1 bra AGAIN;
        ld.param.u64 %d1, [out];
        mov.u32 %r1, s;
      NEXT:
        setp.ge.u32 %p2, %r0, WORDS;
        @%p2 bra DONE;
        shl.b32 %r2, %r0, 2;
        cvt.u64.u32 %d2, %r2;
        add.u64 %d2, %d2, %d1;
        add.u32 %r3, %r1, %r2;
        ld.shared.u32 %r4, [%r3];
        st.global.u32 [%d2], %r4;
        add.u32 %r0, %r0, 32;
        bra.uni NEXT;
      DONE:
        ret;
      }
      """;

  private static final String STORE =
      """
      .version 8.6
      .target sm_90a
      .address_size 64
      .visible .entry k(.param .u64 in, .param .u64 out, .param .align 64 .b8 map[128])
      {
        .reg .pred %p<4>;
        .reg .b32 %r<8>;
        .reg .b64 %d<8>;
        .shared .align 1024 .b8 s[BYTES];
        mov.u32 %r0, %tid.x;
        mov.u32 %r5, %r0;
        ld.param.u64 %d1, [in];
        mov.u32 %r1, s;
      NEXT:
        setp.ge.u32 %p2, %r0, WORDS;
        @%p2 bra DONE;
        shl.b32 %r2, %r0, 2;
        cvt.u64.u32 %d2, %r2;
        add.u64 %d2, %d2, %d1;
        add.u32 %r3, %r1, %r2;
        ld.global.u32 %r4, [%d2];
        st.shared.u32 [%r3], %r4;
        add.u32 %r0, %r0, 32;
        bra.uni NEXT;
      DONE:
        fence.proxy.async.shared::cta;
        bar.sync 0;
        setp.ne.u32 %p0, %r5, 0;
        @%p0 bra END;
        mov.b64 %d0, map;
        cvta.param.u64 %d0, %d0;
        COPY [%d0, {CORNER}], [s];
        cp.async.bulk.commit_group;
        cp.async.bulk.wait_group 0;
      END:
        ret;
      }
      """;

  private static String text(String kernel, TensorBox box) {
    return kernel
        .replace("BYTES", "" + box.bytes())
        .replace("WORDS", "" + box.bytes() / 4)
        .replace("RANK", "" + box.rank())
        .replace("CORNER", box.coordinates());
  }

  private static Kernels.Config config(int seed) {
    CompletionPolicy policy = CompletionPolicy.values()[Math.floorMod(seed, 3)];
    return Kernels.Config.of(1, 32)
        .target("sm_90a")
        .options(EmulatorOptions.DEFAULT.withSeed(seed).withCompletion(policy));
  }

  private static byte[] bytes(Random random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  @Property
  void aLoadBringsTheBox(@ForAll int seed) {
    Random random = new Random(seed);
    TensorBox box = TensorBox.random(random);
    byte[] memory = bytes(random, box.memoryBytes());
    Kernels.Result result =
        Kernels.run(
            text(LOAD, box),
            "k",
            config(seed),
            memory,
            new Kernels.Fresh(box.bytes()),
            new Kernels.Map(0, box::map));
    assertEquals(List.of(), result.report().findings());
    byte[] expected = new byte[box.bytes()];
    long inside = 0;
    for (int e = 0; e < box.elements(); e++) {
      int from = box.inMemory(e);
      for (int b = 0; b < box.elementBytes(); b++) {
        byte outside =
            box.fill() == Fill.ZEROS ? 0 : (byte) (b == box.elementBytes() - 1 ? 0x7f : 0xff);
        expected[box.inShared(e) + b] = from < 0 ? outside : memory[from + b];
        inside += from < 0 ? 0 : 1;
      }
    }
    assertArrayEquals(expected, result.buffers().get(1), box::toString);
    assertEquals(inside, result.counter("bytes.bulk.load"));
    assertEquals(0, result.counter("conflicts.shared"));
  }

  @Property
  void aStoreWritesWhatIsInside(@ForAll int seed) {
    Random random = new Random(seed);
    TensorBox box = TensorBox.random(random);
    byte[] shared = bytes(random, box.bytes());
    byte[] memory = bytes(random, box.memoryBytes());
    String copy = "cp.async.bulk.tensor." + box.rank() + "d.global.shared::cta.tile.bulk_group";
    Kernels.Result result =
        Kernels.run(
            text(STORE, box).replace("COPY", copy),
            "k",
            config(seed),
            shared,
            memory,
            new Kernels.Map(1, box::map));
    assertEquals(List.of(), result.report().findings());
    byte[] expected = memory.clone();
    for (int e = 0; e < box.elements(); e++) {
      int to = box.inMemory(e);
      if (to >= 0) {
        System.arraycopy(shared, box.inShared(e), expected, to, box.elementBytes());
      }
    }
    assertArrayEquals(expected, result.buffers().get(1), box::toString);
  }

  @Property(tries = 60)
  void aReductionAddsToWhatIsInside(@ForAll int seed) {
    Random random = new Random(seed);
    TensorBox any = TensorBox.random(random);
    while (any.type() != ElementType.INT32) {
      any = TensorBox.random(random);
    }
    TensorBox box = any;
    byte[] shared = bytes(random, box.bytes());
    byte[] memory = bytes(random, box.memoryBytes());
    String copy =
        "cp.reduce.async.bulk.tensor." + box.rank() + "d.global.shared::cta.add.tile.bulk_group";
    Kernels.Result result =
        Kernels.run(
            text(STORE, box).replace("COPY", copy),
            "k",
            config(seed),
            shared,
            memory,
            new Kernels.Map(1, box::map));
    assertEquals(List.of(), result.report().findings());
    var expected = java.nio.ByteBuffer.wrap(memory).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    var values = java.nio.ByteBuffer.wrap(shared).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    for (int e = 0; e < box.elements(); e++) {
      int to = box.inMemory(e);
      if (to >= 0) {
        expected.putInt(to, expected.getInt(to) + values.getInt(box.inShared(e)));
      }
    }
    assertArrayEquals(expected.array(), result.buffers().get(1), box::toString);
  }

  @Property(tries = 5)
  void theKernelsAssemble(@ForAll int seed) {
    TensorBox box = TensorBox.random(new Random(seed));
    Ptxas.accepts(text(LOAD, box));
    for (String reduction : List.of("add", "min", "max", "inc", "dec", "and", "or", "xor")) {
      Ptxas.accepts(
          text(STORE, box)
              .replace(
                  "COPY",
                  "cp.reduce.async.bulk.tensor."
                      + box.rank()
                      + "d.global.shared::cta."
                      + reduction
                      + ".tile.bulk_group"));
    }
  }
}
