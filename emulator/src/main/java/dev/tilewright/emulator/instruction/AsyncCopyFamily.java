package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.AddressSpace;
import dev.tilewright.emulator.machine.AsyncCopies;
import dev.tilewright.emulator.ptx.Operand;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;

/** {@code cp.async} of sm_80 (PTX ISA, "Asynchronous copy"). */
final class AsyncCopyFamily {
  private AsyncCopyFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("cp", AsyncCopyFamily::copy);
  }

  private static Decoded copy(Decoding d) {
    boolean reduces = d.take("reduce");
    d.need("async");
    if (d.take("bulk")) {
      return BulkFamily.bulk(d, reduces);
    }
    if (reduces) {
      throw d.unsupported("only bulk copies reduce");
    }
    if (d.take("mbarrier")) {
      return arrive(d);
    }
    if (d.take("commit_group")) {
      return Decoded.of(Counter.CP_ASYNC, (warp, mask) -> warp.copies().commit(mask));
    }
    if (d.take("wait_all")) {
      return Decoded.of(Counter.CP_ASYNC, (warp, mask) -> warp.copies().waitAll(mask));
    }
    if (d.take("wait_group")) {
      if (!(d.operand(0) instanceof Operand.IntegerConstant n)) {
        throw d.invalid("the number of groups is not a constant");
      }
      int pending = (int) n.value();
      return Decoded.of(Counter.CP_ASYNC, (warp, mask) -> warp.copies().waitGroup(mask, pending));
    }
    String cache = d.need("ca", "cg");
    AddressSpace to = MoveFamily.space(d.need("shared", "shared::cta"));
    d.need("global");
    boolean policy = d.take("L2::cache_hint");
    d.dropHints("L2::");
    int last = d.count() - (policy ? 1 : 0);
    if (!(d.operand(2) instanceof Operand.IntegerConstant size)) {
      throw d.invalid("the size is not a constant");
    }
    int bytes = (int) size.value();
    boolean valid = cache.equals("cg") ? bytes == 16 : bytes == 4 || bytes == 8 || bytes == 16;
    if (!valid) {
      throw d.invalid("cannot copy " + bytes + " bytes");
    }
    AddressOperand destination = d.address(0, to);
    AddressOperand source = d.address(1, AddressSpace.GLOBAL);
    if (!source.wide()) {
      throw d.invalid("the source address is not 64 bits wide");
    }
    int sourceBytes = -1;
    int ignore = -1;
    if (last > 3) {
      Operand operand = d.operand(3);
      Register register = d.register(operand);
      if (register != null && register.kind() == Register.Kind.PREDICATE) {
        ignore = d.predicate(3);
      } else {
        sourceBytes = d.word(3, PtxType.U32);
      }
    }
    return new Decoded(
        Counter.CP_ASYNC,
        new AsyncCopies.Issue(
            destination.space(),
            destination.base(),
            destination.wide(),
            (int) destination.offset(),
            source.base(),
            (int) source.offset(),
            bytes,
            sourceBytes,
            ignore));
  }

  /**
   * {@code cp.async.mbarrier.arrive}: an arrival that happens when the copies so far have landed.
   */
  private static Decoded arrive(Decoding d) {
    d.need("arrive");
    boolean increment = !d.take("noinc");
    String space = d.takeAny("shared", "shared::cta");
    d.need("b64");
    AddressOperand address =
        d.address(0, space == null ? AddressSpace.GENERIC : AddressSpace.SHARED);
    return Decoded.of(
        Counter.CP_ASYNC,
        (warp, mask) -> {
          long[] at = warp.addressScratch();
          address.fill(warp, mask, at);
          warp.mbarriers().arriveWhenCopied(warp, mask, address.space(), at, increment);
        });
  }
}
