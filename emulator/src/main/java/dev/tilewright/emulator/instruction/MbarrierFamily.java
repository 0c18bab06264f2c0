package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.AddressSpace;
import dev.tilewright.emulator.machine.Mbarriers;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;

/** {@code mbarrier}: phases of arrivals and of transactions, in bytes. */
final class MbarrierFamily {
  private MbarrierFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("mbarrier", MbarrierFamily::mbarrier);
  }

  private static Decoded mbarrier(Decoding d) {
    String what =
        d.need(
            "init",
            "inval",
            "arrive",
            "arrive_drop",
            "expect_tx",
            "complete_tx",
            "test_wait",
            "try_wait",
            "pending_count");
    boolean expects = d.take("expect_tx");
    d.takeAny("acquire", "release", "relaxed");
    d.takeAny("cta", "cluster");
    boolean parity = d.take("parity");
    boolean noComplete = d.take("noComplete");
    String name = d.takeAny("shared", "shared::cta", "shared::cluster");
    AddressSpace space = name == null ? AddressSpace.GENERIC : MoveFamily.space(name);
    d.type();
    boolean remote = space == AddressSpace.CLUSTER;
    if (remote && !what.startsWith("arrive") && !what.endsWith("_tx")) {
      throw d.invalid("a thread may not " + what + " on another block's mbarrier");
    }
    return switch (what) {
      case "init" -> init(d, space);
      case "inval" -> invalidate(d, space);
      case "arrive" -> arrive(d, space, false, noComplete, expects);
      case "arrive_drop" -> arrive(d, space, true, noComplete, expects);
      case "expect_tx" -> transactions(d, space, true);
      case "complete_tx" -> transactions(d, space, false);
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

  private static Decoded arrive(
      Decoding d, AddressSpace space, boolean drop, boolean noComplete, boolean expects) {
    d.needOperands(noComplete || expects ? new int[] {3} : new int[] {2, 3});
    boolean sink = Decoding.isSink(d.operand(0));
    if (space == AddressSpace.CLUSTER && !sink) {
      throw d.invalid("arriving at another block's mbarrier gives no state: write _");
    }
    int out = sink ? -1 : d.wideOut(0);
    AddressOperand address = d.address(1, space);
    int one = d.registers().constant(1);
    int third = d.count() == 3 ? d.word(2, PtxType.U32) : one;
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
                        expects ? 1 : warp.words[third + lane],
                        drop,
                        noComplete,
                        expects ? warp.words[third + lane] : 0);
            if (out >= 0) {
              warp.longs[out + lane] = state;
            }
          }
        });
  }

  private static Decoded transactions(Decoding d, AddressSpace space, boolean expect) {
    d.needOperands(2);
    AddressOperand address = d.address(0, space);
    int bytes = d.word(1, PtxType.U32);
    return Decoded.of(
        Counter.BARRIER,
        (warp, mask) -> {
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            long at = address.at(warp, lane);
            if (expect) {
              warp.mbarriers().expect(warp, lane, address.space(), at, warp.words[bytes + lane]);
            } else {
              warp.mbarriers().complete(warp, lane, address.space(), at, warp.words[bytes + lane]);
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
