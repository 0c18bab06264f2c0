package dev.tilewright.ptx;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.UnaryKind;
import java.util.Optional;

/** Arithmetic on two {@code f16} or {@code bf16} in one register, where the target has it. */
final class PackedHalves {
  private final Code code;
  private final boolean bf16Arithmetic;

  PackedHalves(Code code, boolean bf16Arithmetic) {
    this.code = code;
    this.bf16Arithmetic = bf16Arithmetic;
  }

  private Optional<String> emit(String opcode, DType type, String... sources) {
    return Optional.of(code.compute(RegisterKind.B32, opcode + "." + type.name() + "x2", sources));
  }

  /** The register with the result, if there is a packed instruction. */
  Optional<String> unary(UnaryKind kind, DType type, String x) {
    return switch (kind) {
      case NEG -> emit("neg", type, x);
      case ABS -> emit("abs", type, x);
      case NOT, EXP2, EXP, LOG2, LOG, SQRT, RSQRT, RECIP, SIN, COS, TANH, FLOOR, CEIL, ROUND ->
          Optional.empty();
    };
  }

  /** The register with the result, if there is a packed instruction. */
  Optional<String> binary(BinaryKind kind, DType type, String x, String y) {
    boolean throughFma = type.equals(DType.BF16) && !bf16Arithmetic;
    return switch (kind) {
      case ADD -> throughFma ? fma(type, x, constant("0x3F803F80"), y) : emit("add.rn", type, x, y);
      case SUB -> throughFma ? fma(type, y, constant("0xBF80BF80"), x) : emit("sub.rn", type, x, y);
      case MUL -> throughFma ? fma(type, x, y, constant("0x80008000")) : emit("mul.rn", type, x, y);
      case MIN -> emit("min", type, x, y);
      case MAX -> emit("max", type, x, y);
      case DIV, REM, AND, OR, XOR, SHL, SHR -> Optional.empty();
    };
  }

  Optional<String> fma(DType type, String x, String y, String z) {
    return emit("fma.rn", type, x, y, z);
  }

  private String constant(String bits) {
    return code.compute(RegisterKind.B32, "mov.b32", bits);
  }
}
