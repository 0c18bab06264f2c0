package dev.tilewright.runtime;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.SizeExpr;
import dev.tilewright.runtime.spi.TiledTensorMap;
import dev.tilewright.runtime.spi.TiledTensorMap.ElementType;
import dev.tilewright.runtime.spi.TiledTensorMap.Fill;
import dev.tilewright.runtime.spi.TiledTensorMap.Promotion;
import dev.tilewright.runtime.spi.TiledTensorMap.Swizzle;
import java.util.List;

/**
 * One entry of a kernel's parameter buffer. Entries follow each other in declaration order, each at
 * a multiple of its alignment.
 */
public sealed interface KernelParameter {

  /** Size in bytes. */
  int bytes();

  /** What the entry's offset is a multiple of, in bytes: its size, for all but tensor maps. */
  default int alignment() {
    return bytes();
  }

  /** The address of a tensor's first element: 8 bytes. */
  record Pointer(String tensor) implements KernelParameter {
    @Override
    public int bytes() {
      return 8;
    }
  }

  /** The distance, in elements, between neighbours along one dimension of a tensor: 8 bytes. */
  record Stride(String tensor, int dimension) implements KernelParameter {
    @Override
    public int bytes() {
      return 8;
    }
  }

  /** The size of a dimension that is known at launch: 4 bytes, signed. */
  record Dimension(String name) implements KernelParameter {
    @Override
    public int bytes() {
      return 4;
    }
  }

  /** A number passed by value. */
  record Scalar(String name, DType dtype) implements KernelParameter {
    @Override
    public int bytes() {
      return Math.max(1, dtype.bits() / 8);
    }
  }

  /**
   * The address of memory that the launch provides, 8 bytes: no argument of the caller's. It lies
   * at a multiple of 256 bytes and is the kernel's alone until the launch ends.
   *
   * @param size in bytes, as a function of the dimensions
   * @param zeroed whether it holds zeros when the kernel begins; the kernel must leave it so
   */
  record Workspace(String name, SizeExpr size, boolean zeroed) implements KernelParameter {
    @Override
    public int bytes() {
      return 8;
    }
  }

  /**
   * A tensor map by value, {@code .param .align 64 .b8 name[128]}: what {@code
   * cp.async.bulk.tensor} needs to know of a tensor argument. The launch makes it from the tensor's
   * address, shape and strides; several maps may describe one tensor.
   *
   * <p>An element of the map may be wider than the tensor's (a tensor of 4-bit values seen as
   * bytes): then the size of the innermost dimension shrinks accordingly.
   *
   * @param tensor the tensor's name
   * @param type the map's element type
   * @param order the tensor's dimensions from the innermost (unit stride) to the outermost: {@code
   *     [1, 0]} for a row-major matrix
   * @param box the extents of the box that one instruction copies, innermost first, in elements of
   *     {@code type}
   * @param swizzle how the box is permuted in shared memory
   * @param promotion how much the L2 cache fetches
   * @param fill what is read outside the tensor
   */
  record TensorMap(
      String tensor,
      ElementType type,
      List<Integer> order,
      List<Integer> box,
      Swizzle swizzle,
      Promotion promotion,
      Fill fill)
      implements KernelParameter {
    public TensorMap {
      order = List.copyOf(order);
      box = List.copyOf(box);
      if (order.size() != box.size()) {
        throw new IllegalArgumentException(
            "the tensor map of '"
                + tensor
                + "' orders "
                + order.size()
                + " dimensions, but its box has "
                + box.size());
      }
      for (int i = 0; i < order.size(); i++) {
        if (!order.contains(i)) {
          throw new IllegalArgumentException(
              "the tensor map of '"
                  + tensor
                  + "' orders the dimensions "
                  + order
                  + ", without "
                  + i);
        }
      }
    }

    @Override
    public int bytes() {
      return TiledTensorMap.BYTES;
    }

    @Override
    public int alignment() {
      return TiledTensorMap.ALIGNMENT;
    }
  }
}
