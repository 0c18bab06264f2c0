package dev.tilewright.hip;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Rounding;

/** Conversions of one element, each rounded once, by tile IR's rules for {@code Cast}. */
final class Conversions {
  private final Text text;
  private final Scalars scalars;

  Conversions(Text text, Scalars scalars) {
    this.text = text;
    this.scalars = scalars;
  }

  String convert(
      DType from, DType to, Rounding rounding, boolean saturate, String x, Location location) {
    if (from.equals(to) && !(saturate && to instanceof FloatType)) {
      return x;
    }
    if (HipTypes.isPredicate(from)) {
      String one = from.signed() ? "-1" : "1";
      String number = "(%s ? %s : 0)".formatted(x, one);
      return convert(DType.I32, to, rounding, saturate, number, location);
    }
    return switch (from) {
      case IntType source ->
          switch (to) {
            case IntType target -> integerToInteger(source, target, saturate, x);
            case FloatType target ->
                integerToFloat(source, target, rounding, saturate, x, location);
            case StoredType target -> throw target.noArithmetic();
          };
      case FloatType source ->
          switch (to) {
            case IntType target -> floatToInteger(source, target, rounding, x);
            case FloatType target -> floatToFloat(source, target, rounding, saturate, x, location);
            case StoredType target -> throw target.noArithmetic();
          };
      case StoredType source -> throw source.noArithmetic();
    };
  }

  private static String integerToInteger(IntType from, IntType to, boolean saturate, String x) {
    if (HipTypes.isPredicate(to)) {
      return saturate
          ? "(%s %s 0)".formatted(x, to.signed() ? "<" : ">")
          : "((%s & 1) != 0)".formatted(x);
    }
    return saturate ? clamped(from, to, x) : Scalars.wrap(to, x);
  }

  private static String clamped(IntType from, IntType to, String x) {
    String value = x;
    int fromDigits = from.bits() - (from.signed() ? 1 : 0);
    int toDigits = to.bits() - (to.signed() ? 1 : 0);
    if (toDigits < fromDigits) {
      String most = HipTypes.literal(from, Literal.of(to.max()));
      value = "(%s > %s ? %s : %s)".formatted(value, most, most, value);
    }
    if (from.signed() && (!to.signed() || to.bits() < from.bits())) {
      String least = HipTypes.literal(from, Literal.of(to.min()));
      value = "(%s < %s ? %s : %s)".formatted(x, least, least, value);
    }
    return "(%s)%s".formatted(HipTypes.element(to), value);
  }

  private String integerToFloat(
      IntType from,
      FloatType to,
      Rounding rounding,
      boolean saturate,
      String x,
      Location location) {
    if (from.bits() == 64 && !to.equals(DType.F64) && !nearest(to, rounding, saturate)) {
      throw Scalars.unsupported("this conversion to " + to.name(), from, location);
    }
    if (nearest(to, rounding, saturate) && to.bits() >= 32) {
      return "(%s)%s".formatted(HipTypes.element(to), x);
    }
    // Exact: no integer of up to 32 bits has more digits than a double.
    return floatToFloat(DType.F64, to, rounding, saturate, "(f64)" + x, location);
  }

  private static boolean nearest(FloatType to, Rounding rounding, boolean saturate) {
    return rounding == Rounding.NEAREST_EVEN
        && !saturate
        && (to.equals(DType.F32) || to.equals(DType.F64));
  }

  private String floatToInteger(FloatType from, IntType to, Rounding rounding, String x) {
    String wide = toDouble(from, x);
    String whole = rounding == Rounding.NEAREST_EVEN ? "__builtin_rint(" + wide + ")" : wide;
    if (HipTypes.isPredicate(to)) {
      return integerToInteger(DType.I32, to, true, text.call(Helper.I32) + "(" + whole + ")");
    }
    Helper helper =
        to.bits() == 64
            ? to.signed() ? Helper.I64 : Helper.U64
            : to.signed() ? Helper.I32 : Helper.U32;
    String integer = text.call(helper) + "(" + whole + ")";
    return to.bits() >= 32 ? integer : clamped(to.signed() ? DType.I32 : DType.U32, to, integer);
  }

  private String toDouble(FloatType from, String x) {
    return from.equals(DType.F64) ? x : "(f64)" + toFloat(from, x);
  }

  private String toFloat(FloatType from, String x) {
    if (from.bits() <= 8) {
      return text.table(from) + "[" + x + "]";
    }
    return scalars.wide(from, x);
  }

  private String floatToFloat(
      FloatType from,
      FloatType to,
      Rounding rounding,
      boolean saturate,
      String x,
      Location location) {
    if (to.bits() <= 8) {
      throw Scalars.unsupported("conversion from " + from.name(), to, location);
    }
    boolean isDouble = from.equals(DType.F64);
    String value = isDouble ? x : toFloat(from, x);
    if (to.equals(DType.F64)) {
      return "(f64)(" + value + ")";
    }
    if (saturate) {
      String most = HipTypes.literal(to, Literal.of(to.maxFinite()));
      String limit = "(%s)%s".formatted(isDouble ? "f64" : "f32", toFloatLiteral(to, most));
      String v = value;
      value = "(%s > %s ? %s : %s < -%s ? -%s : %s)".formatted(v, limit, limit, v, limit, limit, v);
    }
    boolean cut = rounding == Rounding.TOWARD_ZERO;
    if (to.equals(DType.F32)) {
      return isDouble && cut ? text.call(Helper.CUT) + "(" + value + ")" : "(f32)(" + value + ")";
    }
    String single = isDouble ? text.call(Helper.ODD) + "(" + value + ")" : value;
    if (to.equals(DType.F16)) {
      return cut ? text.call(Helper.F16_CUT) + "(" + single + ")" : "(f16)(" + single + ")";
    }
    if (to.equals(DType.BF16)) {
      return text.call(cut ? Helper.BF16_CUT : Helper.BF16) + "(" + single + ")";
    }
    if (to.equals(DType.TF32) && !cut) {
      return text.call(Helper.TF32) + "(" + single + ")";
    }
    throw Scalars.unsupported("conversion toward zero from " + from.name(), to, location);
  }

  private String toFloatLiteral(FloatType type, String literal) {
    return scalars.wide(type, literal);
  }
}
