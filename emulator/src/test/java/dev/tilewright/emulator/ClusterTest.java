package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.runtime.DeviceException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Blocks of a cluster that reach each other's shared memory. */
class ClusterTest {
  private static final String HEAD =
      """
      .version 8.0
      .target sm_90
      .address_size 64
      .visible .entry k(.param .u64 out)
      .reqnctapercluster CLUSTER
      {
        .reg .pred %p<4>;
        .reg .b32 %r<24>;
        .reg .b64 %d<8>;
        .shared .align 8 .b8 bar[8];
        .shared .align 16 .b8 s[1024];
        mov.u32 %r0, %tid.x;
        ld.param.u64 %d0, [out];
        mov.u32 %r1, %cluster_ctarank;
        mov.u32 %r2, %cluster_nctarank;
        add.u32 %r3, %r1, 1;
        rem.u32 %r3, %r3, %r2;
        mov.u32 %r4, s;
        shl.b32 %r5, %r0, 2;
        add.u32 %r4, %r4, %r5;
        mov.u32 %r6, %ctaid.x;
        mad.lo.u32 %r7, %r6, 32, %r0;
        mul.wide.u32 %d1, %r7, 4;
        add.u64 %d1, %d1, %d0;
      """;

  private static final String SYNC =
      "  barrier.cluster.arrive.aligned;\n  barrier.cluster.wait.aligned;\n";

  private static String text(String body, int cluster) {
    return HEAD.replace("CLUSTER", cluster + ", 1, 1") + body + "  ret;\n}\n";
  }

  private static Kernels.Result run(String body, int cluster, int blocks) {
    return Kernels.run(
        text(body, cluster),
        "k",
        Kernels.Config.of(blocks, 32).target("sm_90"),
        new Kernels.Fresh(4096));
  }

  /** Each block writes its own words and reads the next block's. */
  private static final String EXCHANGE =
      """
        mad.lo.u32 %r8, %r6, 100, %r0;
        st.shared.u32 [%r4], %r8;
      """
          + SYNC
          + """
            mapa.shared::cluster.u32 %r9, %r4, %r3;
            ld.shared::cluster.u32 %r10, [%r9];
            st.global.u32 [%d1], %r10;
          """
          + SYNC;

  @ParameterizedTest
  @CsvSource({"1, 4", "2, 6", "4, 8", "8, 8", "16, 16"})
  void neighboursExchangeWords(int cluster, int blocks) {
    Ptxas.accepts(text(EXCHANGE, cluster));
    Kernels.Result result = run(EXCHANGE, cluster, blocks);
    assertEquals(List.of(), result.report().findings());
    for (int b = 0; b < blocks; b++) {
      int next = b / cluster * cluster + (b + 1) % cluster;
      for (int t = 0; t < 32; t++) {
        assertEquals(next * 100 + t, result.ints(0)[b * 32 + t]);
      }
    }
  }

  @Test
  void blocksOfAClusterMayExchangeThroughGenericAddressesAndAtomics() {
    String body =
        "  st.shared.u32 [%r4], 7;\n"
            + SYNC
            + """
              cvt.u64.u32 %d2, %r4;
              cvta.shared.u64 %d2, %d2;
              mapa.u64 %d3, %d2, %r3;
              atom.add.u32 %r10, [%d3], 5;
              getctarank.u64 %r11, %d3;
              setp.ne.u32 %p0, %r11, %r3;
              @%p0 trap;
              isspacep.shared::cluster %p1, %d3;
              @!%p1 trap;
              isspacep.shared::cta %p1, %d3;
              @%p1 trap;
              isspacep.shared::cta %p1, %d2;
              @!%p1 trap;
            """
            + SYNC
            + "  ld.shared.u32 %r12, [%r4];\n  st.global.u32 [%d1], %r12;\n";
    Ptxas.accepts(text(body, 2));
    Kernels.Result result = run(body, 2, 2);
    assertEquals(List.of(), result.report().findings());
    assertEquals(12, result.ints(0)[0]);
    assertEquals(12, result.ints(0)[63]);
  }

  @Test
  void specialRegistersDescribeTheCluster() {
    StringBuilder body = new StringBuilder();
    List<String> names =
        List.of(
            "%clusterid.x",
            "%clusterid.y",
            "%clusterid.z",
            "%nclusterid.x",
            "%nclusterid.y",
            "%nclusterid.z",
            "%cluster_ctaid.x",
            "%cluster_ctaid.y",
            "%cluster_ctaid.z",
            "%cluster_nctaid.x",
            "%cluster_nctaid.y",
            "%cluster_nctaid.z",
            "%cluster_ctarank",
            "%cluster_nctarank",
            "%ctaid.x",
            "%ctaid.y",
            "%ctaid.z");
    body.append("  mov.u32 %r8, %ctaid.y;\n  mov.u32 %r9, %ctaid.z;\n");
    body.append("  mad.lo.u32 %r10, %r9, 6, %r8;\n  mad.lo.u32 %r10, %r10, 4, %r6;\n");
    body.append("  mul.wide.u32 %d2, %r10, 128;\n  add.u64 %d2, %d2, %d0;\n");
    body.append("  .reg .u32 %x;\n");
    for (int i = 0; i < names.size(); i++) {
      body.append("  mov.u32 %x, ").append(names.get(i)).append(";\n");
      body.append("  st.global.u32 [%d2+").append(4 * i).append("], %x;\n");
    }
    Kernels.Result result =
        Kernels.run(
            HEAD.replace("CLUSTER", "2, 3, 1") + body + "  ret;\n}\n",
            "k",
            Kernels.Config.of(1, 1).grid(4, 6, 2).target("sm_90"),
            new Kernels.Fresh(128 * 48));
    assertEquals(List.of(), result.report().findings());
    for (int z = 0; z < 2; z++) {
      for (int y = 0; y < 6; y++) {
        for (int x = 0; x < 4; x++) {
          int[] expected = {
            x / 2, y / 3, z, 2, 2, 2, x % 2, y % 3, 0, 2, 3, 1, x % 2 + 2 * (y % 3), 6, x, y, z
          };
          int at = ((z * 6 + y) * 4 + x) * 32;
          for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], result.ints(0)[at + i], names.get(i));
          }
        }
      }
    }
  }

  private static void finds(String code, String body) {
    List<String> codes = run(body, 2, 2).codes();
    assertTrue(codes.contains(code), () -> "expected " + code + " in " + codes);
  }

  @Test
  void exchangesNeedTheBarrier() {
    int second = EXCHANGE.lastIndexOf(SYNC);
    // The peer may end while its memory is read.
    finds("EMU-CLUSTER-LIFETIME", EXCHANGE.substring(0, second));
    // Before it starts there is nothing to read.
    finds("EMU-CLUSTER-LIFETIME", EXCHANGE.replace(SYNC, ""));
    finds("EMU-DATA-RACE", SYNC + EXCHANGE.replaceFirst(SYNC, "  bar.sync 0;\n"));
    finds("EMU-DATA-RACE", EXCHANGE.replaceFirst("arrive.aligned", "arrive.relaxed.aligned"));
    assertEquals(
        List.of(),
        run(
                EXCHANGE.replaceFirst(
                    "  barrier.cluster.arrive.aligned",
                    "  fence.acq_rel.cluster;\n  barrier.cluster.arrive.relaxed.aligned"),
                2,
                2)
            .codes());
  }

  @Test
  void theClusterBarrierIsUsedInPairs() {
    finds("EMU-CLUSTER-BARRIER", "  barrier.cluster.wait.aligned;\n");
    finds(
        "EMU-CLUSTER-BARRIER",
        "  barrier.cluster.arrive.aligned;\n  barrier.cluster.arrive.aligned;\n");
    String one = "  setp.eq.u32 %p0, %r1, 0;\n  @%p0 bra END;\n" + SYNC + "END:\n";
    assertEquals(List.of(), run(one, 2, 2).codes());
    String stuck =
        "  setp.eq.u32 %p0, %r1, 0;\n  @!%p0 bra OTHER;\n"
            + SYNC
            + "  bra.uni END;\nOTHER:\n  bar.sync 1, 64;\nEND:\n";
    var finding = run(stuck, 2, 2).report().findings().getLast();
    assertEquals("EMU-DEADLOCK", finding.code());
    assertTrue(
        finding.message().contains("the cluster's barrier (32 threads have arrived, 32 have not)"),
        finding.message());
  }

  @Test
  void addressesOfOtherBlocksAreForTheClusterWindow() {
    String mapped = "  st.shared.u32 [%r4], 1;\n" + SYNC + "  mapa.shared::cluster.u32 %r9, %r4, ";
    finds("EMU-OUT-OF-BOUNDS", mapped + "%r3;\n  ld.shared.u32 %r10, [%r9];\n");
    finds("EMU-OUT-OF-BOUNDS", mapped + "2;\n  ld.shared::cluster.u32 %r10, [%r9];\n");
    finds("EMU-OUT-OF-BOUNDS", mapped + "%r3;\n  ld.shared::cluster.u32 %r10, [%r9+2048];\n");
  }

  @Test
  void launchesMustBeMadeOfWholeClusters() {
    assertThrows(DeviceException.class, () -> run("", 2, 3));
    assertThrows(DeviceException.class, () -> run("", 32, 32));
    var config = Kernels.Config.of(2, 32).target("sm_80");
    String old = HEAD.replace("CLUSTER", "2").replace("sm_90", "sm_80").replace("%cluster_", "%n");
    assertThrows(DeviceException.class, () -> Kernels.run(old + "}", "k", config, 1L));
  }

  /** Rank 1 hands words to rank 0 through an mbarrier in rank 0's memory. */
  private static final String HANDOVER =
      """
        setp.eq.u32 %p0, %r0, 0;
        @%p0 mbarrier.init.shared::cta.b64 [bar], 32;
        @%p0 fence.mbarrier_init.release.cluster;
      """
          + SYNC
          + """
            setp.eq.u32 %p1, %r1, 0;
            @%p1 bra TAKE;
            mapa.shared::cluster.u32 %r9, %r4, 0;
            mov.u32 %r11, bar;
            mapa.shared::cluster.u32 %r10, %r11, 0;
            st.shared::cluster.u32 [%r9], %r0;
            mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%r10];
            bra.uni END;
          TAKE:
            mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 %p2, [bar], 0;
            @!%p2 bra TAKE;
            xor.b32 %r12, %r4, 4;
            ld.shared.u32 %r13, [%r12];
            st.global.u32 [%d1], %r13;
          END:
          """;

  @Test
  void mbarriersOrderBlocks() {
    Ptxas.accepts(text(HANDOVER, 2));
    Kernels.Result result = run(HANDOVER, 2, 2);
    assertEquals(List.of(), result.report().findings());
    for (int t = 0; t < 32; t++) {
      assertEquals(t ^ 1, result.ints(0)[t]);
    }
    finds("EMU-CLUSTER-LIFETIME", HANDOVER.replace(SYNC, "  bar.sync 0;\n"));
    finds("EMU-DATA-RACE", HANDOVER.replace("  @!%p2 bra TAKE;\n", ""));
  }

  /** A copy into another block's memory is watched there. */
  @Test
  void anotherBlocksCopiesAreSeen() {
    String copy =
        """
          cp.async.ca.shared.global [%r4], [%d1], 4;
          barrier.cluster.arrive.aligned;
          barrier.cluster.wait.aligned;
          mapa.shared::cluster.u32 %r9, %r4, %r3;
          ld.shared::cluster.u32 %r10, [%r9];
          barrier.cluster.arrive.aligned;
          barrier.cluster.wait.aligned;
          cp.async.wait_all;
        """;
    finds("EMU-ASYNC-READ-BEFORE-WAIT", "  st.global.u32 [%d1], 1;\n" + copy);
  }
}
