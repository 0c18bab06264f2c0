package dev.tilewright.hip;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.thread.ThreadType;
import java.util.ArrayList;
import java.util.List;

/**
 * How values of each type are written in HIP C++.
 *
 * <ul>
 *   <li>{@code i1}: {@code bool}.
 *   <li>Integers of 2 to 7 bits: a byte that holds their value, so that what may leave the range is
 *       wrapped; of 8 to 64 bits, C++'s own. Arithmetic of 32 and 64 bits is unsigned: it wraps.
 *   <li>{@code f16}, {@code bf16}, {@code f32}, {@code f64}: clang's own; {@code tf32} is a {@code
 *       float} whose low 13 bits mean nothing.
 *   <li>Floats of 8 bits and less: their bits in a byte.
 *   <li>Vectors: clang's extended vectors, under names such as {@code f16x4}.
 * </ul>
 */
final class HipTypes {
  private HipTypes() {}

  /** The names that vector types are written under. */
  static List<String> typedefs() {
    List<String> lines = new ArrayList<>();
    lines.add("typedef signed char i8;");
    lines.add("typedef unsigned char u8;");
    lines.add("typedef short i16;");
    lines.add("typedef unsigned short u16;");
    lines.add("typedef int i32;");
    lines.add("typedef unsigned u32;");
    lines.add("typedef long i64;");
    lines.add("typedef unsigned long u64;");
    lines.add("typedef _Float16 f16;");
    lines.add("typedef __bf16 bf16;");
    lines.add("typedef float f32;");
    lines.add("typedef double f64;");
    for (String element : List.of("i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64")) {
      vectors(element, Integer.parseInt(element.substring(1)), lines);
    }
    vectors("f16", 16, lines);
    vectors("bf16", 16, lines);
    vectors("f32", 32, lines);
    vectors("f64", 64, lines);
    return lines;
  }

  private static void vectors(String element, int bits, List<String> lines) {
    for (int lanes = 2; lanes * bits <= 128; lanes *= 2) {
      lines.add(
          "typedef %s __attribute__((ext_vector_type(%d))) %sx%d;"
              .formatted(element, lanes, element, lanes));
    }
  }

  /** The C++ type of a value. */
  static String name(ThreadType type, Location location) {
    String element = element(type.element());
    if (type.isScalar()) {
      return element;
    }
    if (type.element().bits() < 8 || Integer.bitCount(type.lanes()) != 1) {
      throw new CompileException(
          "TW-H001",
          location,
          "HIP code for memory of elements of type %s in groups of %d cannot be generated; view them as bytes"
              .formatted(type.element().name(), type.lanes()));
    }
    return element + "x" + type.lanes();
  }

  /** The C++ type of one element. */
  static String element(DType type) {
    return switch (type) {
      case IntType t -> t.bits() == 1 ? "bool" : (t.signed() ? "i" : "u") + Math.max(8, t.bits());
      case FloatType t -> t.bits() <= 8 ? "u8" : t.equals(DType.TF32) ? "f32" : t.name();
      case StoredType _ -> "u8";
    };
  }

  static boolean isPredicate(DType type) {
    return type instanceof IntType && type.bits() == 1;
  }

  /** Whether a scalar is an integer narrower than the byte that holds it. */
  static boolean isNarrow(DType type) {
    return type instanceof IntType && type.bits() > 1 && type.bits() < 8;
  }

  /** The type whose bits are those of the given one, for arithmetic that wraps. */
  static String unsigned(DType type) {
    return "u" + Math.max(32, type.bits());
  }

  static String literal(DType type, Literal literal) {
    return switch (literal) {
      case Literal.Int(long value) -> integer(type, value);
      case Literal.Float(double value) -> floating(type, value);
    };
  }

  private static String integer(DType type, long value) {
    if (type instanceof FloatType) {
      return floating(type, value);
    }
    if (isPredicate(type)) {
      return value == 0 ? "false" : "true";
    }
    boolean signed = type.signed();
    if (type.bits() == 64) {
      return "(%s)0x%XUL".formatted(element(type), value);
    }
    return signed
        ? "(%s)%s".formatted(element(type), value == Integer.MIN_VALUE ? "0x80000000" : value)
        : "(%s)%dU".formatted(element(type), value & 0xffff_ffffL);
  }

  private static String floating(DType type, double value) {
    FloatType floats = (FloatType) type;
    if (floats.bits() <= 8) {
      return "(u8)%d".formatted(type.encode(value));
    }
    if (type.equals(DType.F64)) {
      return "__builtin_bit_cast(f64, 0x%016XUL)".formatted(Double.doubleToRawLongBits(value));
    }
    if (type.equals(DType.F32) || type.equals(DType.TF32)) {
      return Double.isFinite(value) && value == (float) value
          ? Float.toHexString((float) value) + "f"
          : "__builtin_bit_cast(f32, 0x%08XU)".formatted(type.encode(value) & 0xffff_ffffL);
    }
    return "__builtin_bit_cast(%s, (u16)0x%04X)".formatted(element(type), type.encode(value));
  }
}
