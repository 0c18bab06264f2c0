package dev.tilewright.emulator.machine;

import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.spi.TiledTensorMap;
import dev.tilewright.runtime.spi.TiledTensorMap.ElementType;
import dev.tilewright.runtime.spi.TiledTensorMap.Fill;
import dev.tilewright.runtime.spi.TiledTensorMap.Promotion;
import dev.tilewright.runtime.spi.TiledTensorMap.Swizzle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tensor maps as this machine encodes them. The hardware's encoding is not published; this one
 * holds every field of {@code cuTensorMapEncodeTiled} (CUDA driver API, "Tensor Map Object
 * Management") and a checksum, so that bytes that are no tensor map are recognised.
 */
public final class TensorMap {
  private static final int MAX_RANK = 5;
  private static final int MAX_BOX = 256;
  private static final int MAX_ELEMENT_STRIDE = 8;
  private static final long MAX_SIZE = 1L << 32;
  private static final long MAX_STRIDE = 1L << 40;

  private static final int ADDRESS = 0;
  private static final int TYPE = 8;
  private static final int RANK = 9;
  private static final int SWIZZLE = 10;
  private static final int PROMOTION = 11;
  private static final int FILL = 12;
  private static final int ELEMENT_STRIDES = 16;
  private static final int BOX = 22;
  private static final int SIZES = 32;
  private static final int STRIDES = 72;
  private static final int CHECKSUM = 120;

  private TensorMap() {}

  /**
   * Encodes a map.
   *
   * @throws DeviceException if it breaks a rule of the driver's documentation
   */
  public static byte[] encode(TiledTensorMap map) {
    String problem = problem(map);
    if (problem != null) {
      throw new DeviceException("emulator: tensor map: " + problem + ": " + map);
    }
    byte[] bytes = new byte[TiledTensorMap.BYTES];
    Bytes.putLong(bytes, ADDRESS, map.address());
    bytes[TYPE] = (byte) map.type().ordinal();
    bytes[RANK] = (byte) map.sizes().size();
    bytes[SWIZZLE] = (byte) map.swizzle().ordinal();
    bytes[PROMOTION] = (byte) map.promotion().ordinal();
    bytes[FILL] = (byte) map.fill().ordinal();
    for (int i = 0; i < map.sizes().size(); i++) {
      bytes[ELEMENT_STRIDES + i] = map.elementStrides().get(i).byteValue();
      Bytes.putShort(bytes, BOX + 2 * i, map.box().get(i));
      Bytes.putLong(bytes, SIZES + 8 * i, map.sizes().get(i));
      if (i > 0) {
        Bytes.putLong(bytes, STRIDES + 8 * (i - 1), map.strides().get(i - 1));
      }
    }
    Bytes.putLong(bytes, CHECKSUM, checksum(bytes, 0));
    return bytes;
  }

  /** The map in these bytes, or null if they hold none. */
  static @Nullable TiledTensorMap decode(byte[] bytes, int at) {
    if (Bytes.getLong(bytes, at + CHECKSUM) != checksum(bytes, at)) {
      return null;
    }
    int rank = bytes[at + RANK];
    List<Long> sizes = new ArrayList<>();
    List<Long> strides = new ArrayList<>();
    List<Integer> box = new ArrayList<>();
    List<Integer> elementStrides = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      sizes.add(Bytes.getLong(bytes, at + SIZES + 8 * i));
      box.add(Bytes.getShort(bytes, at + BOX + 2 * i));
      elementStrides.add((int) bytes[at + ELEMENT_STRIDES + i]);
      if (i > 0) {
        strides.add(Bytes.getLong(bytes, at + STRIDES + 8 * (i - 1)));
      }
    }
    return new TiledTensorMap(
        Bytes.getLong(bytes, at + ADDRESS),
        ElementType.values()[bytes[at + TYPE]],
        sizes,
        strides,
        box,
        elementStrides,
        Swizzle.values()[bytes[at + SWIZZLE]],
        Promotion.values()[bytes[at + PROMOTION]],
        Fill.values()[bytes[at + FILL]]);
  }

  private static long checksum(byte[] bytes, int at) {
    long sum = 0x7e4507a9d5c3b1f1L;
    for (int i = 0; i < CHECKSUM; i += 8) {
      sum = (sum ^ Bytes.getLong(bytes, at + i)) * 0x9e3779b97f4a7c15L;
      sum ^= sum >>> 29;
    }
    return sum;
  }

  /** Bytes of an element, from the comments of {@code CUtensorMapDataType}. */
  static int bytes(ElementType type) {
    return switch (type) {
      case UINT8 -> 1;
      case UINT16, FLOAT16, BFLOAT16 -> 2;
      case UINT32, INT32, FLOAT32, FLOAT32_FTZ, TFLOAT32, TFLOAT32_FTZ -> 4;
      case UINT64, INT64, FLOAT64 -> 8;
    };
  }

  /** Bytes over which a swizzle permutes 16-byte pieces, or 0. */
  static int span(Swizzle swizzle) {
    return switch (swizzle) {
      case NONE -> 0;
      case B32 -> 32;
      case B64 -> 64;
      case B128 -> 128;
    };
  }

  private static @Nullable String problem(TiledTensorMap map) {
    int rank = map.sizes().size();
    if (rank < 1 || rank > MAX_RANK) {
      return "tensorRank must be 1.." + MAX_RANK;
    }
    if (map.strides().size() != rank - 1
        || map.box().size() != rank
        || map.elementStrides().size() != rank) {
      return "globalStrides, boxDim and elementStrides must fit tensorRank " + rank;
    }
    if (map.address() % 16 != 0) {
      return "globalAddress must be a multiple of 16";
    }
    for (int i = 0; i < rank; i++) {
      if (map.sizes().get(i) < 1 || map.sizes().get(i) > MAX_SIZE) {
        return "globalDim[" + i + "] must be 1.." + MAX_SIZE;
      }
      if (map.box().get(i) < 1 || map.box().get(i) > MAX_BOX) {
        return "boxDim[" + i + "] must be 1.." + MAX_BOX;
      }
      if (map.elementStrides().get(i) < 1 || map.elementStrides().get(i) > MAX_ELEMENT_STRIDE) {
        return "elementStrides[" + i + "] must be 1.." + MAX_ELEMENT_STRIDE;
      }
    }
    for (int i = 0; i < rank - 1; i++) {
      long stride = map.strides().get(i);
      if (stride % 16 != 0 || stride < 0 || stride >= MAX_STRIDE) {
        return "globalStrides[" + i + "] must be a multiple of 16 below " + MAX_STRIDE;
      }
    }
    int row = map.box().getFirst() * bytes(map.type());
    if (row % 16 != 0) {
      return "boxDim[0] must span a multiple of 16 bytes, not " + row;
    }
    int span = span(map.swizzle());
    if (span != 0 && row > span) {
      return "boxDim[0] must span at most " + span + " bytes with this swizzle, not " + row;
    }
    if (map.fill() == Fill.NANS && notFloating(map.type())) {
      return "oobFill with NaN needs floating-point elements";
    }
    return null;
  }

  private static boolean notFloating(ElementType type) {
    return switch (type) {
      case UINT8, UINT16, UINT32, INT32, UINT64, INT64 -> true;
      case FLOAT16, FLOAT32, FLOAT64, BFLOAT16, FLOAT32_FTZ, TFLOAT32, TFLOAT32_FTZ -> false;
    };
  }
}
