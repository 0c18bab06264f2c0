package dev.tilewright.runtime.spi;

import java.util.List;

/**
 * A tensor in global memory as the tensor memory accelerator sees it, and the box of it that one
 * instruction copies: the arguments of {@code cuTensorMapEncodeTiled} (CUDA driver API, "Tensor Map
 * Object Management"), with interleave {@code NONE}. Dimensions are listed innermost first.
 *
 * <p>Nothing is checked here: a device refuses what its hardware cannot do.
 *
 * @param address the device address of the first element
 * @param type the element type
 * @param sizes the tensor's size along each dimension, in elements
 * @param strides the distance of neighbours along every dimension but the innermost, in bytes
 * @param box the box's extent along each dimension, in elements
 * @param elementStrides the step along each dimension from one element of the box to the next;
 *     usually 1
 * @param swizzle how the box's rows are permuted in shared memory
 * @param promotion how much the L2 cache fetches
 * @param fill what is read outside the tensor
 */
public record TiledTensorMap(
    long address,
    ElementType type,
    List<Long> sizes,
    List<Long> strides,
    List<Integer> box,
    List<Integer> elementStrides,
    Swizzle swizzle,
    Promotion promotion,
    Fill fill) {
  /** Bytes of an encoded map. */
  public static final int BYTES = 128;

  /** What the address of an encoded map must be a multiple of. */
  public static final int ALIGNMENT = 64;

  public TiledTensorMap {
    sizes = List.copyOf(sizes);
    strides = List.copyOf(strides);
    box = List.copyOf(box);
    elementStrides = List.copyOf(elementStrides);
  }

  /** {@code CUtensorMapDataType}, in its order: the ordinal is the driver's number. */
  public enum ElementType {
    UINT8(1, false),
    UINT16(2, false),
    UINT32(4, false),
    INT32(4, false),
    UINT64(8, false),
    INT64(8, false),
    FLOAT16(2, true),
    FLOAT32(4, true),
    FLOAT64(8, true),
    BFLOAT16(2, true),
    FLOAT32_FTZ(4, true),
    TFLOAT32(4, true),
    TFLOAT32_FTZ(4, true);

    private final int bytes;
    private final boolean floating;

    ElementType(int bytes, boolean floating) {
      this.bytes = bytes;
      this.floating = floating;
    }

    public int bytes() {
      return bytes;
    }

    /** Whether elements outside the tensor may be read as NaN. */
    public boolean floating() {
      return floating;
    }
  }

  /** {@code CUtensorMapSwizzle}: the ordinal is the driver's number. */
  public enum Swizzle {
    NONE(Integer.MAX_VALUE),
    B32(32),
    B64(64),
    B128(128);

    private final int span;

    Swizzle(int span) {
      this.span = span;
    }

    /** The most bytes that the innermost dimension of the box may have. */
    public int span() {
      return span;
    }
  }

  /** {@code CUtensorMapL2promotion}: the ordinal is the driver's number. */
  public enum Promotion {
    NONE,
    L2_64B,
    L2_128B,
    L2_256B
  }

  /** {@code CUtensorMapFloatOOBfill}: the ordinal is the driver's number. */
  public enum Fill {
    ZEROS,
    /** A special NaN that matrix instructions take for zero. */
    NANS
  }
}
