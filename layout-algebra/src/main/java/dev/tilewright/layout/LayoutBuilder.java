package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.List;

/**
 * Spells a layout digit by digit. The domain lists its axes in the order in which they first
 * appear; the digits of an axis are given minor to major.
 */
public final class LayoutBuilder {

  private final Space codomain;
  private final List<Term> terms = new ArrayList<>();
  private final long[] offset;
  private final List<Axis> axes = new ArrayList<>();
  private final List<Long> extents = new ArrayList<>();
  private Sum sum = Sum.INTEGER;

  LayoutBuilder(Space codomain) {
    this.codomain = codomain;
    this.offset = new long[codomain.rank()];
  }

  /** Strides count over F₂ from now on: see {@link Sum#XOR}. */
  public LayoutBuilder xor() {
    sum = Sum.XOR;
    return this;
  }

  /** A replication: a digit whose values all land on the same point. */
  public LayoutBuilder digit(Axis axis, long extent) {
    return add(axis, extent, new long[codomain.rank()]);
  }

  /** A digit with one stride. */
  public LayoutBuilder digit(Axis axis, long extent, Axis target, long stride) {
    long[] image = new long[codomain.rank()];
    image[position(target)] = stride;
    return add(axis, extent, image);
  }

  public LayoutBuilder digit(Digit digit) {
    long[] image = new long[codomain.rank()];
    digit.strides().forEach((target, stride) -> image[position(target)] = stride);
    return add(digit.axis(), digit.extent(), image);
  }

  /** The value on {@code target} of the point zero; 0 unless set. */
  public LayoutBuilder offset(Axis target, long value) {
    offset[position(target)] = value;
    return this;
  }

  LayoutBuilder add(Axis axis, long extent, long[] image) {
    int at = axes.indexOf(axis);
    if (at < 0) {
      at = axes.size();
      axes.add(axis);
      extents.add(1L);
    }
    extents.set(at, Math.multiplyExact(extents.get(at), extent));
    terms.add(new Term(at, extent, image));
    return this;
  }

  private int position(Axis target) {
    int i = codomain.indexOf(target);
    if (i < 0) {
      throw new IllegalArgumentException("no axis " + target + " in the codomain " + codomain);
    }
    return i;
  }

  /**
   * @throws LayoutException if a value lies outside the codomain
   */
  public Layout build() {
    return tryBuild().orThrow();
  }

  public Result<Layout> tryBuild() {
    List<Space.Dim> dims = new ArrayList<>();
    for (int i = 0; i < axes.size(); i++) {
      dims.add(new Space.Dim(axes.get(i), extents.get(i)));
    }
    return Canonical.of(new Space(dims), codomain, sum, terms, offset);
  }
}
