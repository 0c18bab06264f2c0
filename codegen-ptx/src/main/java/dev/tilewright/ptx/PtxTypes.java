package dev.tilewright.ptx;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.thread.ThreadType;

/**
 * How values of each type are held in registers.
 *
 * <ul>
 *   <li>{@code i1}: a predicate.
 *   <li>Integers of 2 to 16 bits: a 32-bit register that holds their value, sign- or zero-extended,
 *       so that comparisons, divisions and widenings cost nothing; what may leave the range is
 *       wrapped. Those of less than 8 bits have no vectors and no place in memory.
 *   <li>{@code f16}, {@code bf16}: a 16-bit register.
 *   <li>{@code tf32}: a 32-bit register whose low 13 bits mean nothing.
 *   <li>Vectors: elements of 32 and 64 bits in a register each, narrower ones packed into 32-bit
 *       registers, element 0 lowest; bits beyond the last element mean nothing.
 *   <li>Floats of 8 bits: the low bits of a 32-bit register, of which the rest means nothing. They
 *       are moved, converted and multiplied by matrix instructions, and nothing else.
 * </ul>
 */
final class PtxTypes {
  private PtxTypes() {}

  /**
   * Fails for types that PTX code cannot be generated for.
   *
   * @throws CompileException {@code TW-P001}
   */
  static void check(DType type, Location location) {
    if (type instanceof StoredType || (type instanceof FloatType t && t.bits() < 16)) {
      throw unsupported(type, location);
    }
  }

  /**
   * Fails for integers that have no place in memory or in vectors.
   *
   * @throws CompileException {@code TW-P001}
   */
  static void checkStored(ThreadType type, Location location) {
    DType element = type.element();
    if (element instanceof IntType t && t.bits() < 8 && !(t.bits() == 1 && type.isScalar())) {
      throw unsupported(element, location);
    }
  }

  private static CompileException unsupported(DType type, Location location) {
    return new CompileException(
        "TW-P001",
        location,
        "PTX code for "
            + (type instanceof IntType ? "memory of elements" : "elements")
            + " of type "
            + type.name()
            + " cannot be generated; integers of 8, 16, 32 and 64 bits, f16, bf16, tf32, f32 and"
            + " f64 can be loaded and stored, integers of fewer bits computed. Convert the"
            + " elements, or view them as bytes");
  }

  /**
   * As {@link #check}, but for what is only moved.
   *
   * @throws CompileException {@code TW-P001}
   */
  static void checkMoved(DType type, Location location) {
    if (!isMovedByte(type)) {
      check(type, location);
    }
  }

  /** Whether elements are bytes without arithmetic. */
  private static boolean isMovedByte(DType type) {
    return !(type instanceof IntType) && type.bits() == 8;
  }

  static boolean isInteger(DType type) {
    return type instanceof IntType;
  }

  static boolean isPredicate(DType type) {
    return type instanceof IntType && type.bits() == 1;
  }

  /** Whether a scalar is an integer narrower than the register that holds it. */
  static boolean isNarrow(DType type) {
    return type instanceof IntType && type.bits() < 32;
  }

  /** Whether two elements share a register as one operand of the packed instructions. */
  static boolean isHalf(DType type) {
    return type.equals(DType.F16) || type.equals(DType.BF16);
  }

  /** The register class of a scalar. */
  static RegisterKind kind(DType type) {
    return switch (type) {
      case IntType t ->
          t.bits() == 1
              ? RegisterKind.PREDICATE
              : t.bits() <= 32 ? RegisterKind.B32 : RegisterKind.B64;
      case FloatType t -> {
        if (t.equals(DType.F64)) {
          yield RegisterKind.F64;
        }
        if (t.equals(DType.F32)) {
          yield RegisterKind.F32;
        }
        yield t.equals(DType.TF32) || isMovedByte(t) ? RegisterKind.B32 : RegisterKind.B16;
      }
      case StoredType _ -> RegisterKind.B32;
    };
  }

  /** Whether a vector's elements are packed into 32-bit registers. */
  static boolean isPacked(ThreadType type) {
    return !type.isScalar() && type.element().bits() < 32;
  }

  /** The registers that a value takes. */
  static int registers(ThreadType type) {
    return isPacked(type) ? Math.ceilDiv(type.bits(), 32) : type.lanes();
  }

  /** The class of a value's registers. */
  static RegisterKind kind(ThreadType type) {
    return isPacked(type) ? RegisterKind.B32 : kind(type.element());
  }

  /**
   * The type of an arithmetic instruction on a scalar: {@code s32} for {@code i8}, {@code f32} for
   * {@code tf32}.
   */
  static String arithmetic(DType type) {
    return switch (type) {
      case IntType t -> (t.signed() ? "s" : "u") + Math.max(t.bits(), 32);
      case FloatType t -> t.equals(DType.TF32) ? "f32" : t.name();
      case StoredType t -> throw t.noArithmetic();
    };
  }

  /** The bits of a literal. */
  static long code(DType type, Literal value) {
    return switch (type) {
      case IntType t ->
          switch (value) {
            case Literal.Int i -> t.encodeLong(i.value(), Overflow.NATURAL);
            case Literal.Float f -> t.encode(f.value());
          };
      case FloatType t ->
          switch (value) {
            case Literal.Int i -> t.encode(i.value());
            case Literal.Float f -> t.encode(f.value());
          };
      case StoredType t ->
          switch (value) {
            case Literal.Int i -> t.encode(i.value());
            case Literal.Float f -> t.encode(f.value());
          };
    };
  }

  /** Whether scalar literals of the type may stand in place of a register. */
  static boolean hasImmediates(DType type) {
    return !isPredicate(type) && !isHalf(type);
  }

  /** A scalar literal as an operand, for types that {@link #hasImmediates}. */
  static String immediate(DType type, Literal value) {
    long code = code(type, value);
    return switch (type) {
      case IntType t ->
          t.bits() == 64 && !t.signed()
              ? Long.toUnsignedString(code)
              : Long.toString(t.decodeLong(code));
      case FloatType t -> {
        if (isMovedByte(t)) {
          yield Long.toString(code);
        }
        yield t.bits() == 64 ? "0d%016X".formatted(code) : "0f%08X".formatted(code);
      }
      case StoredType _ -> Long.toString(code);
    };
  }
}
