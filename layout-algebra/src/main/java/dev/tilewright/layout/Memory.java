package dev.tilewright.layout;

/** Memory layouts: from the dimensions of a tensor to offsets in elements. */
final class Memory {

  private Memory() {}

  static Layout rowMajor(long... shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride = Math.multiplyExact(stride, shape[i]);
    }
    return strided(shape, strides);
  }

  static Layout columnMajor(long... shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = 0; i < shape.length; i++) {
      strides[i] = stride;
      stride = Math.multiplyExact(stride, shape[i]);
    }
    return strided(shape, strides);
  }

  static Layout strided(long[] shape, long[] strides) {
    if (shape.length != strides.length) {
      throw new IllegalArgumentException(
          shape.length + " extents but " + strides.length + " strides");
    }
    long greatest = 0;
    for (int i = 0; i < shape.length; i++) {
      long reach = Math.multiplyExact(shape[i] - 1, strides[i]);
      greatest = Math.addExact(greatest, Math.max(0, reach));
    }
    LayoutBuilder builder = Layout.into(Space.of(Axis.OFFSET, greatest + 1));
    for (int i = 0; i < shape.length; i++) {
      builder.digit(Axis.dim(i), shape[i], Axis.OFFSET, strides[i]);
    }
    return builder.build();
  }
}
