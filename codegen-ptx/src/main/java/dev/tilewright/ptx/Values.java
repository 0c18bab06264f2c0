package dev.tilewright.ptx;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which registers hold which value. Scalar numbers need none: they are written into operands. */
final class Values {
  private final Code code;
  private final Map<ThreadValue, List<String>> held = new HashMap<>();
  private final Map<ThreadValue, Literal> immediates = new HashMap<>();

  Values(Code code) {
    this.code = code;
  }

  /** New registers for a value. */
  List<String> define(ThreadValue value) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < PtxTypes.registers(value.type()); i++) {
      names.add(code.fresh(PtxTypes.kind(value.type())));
    }
    define(value, names);
    return names;
  }

  /** Says where a value is already. */
  void define(ThreadValue value, List<String> names) {
    held.put(value, names);
  }

  void defineConstant(ThreadValue value, Literal literal) {
    ThreadType type = value.type();
    DType element = type.element();
    if (type.isScalar() && PtxTypes.hasImmediates(element)) {
      immediates.put(value, literal);
      return;
    }
    String register = code.fresh(PtxTypes.kind(type));
    if (type.isScalar()) {
      long bits = PtxTypes.code(element, literal);
      if (PtxTypes.isPredicate(element)) {
        code.emit("mov.pred", register, Long.toString(bits));
      } else {
        code.emit("mov.b16", register, "0x%04X".formatted(bits));
      }
    } else if (PtxTypes.isPacked(type)) {
      code.emit("mov.b32", register, "0x%08X".formatted(splat(element, literal)));
    } else {
      move(PtxTypes.kind(type), register, PtxTypes.immediate(element, literal));
    }
    define(value, Collections.nCopies(PtxTypes.registers(type), register));
  }

  private static int splat(DType element, Literal literal) {
    int word = 0;
    for (int bit = 0; bit < Integer.SIZE; bit += element.bits()) {
      word |= (int) PtxTypes.code(element, literal) << bit;
    }
    return word;
  }

  /** The registers of a value; a number is moved into one first. */
  List<String> of(ThreadValue value) {
    List<String> names = held.get(value);
    if (names != null) {
      return names;
    }
    Literal literal = immediates.get(value);
    if (literal == null) {
      throw new IllegalArgumentException(value + " is used before it is defined");
    }
    RegisterKind kind = PtxTypes.kind(value.type());
    String register = code.fresh(kind);
    move(kind, register, PtxTypes.immediate(value.type().element(), literal));
    return List.of(register);
  }

  /** The one register of a value. */
  String register(ThreadValue value) {
    List<String> names = of(value);
    if (names.size() != 1) {
      throw new IllegalArgumentException(
          value + " of type " + value.type() + " is not one register");
    }
    return names.getFirst();
  }

  /** A scalar as an operand: its register, or the number itself. */
  String operand(ThreadValue value) {
    Literal literal = immediates.get(value);
    return literal == null ? register(value) : PtxTypes.immediate(value.type().element(), literal);
  }

  /** The operands to move a value from: as {@link #of}, but numbers stay numbers. */
  List<String> sources(ThreadValue value) {
    return immediates.containsKey(value) ? List.of(operand(value)) : of(value);
  }

  /** The number that a value is known to be. */
  Map<ThreadValue, Literal> immediates() {
    return Collections.unmodifiableMap(immediates);
  }

  void move(RegisterKind kind, String to, String from) {
    code.emit("mov." + kind.suffix(), to, from);
  }
}
