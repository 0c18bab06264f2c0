package dev.tilewright.ptx;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.thread.ThreadType;
import java.util.ArrayList;
import java.util.List;

/** Takes vectors apart and puts them together: which bits of which register an element is. */
final class Vectors {
  private final Code code;

  Vectors(Code code) {
    this.code = code;
  }

  /** The elements as scalars. */
  List<String> unpack(ThreadType type, List<String> held) {
    return elements(type, held, 0, type.lanes());
  }

  /** Elements {@code first}, …, {@code first + count - 1} as scalars. */
  List<String> elements(ThreadType type, List<String> held, int first, int count) {
    if (!PtxTypes.isPacked(type)) {
      return held.subList(first, first + count);
    }
    DType element = type.element();
    int perRegister = Integer.SIZE / element.bits();
    List<String> scalars = new ArrayList<>();
    for (int i = first; i < first + count; ) {
      String register = held.get(i / perRegister);
      if (PtxTypes.isHalf(element)) {
        boolean both = i % 2 == 0 && i + 1 < first + count;
        String low = i % 2 == 0 ? code.fresh(RegisterKind.B16) : "_";
        String high = i % 2 == 1 || both ? code.fresh(RegisterKind.B16) : "_";
        code.emit("mov.b32", Code.vector(List.of(low, high)), register);
        if (i % 2 == 0) {
          scalars.add(low);
        }
        if (i % 2 == 1 || both) {
          scalars.add(high);
        }
        i += both ? 2 : 1;
      } else {
        scalars.add(field(element, register, i % perRegister));
        i++;
      }
    }
    return scalars;
  }

  private String field(DType element, String register, int index) {
    String sign = element instanceof IntType t && t.signed() ? "s" : "u";
    return code.compute(
        RegisterKind.B32,
        "bfe." + sign + "32",
        register,
        Integer.toString(index * element.bits()),
        Integer.toString(element.bits()));
  }

  /**
   * Consecutive elements as a vector; registers are shared where the part lies on their borders.
   */
  List<String> part(ThreadType type, List<String> held, int first, ThreadType result) {
    if (result.isScalar()) {
      return elements(type, held, first, 1);
    }
    int perRegister = PtxTypes.isPacked(type) ? Integer.SIZE / type.element().bits() : 1;
    if (first % perRegister == 0) {
      int from = first / perRegister;
      return held.subList(from, from + PtxTypes.registers(result));
    }
    return pack(result, elements(type, held, first, result.lanes()));
  }

  /** A vector of its elements. */
  List<String> pack(ThreadType type, List<String> scalars) {
    if (!PtxTypes.isPacked(type)) {
      return scalars;
    }
    int perRegister = Integer.SIZE / type.element().bits();
    List<String> packed = new ArrayList<>();
    for (int i = 0; i < scalars.size(); i += perRegister) {
      List<String> part = scalars.subList(i, Math.min(i + perRegister, scalars.size()));
      packed.add(
          PtxTypes.isHalf(type.element())
              ? code.compute(RegisterKind.B32, "mov.b32", Code.vector(filled(part, 2)))
              : bytes(type.element().bits(), filled(part, perRegister)));
    }
    return packed;
  }

  /** What a register holds beyond the last element does not matter: the first element again. */
  private static List<String> filled(List<String> part, int size) {
    List<String> filled = new ArrayList<>(part);
    while (filled.size() < size) {
      filled.add(part.getFirst());
    }
    return filled;
  }

  private String bytes(int bits, List<String> parts) {
    if (bits == 16) {
      return permute(parts.get(0), parts.get(1), "0x5410");
    }
    String low = permute(parts.get(0), parts.get(1), "0x0040");
    String high = permute(parts.get(2), parts.get(3), "0x0040");
    return permute(low, high, "0x5410");
  }

  /** Byte {@code i} of the result is the byte that digit {@code i} of the selector names. */
  private String permute(String low, String high, String selector) {
    return code.compute(RegisterKind.B32, "prmt.b32", low, high, selector);
  }

  /** The same bits under another type. */
  List<String> bitcast(ThreadType from, ThreadType to, List<String> held) {
    if (PtxTypes.kind(from) == PtxTypes.kind(to)
        && from.isScalar() == to.isScalar()
        && from.element().bits() == to.element().bits()) {
      return narrowScalar(to) && !from.equals(to) ? fromWords(to, held) : held;
    }
    return fromWords(to, words(from, held));
  }

  private static boolean narrowScalar(ThreadType type) {
    return type.isScalar()
        && PtxTypes.isNarrow(type.element())
        && !PtxTypes.isPredicate(type.element());
  }

  /** The bits as 32-bit words; of less than a word, the rest means nothing. */
  List<String> words(ThreadType type, List<String> held) {
    List<String> words = new ArrayList<>();
    for (String register : held) {
      switch (PtxTypes.kind(type)) {
        case PREDICATE -> words.add(code.compute(RegisterKind.B32, "selp.b32", "1", "0", register));
        case B16 -> words.add(code.compute(RegisterKind.B32, "cvt.u32.u16", register));
        case B32 -> words.add(register);
        case F32 -> words.add(code.compute(RegisterKind.B32, "mov.b32", register));
        case B64, F64 -> {
          String low = code.fresh(RegisterKind.B32);
          String high = code.fresh(RegisterKind.B32);
          code.emit("mov.b64", Code.vector(List.of(low, high)), register);
          words.add(low);
          words.add(high);
        }
      }
    }
    return words;
  }

  List<String> fromWords(ThreadType type, List<String> words) {
    List<String> held = new ArrayList<>();
    switch (PtxTypes.kind(type)) {
      case PREDICATE -> {
        String bit = code.compute(RegisterKind.B32, "and.b32", words.getFirst(), "1");
        held.add(code.compute(RegisterKind.PREDICATE, "setp.ne.b32", bit, "0"));
      }
      case B16 -> held.add(code.compute(RegisterKind.B16, "cvt.u16.u32", words.getFirst()));
      case B32 -> {
        if (narrowScalar(type)) {
          held.add(field(type.element(), words.getFirst(), 0));
        } else {
          held.addAll(words);
        }
      }
      case F32 -> words.forEach(word -> held.add(code.compute(RegisterKind.F32, "mov.b32", word)));
      case B64, F64 -> {
        for (int i = 0; i < words.size(); i += 2) {
          String pair = Code.vector(words.subList(i, i + 2));
          held.add(code.compute(PtxTypes.kind(type), "mov.b64", pair));
        }
      }
    }
    return held;
  }
}
