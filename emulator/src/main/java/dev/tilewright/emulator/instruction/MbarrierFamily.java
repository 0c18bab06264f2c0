package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.AddressSpace;
import dev.tilewright.emulator.machine.Mbarriers;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;

/** {@code mbarrier} at the level of sm_80, with {@code try_wait}; no transaction counts yet. */
final class MbarrierFamily {
  private MbarrierFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("mbarrier", MbarrierFamily::mbarrier);
  }

  private static Decoded mbarrier(Decoding d) {
    String what =
        d.need("init", "inval", "arrive", "arrive_drop", "test_wait", "try_wait", "pending_count");
    d.takeAny("acquire", "release", "relaxed");
    d.takeAny("cta", "cluster");
    boolean parity = d.take("parity");
    boolean noComplete = d.take("noComplete");
    String name = d.takeAny("shared", "shared::cta");
    AddressSpace space = name == null ? AddressSpace.GENERIC : AddressSpace.SHARED;
    d.type();
    return switch (what) {
      case "init" -> init(d, space);
      case "inval" -> invalidate(d, space);
      case "arrive" -> arrive(d, space, false, noComplete);
      case "arrive_drop" -> arrive(d, space, true, noComplete);
      case "pending_count" -> pendingCount(d);
      default -> waiting(d, space, parity);
    };
  }

  private static Decoded init(Decoding d, AddressSpace space) {
    AddressOperand address = d.address(0, space);
    int count = d.word(1, PtxType.U32);
    return Decoded.of(
        Counter.BARRIER,
        (warp, mask) -> {
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            warp.mbarriers()
                .init(
                    warp, lane, address.space(), address.at(warp, lane), warp.words[count + lane]);
          }
        });
  }

  private static Decoded invalidate(Decoding d, AddressSpace space) {
    AddressOperand address = d.address(0, space);
    return Decoded.of(
        Counter.BARRIER,
        (warp, mask) -> {
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            warp.mbarriers().invalidate(warp, lane, address.space(), address.at(warp, lane));
          }
        });
  }

  private static Decoded arrive(Decoding d, AddressSpace space, boolean drop, boolean needsCount) {
    d.needOperands(needsCount ? new int[] {3} : new int[] {2, 3});
    int out = d.wideOut(0);
    AddressOperand address = d.address(1, space);
    int count = d.count() == 3 ? d.word(2, PtxType.U32) : d.registers().constant(1);
    return Decoded.of(
        Counter.BARRIER,
        (warp, mask) -> {
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            long state =
                warp.mbarriers()
                    .arrive(
                        warp,
                        lane,
                        address.space(),
                        address.at(warp, lane),
                        warp.words[count + lane],
                        drop);
            if (out >= 0) {
              warp.longs[out + lane] = state;
            }
          }
        });
  }

  private static Decoded pendingCount(Decoding d) {
    return Decoded.of(
        Counter.BARRIER,
        Lanes.longToWord(d.wordOut(0), d.wide(1, PtxType.B64), s -> (int) s & 0xfffff));
  }

  private static Decoded waiting(Decoding d, AddressSpace space, boolean parity) {
    d.needOperands(3, 4);
    int p = d.predicateOut(0);
    AddressOperand address = d.address(1, space);
    int token = parity ? d.word(2, PtxType.U32) : d.wide(2, PtxType.B64);
    if (d.count() == 4) {
      // How long try_wait may sleep is the machine's business.
      d.word(3, PtxType.U32);
    }
    Action.Poll poll =
        (warp, mask) -> {
          int complete = 0;
          Mbarriers barriers = warp.mbarriers();
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            long at = address.at(warp, lane);
            boolean done =
                parity
                    ? barriers.testParity(warp, lane, address.space(), at, warp.words[token + lane])
                    : barriers.testWait(warp, lane, address.space(), at, warp.longs[token + lane]);
            complete |= done ? 1 << lane : 0;
          }
          warp.predicates[p] = warp.predicates[p] & ~mask | complete;
          return complete == mask;
        };
    return new Decoded(Counter.BARRIER, poll);
  }
}
