package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.Action.BlockBarrier.Reduction;
import dev.tilewright.emulator.machine.AddressSpace;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;

/** Barriers of the block and the warp, and fences. */
final class BarrierFamily {
  private BarrierFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("bar", BarrierFamily::bar);
    families.put("barrier", BarrierFamily::barrier);
    families.put("membar", BarrierFamily::membar);
    families.put("fence", BarrierFamily::fence);
    families.put("nanosleep", BarrierFamily::nanosleep);
  }

  /** {@code bar} is {@code barrier.aligned}, or the warp's barrier. */
  private static Decoded bar(Decoding d) {
    d.take("cta");
    if (d.take("warp")) {
      d.need("sync");
      int members = d.word(0, PtxType.B32);
      return new Decoded(Counter.BARRIER, new Action.Converge(members, true, (warp, mask) -> {}));
    }
    return blockBarrier(d, true);
  }

  private static Decoded barrier(Decoding d) {
    d.take("cta");
    if (d.take("cluster")) {
      return ClusterFamily.barrier(d);
    }
    return blockBarrier(d, d.take("aligned"));
  }

  private static Decoded blockBarrier(Decoding d, boolean aligned) {
    String what = d.need("sync", "arrive", "red");
    if (what.equals("red")) {
      return reduction(d, aligned);
    }
    boolean waits = what.equals("sync");
    d.needOperands(1, 2);
    int id = d.word(0, PtxType.U32);
    int count = d.count() == 2 ? d.word(1, PtxType.U32) : -1;
    if (!waits && count < 0) {
      throw d.invalid("arrive needs a thread count");
    }
    return new Decoded(
        Counter.BARRIER,
        new Action.BlockBarrier(id, count, waits, aligned, Reduction.NONE, -1, false, -1));
  }

  private static Decoded reduction(Decoding d, boolean aligned) {
    Reduction kind =
        switch (d.need("popc", "and", "or")) {
          case "popc" -> Reduction.POPC;
          case "and" -> Reduction.AND;
          default -> Reduction.OR;
        };
    d.type();
    d.needOperands(3, 4);
    int last = d.count() - 1;
    int out = kind == Reduction.POPC ? d.wordOut(0) : d.predicateOut(0);
    int id = d.word(1, PtxType.U32);
    int count = last == 3 ? d.word(2, PtxType.U32) : -1;
    return new Decoded(
        Counter.BARRIER,
        new Action.BlockBarrier(
            id, count, true, aligned, kind, d.predicate(last), d.inverted(last), out));
  }

  private static Decoded membar(Decoding d) {
    d.need("cta", "gl", "sys", "gpu", "cluster");
    return Decoded.of(Counter.BARRIER, (warp, mask) -> warp.fence());
  }

  private static Decoded fence(Decoding d) {
    if (d.take("proxy")) {
      return proxyFence(d);
    }
    d.takeAny("sc", "acq_rel", "acquire", "release");
    d.dropHints("sync_restrict");
    boolean init = d.take("mbarrier_init");
    d.need("cta", "cluster", "gpu", "sys");
    return Decoded.of(
        Counter.BARRIER,
        init ? (warp, mask) -> warp.initFence(mask) : (warp, mask) -> warp.fence());
  }

  private static Decoded proxyFence(Decoding d) {
    String kind = d.need("alias", "async", "async::generic", "tensormap::generic", "tensormap");
    boolean async = kind.equals("async");
    String way = d.takeAny("acquire", "release");
    d.takeAny("cta", "cluster", "gpu", "sys");
    d.dropHints("sync_restrict");
    String space = d.takeAny("global", "shared::cta", "shared::cluster");
    if (d.count() > 0) {
      // The tensor map whose modification is to be seen; its encoding cannot be modified here.
      d.address(0, AddressSpace.GENERIC);
      d.needOperands(2);
    }
    boolean fences = async || (kind.equals("async::generic") && "release".equals(way));
    boolean everywhere = async && space == null;
    boolean global = everywhere || "global".equals(space);
    boolean shared = everywhere || !global;
    return Decoded.of(
        Counter.BARRIER,
        (warp, mask) -> {
          if (fences) {
            warp.proxyFence(mask, shared, global);
          }
        });
  }

  /** Gives the other warps a turn. */
  private static Decoded nanosleep(Decoding d) {
    d.type();
    d.word(0, PtxType.U32);
    Action.Poll yield = (warp, mask) -> false;
    return new Decoded(Counter.OTHER, yield);
  }
}
