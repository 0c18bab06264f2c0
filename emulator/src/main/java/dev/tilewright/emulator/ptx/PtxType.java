package dev.tilewright.emulator.ptx;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The fundamental and alternate data types (PTX ISA, "Types"). */
public enum PtxType {
  PRED(1, Family.PREDICATE),
  B8(8, Family.BITS),
  S8(8, Family.SIGNED),
  U8(8, Family.UNSIGNED),
  B16(16, Family.BITS),
  S16(16, Family.SIGNED),
  U16(16, Family.UNSIGNED),
  B32(32, Family.BITS),
  S32(32, Family.SIGNED),
  U32(32, Family.UNSIGNED),
  B64(64, Family.BITS),
  S64(64, Family.SIGNED),
  U64(64, Family.UNSIGNED),
  B128(128, Family.BITS),
  B1(1, Family.BITS),
  S4(4, Family.SIGNED),
  U4(4, Family.UNSIGNED),
  F16(16, Family.FLOAT),
  F16X2(32, Family.FLOAT),
  BF16(16, Family.FLOAT),
  BF16X2(32, Family.FLOAT),
  TF32(32, Family.FLOAT),
  F32(32, Family.FLOAT),
  F64(64, Family.FLOAT),
  E4M3(8, Family.FLOAT),
  E5M2(8, Family.FLOAT),
  E4M3X2(16, Family.FLOAT),
  E5M2X2(16, Family.FLOAT),
  U16X2(32, Family.UNSIGNED),
  S16X2(32, Family.SIGNED);

  /** How the bits are read. */
  public enum Family {
    PREDICATE,
    BITS,
    SIGNED,
    UNSIGNED,
    FLOAT
  }

  private static final Map<String, PtxType> BY_NAME =
      Stream.of(values()).collect(Collectors.toMap(PtxType::toString, Function.identity()));

  private final int bits;
  private final Family family;

  PtxType(int bits, Family family) {
    this.bits = bits;
    this.family = family;
  }

  /** The type a modifier names ({@code "u32"}), or null if it names none. */
  public static @Nullable PtxType named(String modifier) {
    return BY_NAME.get(modifier);
  }

  public int bits() {
    return bits;
  }

  /** Size in memory; sub-byte types have none. */
  public int bytes() {
    return bits / 8;
  }

  public Family family() {
    return family;
  }

  public boolean isSigned() {
    return family == Family.SIGNED;
  }

  public boolean isFloat() {
    return family == Family.FLOAT;
  }

  public boolean isInteger() {
    return family == Family.SIGNED || family == Family.UNSIGNED;
  }

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
