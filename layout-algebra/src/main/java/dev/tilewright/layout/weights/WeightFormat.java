package dev.tilewright.layout.weights;

import dev.tilewright.dtype.DType;
import java.util.Optional;

/**
 * What the codes of a weight matrix mean. Each of them is a number of some type; with zero points
 * and scales, that all the weights of a group share, the weight is
 *
 * <pre>  (number − zero) · scale · matrix scale</pre>
 *
 * <p>Groups are neighbours in a row: weights that a product multiplies with neighbours along k.
 *
 * @param type of the codes, of 1 to 8 bits
 * @param scales empty: all 1
 * @param zeros the type of the zero points, one for each scale; empty: all 0
 * @param matrixScale whether the whole matrix has a scale besides, an f32
 */
public record WeightFormat(
    DType type, Optional<Scales> scales, Optional<DType> zeros, boolean matrixScale) {

  /**
   * The scales of groups.
   *
   * @param type of a scale
   * @param group how many neighbours in a row share one; {@link #ROW}: the whole row
   */
  public record Scales(DType type, int group) {
    /** One scale for each row ("per channel"). */
    public static final int ROW = 0;

    public Scales {
      if (group < 0) {
        throw new IllegalArgumentException("a group has 1 or more weights, not " + group);
      }
      if (!type.signed() && type.bits() != Byte.SIZE || type.bits() > Integer.SIZE) {
        throw new IllegalArgumentException(type.name() + " is no type of scales");
      }
    }

    /** How many groups a row of so many columns has. */
    public int groups(int columns) {
      return group == ROW ? 1 : Math.ceilDiv(columns, group);
    }

    /** The group of a column. */
    public int of(int column) {
      return group == ROW ? 0 : column / group;
    }

    @Override
    public String toString() {
      return type.name() + (group == ROW ? " of a row" : " of " + group);
    }
  }

  public WeightFormat {
    if (type.bits() > Byte.SIZE) {
      throw new IllegalArgumentException("a weight has 1 to 8 bits, " + type.name() + " has more");
    }
    if (zeros.isPresent() && scales.isEmpty()) {
      throw new IllegalArgumentException("zero points belong to scales, which this format has not");
    }
  }

  /** Codes that are the weights. */
  public static WeightFormat of(DType type) {
    return new WeightFormat(type, Optional.empty(), Optional.empty(), false);
  }

  /** The block formats of OCP Microscaling 1.0: a power of two for each 32 neighbours. */
  public static WeightFormat mx(DType type) {
    return of(type).withScales(DType.F8E8M0, 32);
  }

  /** NVFP4: a scale of e4m3 for each 16 neighbours, and one for the matrix. */
  public static WeightFormat nvfp4() {
    return new WeightFormat(
        DType.F4E2M1, Optional.of(new Scales(DType.F8E4M3, 16)), Optional.empty(), true);
  }

  /** This, with a scale for each {@code group} neighbours in a row, or {@link Scales#ROW}. */
  public WeightFormat withScales(DType scale, int group) {
    return new WeightFormat(type, Optional.of(new Scales(scale, group)), zeros, matrixScale);
  }

  /** This, with a zero point for each scale. */
  public WeightFormat withZeros(DType zero) {
    return new WeightFormat(type, scales, Optional.of(zero), matrixScale);
  }

  /** This, with one scale for the matrix besides. */
  public WeightFormat withMatrixScale() {
    return new WeightFormat(type, scales, zeros, true);
  }

  /** How many scales (and zero points) a row of so many columns has. */
  public int groups(int columns) {
    return scales.map(s -> s.groups(columns)).orElse(0);
  }

  /** The weight, exact but for the roundings of {@code double}. */
  public double weight(double number, double zero, double scale, double matrix) {
    return (number - zero) * scale * matrix;
  }

  @Override
  public String toString() {
    return type.name()
        + scales.map(s -> ", scales " + s).orElse("")
        + zeros.map(z -> ", zeros " + z.name()).orElse("")
        + (matrixScale ? ", matrix scale" : "");
  }
}
