package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.AddressSpace;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;

/** Clusters: their barrier, and addresses in other blocks' shared memory. */
final class ClusterFamily {
  private ClusterFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("mapa", ClusterFamily::mapa);
    families.put("getctarank", ClusterFamily::getctarank);
    families.put("griddepcontrol", ClusterFamily::griddepcontrol);
  }

  /** {@code barrier.cluster}, the modifier taken. */
  static Decoded barrier(Decoding d) {
    boolean aligned = d.take("aligned");
    d.needOperands(0);
    if (d.need("arrive", "wait").equals("wait")) {
      d.take("acquire");
      return new Decoded(Counter.BARRIER, new Action.ClusterWait(aligned));
    }
    boolean relaxed = "relaxed".equals(d.takeAny("release", "relaxed"));
    return new Decoded(Counter.BARRIER, new Action.ClusterArrive(relaxed, aligned));
  }

  /** The same place in the shared memory of the block of a rank. */
  private static Decoded mapa(Decoding d) {
    d.take("shared::cluster");
    PtxType type = d.type();
    int rank = d.word(2, PtxType.U32);
    if (type.bits() == 32) {
      return Decoded.of(
          Counter.MOVE,
          Lanes.words(
              d.wordOut(0),
              d.word(1, type),
              rank,
              (address, r) -> (int) AddressSpace.mapped(address & 0xffffffffL, r)));
    }
    return Decoded.of(
        Counter.MOVE,
        Lanes.longWordToLong(d.wideOut(0), d.wide(1, type), rank, AddressSpace::mapped));
  }

  /** The rank of the block that an address belongs to. */
  private static Decoded getctarank(Decoding d) {
    d.take("shared::cluster");
    PtxType type = d.type();
    int out = d.wordOut(0);
    boolean wide = type.bits() == 64;
    int address = wide ? d.wide(1, type) : d.word(1, type);
    return Decoded.of(
        Counter.MOVE,
        (warp, mask) -> {
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            long at = wide ? warp.longs[address + lane] : warp.words[address + lane];
            warp.words[out + lane] = AddressSpace.rank(at, warp.rank());
          }
        });
  }

  /** Grids run one after the other here, so what one must wait for has always happened. */
  private static Decoded griddepcontrol(Decoding d) {
    d.need("launch_dependents", "wait");
    d.needOperands(0);
    return Decoded.of(Counter.OTHER, (warp, mask) -> {});
  }
}
