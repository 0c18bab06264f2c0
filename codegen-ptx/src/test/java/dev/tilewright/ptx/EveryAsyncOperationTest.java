package dev.tilewright.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each operation of warp-specialised code: its instruction, and that {@code ptxas} takes it. */
class EveryAsyncOperationTest {
  private final ThreadValue map = new ThreadValue(0, ThreadType.I64);
  private final ThreadValue number = new ThreadValue(1, ThreadType.I32);
  private final ThreadBuilder out = new ThreadBuilder(2);

  private String text(int threads, int cluster) {
    ThreadFunction function =
        new ThreadFunction(
            "every",
            "sm_90a",
            List.of(
                new ThreadParameter.TensorMap("x", List.of(0), List.of(64), 0, map),
                new ThreadParameter.Dimension("n", number)),
            threads,
            4096,
            cluster,
            out.block(List.of()));
    String text = new PtxBackend().generate(function, NvidiaTargets.SM_90A).text();
    Ptxas.find()
        .ifPresent(
            ptxas ->
                assertEquals(List.of(), ptxas.assemble(text, "sm_90a").warnings(), () -> text));
    return text;
  }

  /** The instructions between those that every kernel has, registers without their numbers. */
  private static List<String> instructions(String text) {
    Matcher body = Pattern.compile("(?s)shared_window;\\n(.*?)\\tret;").matcher(text);
    return body.find()
        ? body.group(1)
            .lines()
            .map(line -> line.strip().replaceAll("(%[a-z]+)[0-9]+", "$1"))
            .toList()
        : List.of();
  }

  private ThreadBlock region(Runnable body) {
    return out.region(
        List.of(),
        _ -> {
          body.run();
          return List.of();
        });
  }

  private void arrive() {
    out.add(new AsyncThreadOp.MbarrierArrive(number, 8, out.location()));
  }

  @Test
  void barriersInMemory() {
    ThreadValue zero = out.i32(0);
    out.add(new AsyncThreadOp.MbarrierInit(zero, 8, 3, out.location()));
    out.add(new AsyncThreadOp.FenceMbarrierInit(out.location()));
    out.add(new AsyncThreadOp.MbarrierExpect(zero, 8, 4096, out.location()));
    out.add(new AsyncThreadOp.MbarrierArrive(zero, 8, out.location()));
    out.add(new AsyncThreadOp.MbarrierWait(zero, 8, out.i32(1), out.location()));
    out.add(new AsyncThreadOp.MbarrierWait(zero, 8, number, out.location()));
    assertEquals(
        List.of(
            "mbarrier.init.shared::cta.b64 [%r+8], 3;",
            "fence.mbarrier_init.release.cluster;",
            "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r+8], 4096;",
            "mbarrier.arrive.shared::cta.b64 _, [%r+8];",
            "$L0:",
            "mbarrier.try_wait.parity.shared::cta.b64 %p, [%r+8], 1;",
            "@!%p bra $L0;",
            "$L1:",
            "mbarrier.try_wait.parity.shared::cta.b64 %p, [%r+8], %r;",
            "@!%p bra $L1;"),
        instructions(text(32, 1)));
  }

  @Test
  void bulkCopies() {
    ThreadValue zero = out.i32(0);
    for (int rank = 1; rank <= 5; rank++) {
      List<ThreadValue> at = Collections.nCopies(rank, number);
      out.add(
          new AsyncThreadOp.BulkLoad(
              map, zero, 1024, at, zero, 8, Optional.empty(), out.location()));
      out.add(new AsyncThreadOp.BulkStore(map, zero, 1024, at, out.location()));
    }
    out.add(new AsyncThreadOp.BulkCommit(out.location()));
    out.add(new AsyncThreadOp.BulkWait(1, true, out.location()));
    out.add(new AsyncThreadOp.BulkWait(0, false, out.location()));
    out.add(new AsyncThreadOp.PrefetchTensorMap(map, out.location()));
    List<String> all = instructions(text(32, 1));
    assertEquals(
        List.of(
            "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
                + " [%r+1024], [%rd, {%r, %r}], [%r+8];",
            "cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group"
                + " [%rd, {%r, %r}], [%r+1024];"),
        all.subList(2, 4));
    assertEquals(
        List.of(
            "cp.async.bulk.commit_group;",
            "cp.async.bulk.wait_group.read 1;",
            "cp.async.bulk.wait_group 0;",
            "prefetch.tensormap [%rd];"),
        all.subList(10, 14));
  }

  @Test
  void clusters() {
    ThreadValue zero = out.i32(0);
    ThreadValue rank = out.special(SpecialRegister.CLUSTER_RANK);
    out.add(new AsyncThreadOp.ClusterArrive(true, out.location()));
    out.add(new AsyncThreadOp.ClusterWait(out.location()));
    out.add(new AsyncThreadOp.MbarrierArrive(zero, 8, Optional.of(rank), out.location()));
    out.add(
        new AsyncThreadOp.BulkLoad(
            map, zero, 0, List.of(number), zero, 8, Optional.of(out.i32(3)), out.location()));
    out.add(new AsyncThreadOp.ClusterArrive(false, out.location()));
    out.add(new AsyncThreadOp.ClusterWait(out.location()));
    String text = text(32, 2);
    assertEquals(
        List.of(
            "mov.u32 %r, %cluster_ctarank;",
            "barrier.cluster.arrive.relaxed.aligned;",
            "barrier.cluster.wait.aligned;",
            "mapa.shared::cluster.u32 %r, %r, %r;",
            "mbarrier.arrive.shared::cluster.b64 _, [%r+8];",
            "mov.b32 %r, 3;",
            "cvt.u16.u32 %h, %r;",
            "cp.async.bulk.tensor.1d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
                + ".multicast::cluster [%r], [%rd, {%r}], [%r+8], %h;",
            "barrier.cluster.arrive.aligned;",
            "barrier.cluster.wait.aligned;"),
        instructions(text));
    assertEquals(1, text.split("\\.reqnctapercluster 2, 1, 1", -1).length - 1);
  }

  @Test
  void rolesAndWhoRunsWhat() {
    List<ThreadBlock> bodies =
        List.of(
            region(
                () -> {
                  out.add(new AsyncThreadOp.SetMaxRegisters(40, false, out.location()));
                  out.add(new AsyncThreadOp.Single(region(this::arrive), out.location()));
                }),
            region(
                () -> {
                  out.add(new AsyncThreadOp.SetMaxRegisters(232, true, out.location()));
                  out.add(new AsyncThreadOp.WarpLeader(region(this::arrive), out.location()));
                  out.add(
                      new ThreadOp.Barrier(OptionalInt.of(3), OptionalInt.of(128), out.location()));
                }));
    out.add(new AsyncThreadOp.Roles(List.of(4, 4), bodies, out.location()));
    assertEquals(
        List.of(
            "bar.sync 0;",
            "setp.ge.s32 %p, %r, 4;",
            "@%p bra.uni $L1;",
            "setmaxnreg.dec.sync.aligned.u32 40;",
            "setp.ne.s32 %p, %r, 0;",
            "@%p bra.uni $L2;",
            "elect.sync _|%p, 0xFFFFFFFF;",
            "@!%p bra $L2;",
            "add.s32 %r, %r, %r;",
            "mbarrier.arrive.shared::cta.b64 _, [%r+8];",
            "$L2:",
            "bar.warp.sync 0xFFFFFFFF;",
            "bra.uni $L0;",
            "$L1:",
            "setmaxnreg.inc.sync.aligned.u32 232;",
            "bar.warp.sync 0xFFFFFFFF;",
            "elect.sync _|%p, 0xFFFFFFFF;",
            "@!%p bra $L3;",
            "add.s32 %r, %r, %r;",
            "mbarrier.arrive.shared::cta.b64 _, [%r+8];",
            "$L3:",
            "bar.warp.sync 0xFFFFFFFF;",
            "bar.sync 3, 128;",
            "$L0:"),
        instructions(text(256, 1)));
  }

  @Test
  void matricesAreStored() {
    ThreadValue zero = out.i32(0);
    ThreadValue pair = out.constant(ThreadType.vector(DType.F16, 2), Literal.of(1.0));
    for (int count : new int[] {1, 2, 4}) {
      for (boolean transposed : new boolean[] {false, true}) {
        out.add(
            new ThreadOp.StoreMatrix(
                Collections.nCopies(count, pair), transposed, zero, 32, out.location()));
      }
    }
    out.add(new AsyncThreadOp.FenceProxyAsync(out.location()));
    List<String> all = instructions(text(32, 1));
    assertEquals(
        List.of(
            "stmatrix.sync.aligned.m8n8.x1.shared.b16 [%r+32], {%r};",
            "stmatrix.sync.aligned.m8n8.x1.trans.shared.b16 [%r+32], {%r};"),
        all.subList(1, 3));
    assertEquals("fence.proxy.async.shared::cta;", all.getLast());
  }

  /** Descriptors at fixed distances share all but an addition. */
  @Test
  void descriptorsShareTheirAddress() {
    List<ThreadValue> descriptors =
        IntStream.range(0, 4)
            .mapToObj(
                i ->
                    out.add(
                            new ThreadOp.MatrixDescriptor(
                                out.fresh(ThreadType.I64),
                                number,
                                32 * i,
                                1L << 62 | 64L << 32 | 1L << 16,
                                out.location()))
                        .result())
            .toList();
    out.add(new AsyncThreadOp.GroupMmaFence(out.location()));
    List<ThreadValue> sum = List.of();
    for (ThreadValue a : descriptors) {
      List<ThreadValue> results =
          IntStream.range(0, 4).mapToObj(_ -> out.fresh(ThreadType.F32)).toList();
      out.add(
          new AsyncThreadOp.GroupMma(
              "wgmma.m64n8k8.f32.tf32.tf32",
              results,
              List.of(a),
              descriptors.getFirst(),
              sum,
              Optional.empty(),
              false,
              false,
              out.location()));
      sum = results;
    }
    out.add(new AsyncThreadOp.GroupMmaCommit(out.location()));
    AsyncThreadOp.GroupMmaWait.of(sum, 0, out);
    List<String> all = instructions(text(128, 1));
    assertEquals(1, all.stream().filter(line -> line.startsWith("and.b32")).count());
    assertEquals(1, all.stream().filter(line -> line.startsWith("shr.s32")).count());
    // One for the window, three for the distances.
    assertEquals(4, all.stream().filter(line -> line.startsWith("add.s32")).count());
  }

  @Test
  void whatNeedsWarpGroupsIsRefusedElsewhere() {
    ThreadBlock one =
        region(() -> out.add(new AsyncThreadOp.SetMaxRegisters(40, false, out.location())));
    out.add(new AsyncThreadOp.Roles(List.of(1, 3), List.of(one, region(() -> {})), out.location()));
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> text(128, 1));
    assertEquals(
        "set_max_registers decrease 40 is for warp groups of 4, not for 1 warps from warp 0 on",
        e.getMessage());
  }

  @Test
  void rolesAreThoseOfTheBlock() {
    List<ThreadBlock> bodies = List.of(region(() -> {}), region(() -> {}));
    out.add(new AsyncThreadOp.Roles(List.of(1, 4), bodies, out.location()));
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> text(128, 1));
    assertEquals("roles of 5 warps in a block of 4", e.getMessage());
  }
}
