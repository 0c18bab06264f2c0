package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.Place;
import dev.tilewright.emulator.machine.RegisterPool;
import dev.tilewright.emulator.ptx.Operand;
import dev.tilewright.emulator.ptx.PtxType;
import dev.tilewright.emulator.sanitizer.FindingCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Branches, calls and ends (PTX ISA, "Control Flow Instructions"). */
final class ControlFamily {
  private ControlFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("bra", ControlFamily::branch);
    families.put("brx", ControlFamily::indexedBranch);
    families.put("call", ControlFamily::call);
    families.put("ret", ControlFamily::ret);
    families.put("exit", d -> new Decoded(Counter.CONTROL, new Action.Exit()));
    families.put("trap", ControlFamily::trap);
    families.put("brkpt", ControlFamily::trap);
    families.put("setmaxnreg", ControlFamily::setMaxRegisters);
    families.put("pmevent", d -> Decoded.of(Counter.OTHER, (warp, mask) -> {}));
  }

  private static int position(Decoding d, String label) {
    if (d.symbol(label) instanceof Symbol.Position p) {
      return p.pc();
    }
    throw d.invalid("'" + label + "' is not a label");
  }

  private static Decoded branch(Decoding d) {
    d.take("uni");
    if (!(d.operand(0) instanceof Operand.Name label)) {
      throw d.invalid("target is not a label");
    }
    return new Decoded(Counter.CONTROL, new Action.Branch(position(d, label.name())));
  }

  private static Decoded indexedBranch(Decoding d) {
    d.need("idx");
    d.take("uni");
    if (!(d.operand(1) instanceof Operand.Name list)
        || !(d.symbol(list.name()) instanceof Symbol.Targets targets)) {
      throw d.invalid("needs a .branchtargets list");
    }
    int[] positions = targets.labels().stream().mapToInt(l -> position(d, l)).toArray();
    return new Decoded(
        Counter.CONTROL, new Action.IndexedBranch(d.word(0, PtxType.U32), positions));
  }

  private static Decoded ret(Decoding d) {
    d.take("uni");
    return new Decoded(Counter.CONTROL, new Action.Return());
  }

  private static Decoded setMaxRegisters(Decoding d) {
    d.needTarget("sm_90a");
    boolean increase = d.need("inc", "dec").equals("inc");
    d.need("sync");
    d.need("aligned");
    d.need("u32");
    d.needOperands(1);
    if (!(d.operand(0) instanceof Operand.IntegerConstant c)
        || c.value() < 24
        || c.value() > 256
        || c.value() % 8 != 0) {
      throw d.invalid("the count is not a constant multiple of 8 from 24 to 256");
    }
    return new Decoded(Counter.OTHER, RegisterPool.set(increase, (int) c.value()));
  }

  private static Decoded trap(Decoding d) {
    return Decoded.of(
        Counter.CONTROL,
        (warp, mask) -> {
          throw warp.fault(FindingCode.TRAP, Integer.numberOfTrailingZeros(mask), "was executed");
        });
  }

  /** {@code call (results), function, (arguments)[, prototype]}. */
  private static Decoded call(Decoding d) {
    d.take("uni");
    int at = 0;
    List<Operand> results = List.of();
    if (d.operand(0) instanceof Operand.Arguments r) {
      results = r.elements();
      at = 1;
    }
    Operand target = d.operand(at);
    List<Operand> arguments = List.of();
    if (d.count() > at + 1 && d.operand(at + 1) instanceof Operand.Arguments a) {
      arguments = a.elements();
    }
    List<Place> to = new ArrayList<>();
    for (Operand result : results) {
      to.add(place(d, result, true));
    }
    List<Place> from = new ArrayList<>();
    for (Operand argument : arguments) {
      from.add(place(d, argument, false));
    }
    if (target instanceof Operand.Name n && d.symbol(n.name()) instanceof Symbol.Callable f) {
      return new Decoded(Counter.CONTROL, new Action.Call(f.number(), -1, from, to));
    }
    return new Decoded(Counter.CONTROL, new Action.Call(-1, d.wide(target, PtxType.B64), from, to));
  }

  private static Place place(Decoding d, Operand operand, boolean out) {
    Register register = d.register(operand);
    if (register != null) {
      if (!out) {
        d.reads(register);
      }
      return registerPlace(d, register);
    }
    if (operand instanceof Operand.Name n
        && d.symbol(n.name()) instanceof Symbol.Stored s
        && s.framed()) {
      return new Place.FrameBytes((int) s.address(), s.bytes());
    }
    if (!out && operand instanceof Operand.IntegerConstant c) {
      return new Place.WordRegister(d.registers().constant((int) c.value()) / 32, -1);
    }
    throw d.invalid("cannot pass " + operand);
  }

  private static Place registerPlace(Decoding d, Register register) {
    return switch (register.kind()) {
      case WORD -> new Place.WordRegister(register.slot(), register.id());
      case LONG -> new Place.LongRegister(register.slot(), register.id());
      case PREDICATE -> new Place.PredicateRegister(register.slot(), register.id());
      case QUAD -> throw d.unsupported("128-bit register parameters");
    };
  }
}
