package dev.tilewright.dtype;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How types are spelled. */
final class DTypeNames {
  private static final Pattern INTEGER = Pattern.compile("([isu])([1-9][0-9]?)");
  private static final Pattern SMALL_FLOAT =
      Pattern.compile("f([1-8])e([1-8])m([0-7])(ieee|fn|fnuz)?");

  private DTypeNames() {}

  static DType parse(String name) {
    switch (name) {
      case "f16":
        return DType.F16;
      case "bf16":
        return DType.BF16;
      case "tf32":
        return DType.TF32;
      case "f32":
        return DType.F32;
      case "f64":
        return DType.F64;
      case "f8e8m0":
        return DType.F8E8M0;
      default:
        break;
    }
    try {
      Matcher integer = INTEGER.matcher(name);
      if (integer.matches()) {
        return new IntType(Integer.parseInt(integer.group(2)), !integer.group(1).equals("u"));
      }
      Matcher floating = SMALL_FLOAT.matcher(name);
      if (floating.matches()) {
        return smallFloat(
            Integer.parseInt(floating.group(1)),
            Integer.parseInt(floating.group(2)),
            Integer.parseInt(floating.group(3)),
            floating.group(4));
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("no element type '" + name + "': " + e.getMessage(), e);
    }
    throw new IllegalArgumentException(
        "no element type '"
            + name
            + "': expected i1..i8, i16, i32, i64 or u likewise; f16, bf16, tf32, f32, f64, f8e8m0;"
            + " or fBeEmM with B = 1 + E + M up to 8, such as f8e4m3, f6e3m2 or f4e2m1, and an"
            + " optional suffix ieee, fn or fnuz");
  }

  private static FloatType smallFloat(
      int bits, int exponentBits, int mantissaBits, @Nullable String suffix) {
    if (bits != 1 + exponentBits + mantissaBits) {
      throw new IllegalArgumentException(
          "a sign, "
              + exponentBits
              + " exponent bits and "
              + mantissaBits
              + " mantissa bits make "
              + (1 + exponentBits + mantissaBits)
              + " bits, not "
              + bits);
    }
    Specials specials =
        suffix == null
            ? customary(exponentBits, mantissaBits)
            : Specials.valueOf(suffix.toUpperCase(Locale.ROOT));
    return new FloatType(exponentBits, mantissaBits, specials);
  }

  static String of(FloatType type) {
    int e = type.exponentBits();
    int m = type.mantissaBits();
    if (1 + e + m > 8) {
      return switch (m) {
        case 0 -> "f8e8m0";
        case 7 -> "bf16";
        case 23 -> "f32";
        case 52 -> "f64";
        default -> e == 5 ? "f16" : "tf32";
      };
    }
    String suffix =
        type.specials() == customary(e, m) ? "" : type.specials().name().toLowerCase(Locale.ROOT);
    return "f" + (1 + e + m) + "e" + e + "m" + m + suffix;
  }

  /** What a name without suffix means: OCP's choice, or LLVM's where OCP has no such type. */
  private static Specials customary(int exponentBits, int mantissaBits) {
    boolean ieee =
        (exponentBits == 5 && mantissaBits == 2) || (exponentBits == 3 && mantissaBits == 4);
    return ieee ? Specials.IEEE : Specials.FN;
  }
}
