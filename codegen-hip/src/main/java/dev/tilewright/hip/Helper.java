package dev.tilewright.hip;

import java.util.Set;

/** What C++ and clang's builtins leave open, written once in front of the functions that use it. */
enum Helper {
  /** Sets the last bit where the conversion from a double was inexact, after cutting it off. */
  ODD(
      "tw_odd",
      """
      DEVICE f32 tw_odd(f64 x) {
        f32 near = (f32)x;
        f64 back = (f64)near;
        if (back == x || x != x) return near;
        i32 bits = __builtin_bit_cast(i32, near);
        // Toward zero, then to odd: the numbers of a float are in the order of its bits.
        if (__builtin_fabs(back) > __builtin_fabs(x)) bits -= 1;
        return __builtin_bit_cast(f32, bits | 1);
      }
      """),
  /** A double toward zero. */
  CUT(
      "tw_cut",
      """
      DEVICE f32 tw_cut(f64 x) {
        f32 near = (f32)x;
        i32 bits = __builtin_bit_cast(i32, near);
        if (__builtin_fabs((f64)near) > __builtin_fabs(x)) bits -= 1;
        return __builtin_bit_cast(f32, bits);
      }
      """),
  /** To bf16, ties to even. */
  BF16(
      "tw_bf16",
      """
      DEVICE bf16 tw_bf16(f32 x) {
        u32 bits = __builtin_bit_cast(u32, x);
        if (x != x) return __builtin_bit_cast(bf16, (u16)0x7FC0);
        return __builtin_bit_cast(bf16, (u16)((bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16));
      }
      """),
  /** To bf16, toward zero. */
  BF16_CUT(
      "tw_bf16_cut",
      """
      DEVICE bf16 tw_bf16_cut(f32 x) {
        if (x != x) return __builtin_bit_cast(bf16, (u16)0x7FC0);
        return __builtin_bit_cast(bf16, (u16)(__builtin_bit_cast(u32, x) >> 16));
      }
      """),
  /** From bf16, exact. */
  BF16_WIDE(
      "tw_wide",
      """
      DEVICE f32 tw_wide(bf16 x) {
        return __builtin_bit_cast(f32, (u32)__builtin_bit_cast(u16, x) << 16);
      }
      """),
  /** To f16, toward zero. */
  F16_CUT(
      "tw_f16_cut",
      """
      DEVICE f16 tw_f16_cut(f32 x) {
        f16 near = (f16)x;
        u16 bits = __builtin_bit_cast(u16, near);
        if (__builtin_fabsf((f32)near) > __builtin_fabsf(x)) bits -= 1;
        return __builtin_bit_cast(f16, bits);
      }
      """),
  /** To tf32, ties to even. */
  TF32(
      "tw_tf32",
      """
      DEVICE f32 tw_tf32(f32 x) {
        u32 bits = __builtin_bit_cast(u32, x);
        if (x != x) return __builtin_bit_cast(f32, 0x7FC00000U);
        return __builtin_bit_cast(f32, (bits + 0xFFFU + (bits >> 13 & 1U)) & 0xFFFFE000U);
      }
      """),
  /** To the integers, saturating; NaN is 0. */
  I32(
      "tw_i32",
      """
      DEVICE i32 tw_i32(f64 x) {
        return x != x ? 0 : x <= -0x1p31 ? (i32)0x80000000 : x >= 0x1p31 ? 0x7FFFFFFF : (i32)x;
      }
      """),
  U32(
      "tw_u32",
      """
      DEVICE u32 tw_u32(f64 x) {
        return x != x || x <= 0 ? 0U : x >= 0x1p32 ? 0xFFFFFFFFU : (u32)x;
      }
      """),
  I64(
      "tw_i64",
      """
      DEVICE i64 tw_i64(f64 x) {
        if (x != x) return 0;
        return x <= -0x1p63 ? (i64)0x8000000000000000UL : x >= 0x1p63 ? 0x7FFFFFFFFFFFFFFFL : (i64)x;
      }
      """),
  U64(
      "tw_u64",
      """
      DEVICE u64 tw_u64(f64 x) {
        return x != x || x <= 0 ? 0UL : x >= 0x1p64 ? 0xFFFFFFFFFFFFFFFFUL : (u64)x;
      }
      """),
  /** {@code x * y + z} of bf16, rounded once: the product is exact, the sum is rounded to odd. */
  BF16_FMA(
      "tw_bf16_fma",
      """
      DEVICE bf16 tw_bf16_fma(bf16 x, bf16 y, bf16 z) {
        f64 product = (f64)tw_wide(x) * (f64)tw_wide(y);
        f64 other = (f64)tw_wide(z);
        f64 sum = product + other;
        f64 part = sum - product;
        f64 error = (product - (sum - part)) + (other - part);
        i64 bits = __builtin_bit_cast(i64, sum);
        if (error != 0 && error == error && (bits & 1) == 0) {
          bits += (error > 0) == (sum > 0) ? 1 : -1;
        }
        return tw_bf16(tw_odd(__builtin_bit_cast(f64, bits)));
      }
      """);

  final String name;
  final String definition;

  Helper(String name, String definition) {
    this.name = name;
    this.definition = definition;
  }

  /** The helpers that this one calls. */
  Set<Helper> needs() {
    return this == BF16_FMA ? Set.of(ODD, BF16, BF16_WIDE) : Set.of();
  }
}
