package dev.tilewright.dtype;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How types are spelled. */
final class DTypeNames {
  private static final Pattern INTEGER = Pattern.compile("([isu])([1-9][0-9]?)");
  private static final Pattern SMALL_FLOAT =
      Pattern.compile("f([1-8])e([1-8])m([0-7])(ieee|fn|fnuz)?");

  private static final Pattern CODEBOOK = Pattern.compile("lut([1-8])\\(([-+.,0-9eE]+)\\)");

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
      case "ternary":
        return DType.TERNARY;
      case "nf4":
        return DType.NF4;
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
      Matcher codebook = CODEBOOK.matcher(name);
      if (codebook.matches()) {
        return codebook(Integer.parseInt(codebook.group(1)), codebook.group(2));
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("no element type '" + name + "': " + e.getMessage(), e);
    }
    throw new IllegalArgumentException(
        "no element type '"
            + name
            + "': expected i1..i8, i16, i32, i64 or u likewise; f16, bf16, tf32, f32, f64, f8e8m0;"
            + " or fBeEmM with B = 1 + E + M up to 8, such as f8e4m3, f6e3m2 or f4e2m1, and an"
            + " optional suffix ieee, fn or fnuz; ternary; nf4; or lutB(v0,v1,...) with 2^B values"
            + " of f32, such as lut1(-1.0,1.0)");
  }

  private static CodebookType codebook(int bits, String list) {
    List<Double> values = new ArrayList<>();
    for (String value : list.split(",", -1)) {
      values.add(Double.valueOf(value));
    }
    if (values.size() != 1 << bits) {
      throw new IllegalArgumentException(
          bits + " bits tell " + (1 << bits) + " values apart, not " + values.size());
    }
    return new CodebookType(values);
  }

  static String of(CodebookType type) {
    if (type.equals(DType.NF4)) {
      return "nf4";
    }
    return type.values().stream()
        .map(value -> Double.toString(value))
        .collect(Collectors.joining(",", "lut" + type.bits() + "(", ")"));
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
