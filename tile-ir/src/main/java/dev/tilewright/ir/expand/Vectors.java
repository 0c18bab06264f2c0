package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.analysis.VectorWidth;
import java.util.Collection;

/** The widest access that the machine has, the layout allows and the facts promise. */
final class Vectors {
  private Vectors() {}

  /**
   * @param addresses from (register, lane, warp) to offsets in elements
   * @param legalBytes the sizes of accesses there are; one element always is one
   * @param mostBytes a power of two; no wider access is aligned
   */
  static VectorWidth widest(
      Layout addresses, DType dtype, Collection<Integer> legalBytes, long mostBytes) {
    int elementBytes = bytes(dtype);
    int most = legalBytes.stream().filter(b -> b <= mostBytes).reduce(elementBytes, Math::max);
    while (true) {
      VectorWidth width = VectorWidth.of(addresses, dtype.bits(), most);
      int widthBytes = width.elements() * elementBytes;
      if (width.elements() == 1 || legalBytes.contains(widthBytes)) {
        return width;
      }
      most = widthBytes / 2;
    }
  }

  /** Bytes of an element in memory. */
  static int bytes(DType dtype) {
    if (dtype.bits() < 8) {
      throw new IllegalArgumentException(
          "elements of type " + dtype.name() + " share bytes: their memory is viewed as bytes");
    }
    return dtype.bits() / 8;
  }
}
