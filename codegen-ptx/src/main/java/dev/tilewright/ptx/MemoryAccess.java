package dev.tilewright.ptx;

import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.List;
import java.util.Optional;

/** Loads, stores and asynchronous copies. */
final class MemoryAccess {
  private final Code code;
  private final Values values;

  MemoryAccess(Code code, Values values) {
    this.code = code;
    this.values = values;
  }

  /**
   * @param space {@code global} or {@code shared}
   */
  void load(
      String space, ThreadValue result, ThreadValue base, int offset, Optional<ThreadValue> when) {
    ThreadType type = result.type();
    String address = Code.address(values.register(base), offset);
    String opcode = "ld." + space + suffix(type, true);
    if (PtxTypes.isPredicate(type.element())) {
      String word = code.fresh(RegisterKind.B32);
      guardedLoad(opcode, RegisterKind.B32, List.of(word), address, when);
      List<String> predicate = values.define(result);
      code.emit("setp.ne.b32", predicate.getFirst(), word, "0");
    } else {
      guardedLoad(opcode, PtxTypes.kind(type), values.define(result), address, when);
    }
  }

  private void guardedLoad(
      String opcode,
      RegisterKind kind,
      List<String> to,
      String address,
      Optional<ThreadValue> when) {
    String target = operand(to);
    if (when.isEmpty()) {
      code.emit(opcode, target, address);
      return;
    }
    String zero = kind == RegisterKind.F32 ? "0f00000000" : "0";
    for (String register : to) {
      code.emit(
          "mov." + kind.suffix(), register, kind == RegisterKind.F64 ? "0d0000000000000000" : zero);
    }
    code.emitIf(values.register(when.get()), opcode, target, address);
  }

  void store(
      String space, ThreadValue base, int offset, ThreadValue value, Optional<ThreadValue> when) {
    ThreadType type = value.type();
    List<String> from = values.of(value);
    if (PtxTypes.isPredicate(type.element())) {
      from = List.of(code.compute(RegisterKind.B32, "selp.b32", "1", "0", from.getFirst()));
    }
    String opcode = "st." + space + suffix(type, false);
    String address = Code.address(values.register(base), offset);
    if (when.isPresent()) {
      code.emitIf(values.register(when.get()), opcode, address, operand(from));
    } else {
      code.emit(opcode, address, operand(from));
    }
  }

  private static String operand(List<String> registers) {
    return registers.size() == 1 ? registers.getFirst() : Code.vector(registers);
  }

  /** {@code .v4.b32} and its like. Narrow integers are extended when they are loaded. */
  private static String suffix(ThreadType type, boolean load) {
    int bytes = type.bytes();
    if (Integer.bitCount(bytes) != 1 || bytes * 8 < type.bits()) {
      throw new IllegalArgumentException("no access of the " + type.bits() + " bits of " + type);
    }
    if (bytes < 4) {
      boolean extend = load && type.isScalar() && PtxTypes.isInteger(type.element());
      String sign = extend ? (((IntType) type.element()).signed() ? "s" : "u") : "b";
      return "." + (type.element().bits() == 1 ? "u" : sign) + bytes * 8;
    }
    int registers = PtxTypes.registers(type);
    return (registers == 1 ? "" : ".v" + registers) + ".b" + bytes * 8 / registers;
  }

  void loadMatrix(ThreadOp.LoadMatrix op) {
    List<String> to = op.results().stream().map(r -> values.define(r).getFirst()).toList();
    code.emit(
        "ldmatrix.sync.aligned.m8n8.x"
            + to.size()
            + (op.transposed() ? ".trans" : "")
            + ".shared.b16",
        Code.vector(to),
        Code.address(values.register(op.address()), op.offset()));
  }

  void storeMatrix(ThreadOp.StoreMatrix op) {
    List<String> from = op.values().stream().map(values::register).toList();
    code.emit(
        "stmatrix.sync.aligned.m8n8.x"
            + from.size()
            + (op.transposed() ? ".trans" : "")
            + ".shared.b16",
        Code.address(values.register(op.address()), op.offset()),
        Code.vector(from));
  }

  // ---------------------------------------------------------------- flags

  void signal(AsyncThreadOp.Signal op) {
    String flag = Code.address(values.register(op.address()), op.offset());
    String[] operands = {flag, "1"};
    if (op.predicate().isPresent()) {
      code.emitIf(values.register(op.predicate().get()), "st.release.gpu.global.u32", operands);
    } else {
      code.emit("st.release.gpu.global.u32", operands);
    }
  }

  /** Lowering the flag needs no order of its own: the next launch begins after this one. */
  void await(AsyncThreadOp.Await op) {
    String flag = Code.address(values.register(op.address()), op.offset());
    String again = code.newLabel();
    String done = code.newLabel();
    op.predicate().ifPresent(p -> code.emitIf("!" + values.register(p), "bra", done));
    code.label(again);
    String raised = code.compute(RegisterKind.B32, "ld.acquire.gpu.global.u32", flag);
    String down = code.compute(RegisterKind.PREDICATE, "setp.eq.u32", raised, "0");
    code.emitIf(down, "bra", again);
    code.emit("st.relaxed.gpu.global.u32", flag, "0");
    code.label(done);
  }

  void fetchIncrement(AsyncThreadOp.FetchIncrement op) {
    String[] operands = {
      values.define(op.result()).getFirst(),
      Code.address(values.register(op.address()), op.offset()),
      values.operand(op.last())
    };
    if (op.predicate().isPresent()) {
      code.emitIf(
          values.register(op.predicate().get()), "atom.relaxed.gpu.global.inc.u32", operands);
    } else {
      code.emit("atom.relaxed.gpu.global.inc.u32", operands);
    }
  }

  // ---------------------------------------------------------------- asynchronous copies

  /** Copies of 16 bytes go past the L1 cache, smaller ones cannot. */
  void asyncCopy(ThreadOp.AsyncCopy op) {
    String opcode = "cp.async." + (op.bytes() == 16 ? "cg" : "ca") + ".shared.global";
    String to = Code.address(values.register(op.shared()), op.sharedOffset());
    String from = Code.address(values.register(op.global()), op.globalOffset());
    String bytes = Integer.toString(op.bytes());
    String[] operands =
        op.sourceBytes().isPresent()
            ? new String[] {to, from, bytes, values.operand(op.sourceBytes().get())}
            : new String[] {to, from, bytes};
    if (op.predicate().isPresent()) {
      code.emitIf(values.register(op.predicate().get()), opcode, operands);
    } else {
      code.emit(opcode, operands);
    }
  }
}
