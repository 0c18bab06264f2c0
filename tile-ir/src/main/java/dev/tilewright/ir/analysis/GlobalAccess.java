package dev.tilewright.ir.analysis;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.analysis.VectorWidth;
import java.util.List;
import java.util.Optional;

/**
 * The access of a tile to a tensor in global memory: which elements may be moved together.
 *
 * <p>Everything that chooses a vector width asks here, so that a layout made for 16-byte accesses
 * is expanded to 16-byte accesses.
 *
 * @param tensor the tensor with its facts
 * @param shape of the tile
 * @param offsets the tile's first element, per dimension of the tensor
 * @param bounds which dimensions are checked
 */
public record GlobalAccess(
    Parameter.Tensor tensor, List<Integer> shape, List<Value> offsets, List<Boolean> bounds) {

  /** The access of an operation to global memory; empty for all others. */
  public static Optional<GlobalAccess> of(KernelFunction function, Op op) {
    return switch (op) {
      case Op.Load l ->
          Optional.of(of(function, l.tensor(), l.result().tile(), l.offsets(), l.bounds()));
      case Op.Store s ->
          Optional.of(of(function, s.tensor(), s.value().tile(), s.offsets(), s.bounds()));
      case Op.CopyAsync c ->
          Optional.of(of(function, c.tensor(), c.shared().shared(), c.offsets(), c.bounds()));
      default -> Optional.empty();
    };
  }

  private static GlobalAccess of(
      KernelFunction function,
      Value tensor,
      Type.Shaped tile,
      List<Value> offsets,
      List<Boolean> bounds) {
    return new GlobalAccess(function.tensorOf(tensor), tile.shape(), offsets, bounds);
  }

  /** The dimension along which neighbours lie side by side, or -1. */
  public int unit() {
    return tensor.unitDimension();
  }

  private int bits() {
    return tensor.dtype().bits();
  }

  /**
   * The most elements along the unit dimension, a power of two, that lie in one naturally aligned
   * unit of {@code mostBytes} or less wherever the tile starts. 1 without a unit dimension.
   *
   * <p>Elements of less than 8 bits: the most that are whole bytes together, an odd number of
   * naturally aligned units; 1 if there are none wherever the tile starts.
   *
   * <p>Two such vectors of a tile never overlap: the tile's extent is a multiple.
   */
  public int alignedElements(Divisibility divisibility, int mostBytes) {
    if (bits() < 8) {
      return packedElements(divisibility, mostBytes);
    }
    int elements = Math.max(1, mostBytes * 8 / bits());
    while (elements > 1 && !isAligned(divisibility, elements)) {
      elements /= 2;
    }
    return elements;
  }

  private boolean isAligned(Divisibility divisibility, int elements) {
    return unit() >= 0
        && tensor.alignment() * 8L % ((long) elements * bits()) == 0
        && shape.get(unit()) % elements == 0
        && divisibility.of(offsets.get(unit())) % elements == 0;
  }

  /** The fewest elements that are whole bytes. */
  public int byteRun() {
    return bits() < 8 ? 8 / Integer.lowestOneBit(bits()) : 1;
  }

  private int packedElements(Divisibility divisibility, int mostBytes) {
    int elements = Integer.highestOneBit(mostBytes * 8 / bits());
    for (; elements >= byteRun(); elements /= 2) {
      int unitBytes = Integer.lowestOneBit(elements * bits() / 8);
      boolean aligned =
          unit() >= 0
              && tensor.alignment() % unitBytes == 0
              && shape.get(unit()) % elements == 0
              && divisibility.of(offsets.get(unit())) % elements == 0;
      if (aligned) {
        return elements;
      }
    }
    return 1;
  }

  /**
   * As {@link #alignedElements}, and each vector lies inside the tensor or outside as a whole: the
   * size of a checked unit dimension is a multiple too. Elements that share bytes stay together in
   * whole bytes even where the tensor ends between them.
   */
  public int vectorElements(Divisibility divisibility, int mostBytes) {
    int elements = alignedElements(divisibility, mostBytes);
    if (unit() >= 0 && bounds.get(unit())) {
      long size = divisibility.of(tensor.shape().get(unit()));
      int whole = (int) Math.min(elements, size == 0 ? elements : Long.lowestOneBit(size));
      return Math.min(elements, Math.max(whole, byteRun()));
    }
    return elements;
  }

  /**
   * The access's addresses under a register layout, in elements. What one step costs along any
   * dimension but the unit one is not known; it stands as a power of two beyond all tiles.
   */
  public Layout addresses(Layout registers) {
    long[] extents = new long[shape.size()];
    long[] strides = new long[shape.size()];
    for (int d = 0; d < extents.length; d++) {
      extents[d] = shape.get(d);
      strides[d] = d == unit() ? 1 : 1L << 32;
    }
    return Layout.strided(extents, strides).compose(registers).orThrow();
  }

  /**
   * The runs of elements of less than 8 bits that a thread moves under a register layout, each of
   * whole bytes; empty if some byte's elements are not all in one thread, side by side.
   */
  public Optional<VectorWidth> packed(Layout registers, Divisibility divisibility, int mostBytes) {
    Layout addresses = addresses(registers);
    int elements = vectorElements(divisibility, mostBytes);
    for (; elements >= byteRun(); elements /= 2) {
      Optional<VectorWidth> runs = VectorWidth.of(addresses, elements);
      if (runs.isPresent()) {
        return runs;
      }
    }
    return Optional.empty();
  }

  /** How many elements a thread moves at once under a register layout. */
  public int vectorElements(Layout registers, Divisibility divisibility, int mostBytes) {
    if (bits() < 8) {
      return packed(registers, divisibility, mostBytes).map(VectorWidth::elements).orElse(1);
    }
    int most = vectorElements(divisibility, mostBytes) * bits() / 8;
    return VectorWidth.of(addresses(registers), bits(), most).elements();
  }
}
