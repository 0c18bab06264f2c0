package dev.tilewright.layout;

import java.util.Arrays;

/**
 * A digit by position: the working form of {@link Digit}, without names.
 *
 * @param axis the position in the domain of the axis it is read from
 * @param extent its radix
 * @param image its stride on every axis of the codomain, in the codomain's order; never modified
 */
record Term(int axis, long extent, long[] image) {

  boolean isZero() {
    for (long stride : image) {
      if (stride != 0) {
        return false;
      }
    }
    return true;
  }

  /** The image of the digit's value {@code by}. */
  static long[] scaled(Sum sum, long by, long[] image) {
    long[] scaled = new long[image.length];
    for (int i = 0; i < image.length; i++) {
      scaled[i] = sum.scale(by, image[i]);
    }
    return scaled;
  }

  static void addTo(Sum sum, long[] target, long by, long[] image) {
    for (int i = 0; i < image.length; i++) {
      target[i] = sum.add(target[i], sum.scale(by, image[i]));
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Term term
        && axis == term.axis
        && extent == term.extent
        && Arrays.equals(image, term.image);
  }

  @Override
  public int hashCode() {
    return (31 * axis + Long.hashCode(extent)) * 31 + Arrays.hashCode(image);
  }
}
