package dev.tilewright.runtime.cuda;

import static org.bytedeco.cuda.global.cudart.CU_TENSOR_MAP_INTERLEAVE_NONE;
import static org.bytedeco.cuda.global.cudart.cuTensorMapEncodeTiled;

import dev.tilewright.runtime.spi.TiledTensorMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.cuda.cudart.CUtensorMap;

/** Tensor maps as the driver encodes them. */
final class CudaTensorMap {
  private CudaTensorMap() {}

  static byte[] encode(CudaContext context, TiledTensorMap map) {
    long[] sizes = map.sizes().stream().mapToLong(Long::longValue).toArray();
    // The driver reads one stride less than there are dimensions; an array is never empty.
    long[] strides = new long[Math.max(1, map.strides().size())];
    for (int i = 0; i < map.strides().size(); i++) {
      strides[i] = map.strides().get(i);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(TiledTensorMap.BYTES, TiledTensorMap.ALIGNMENT);
      int result =
          cuTensorMapEncodeTiled(
              new CUtensorMap(new Cuda.Address(bytes.address())),
              map.type().ordinal(),
              sizes.length,
              new Cuda.Address(map.address()),
              sizes,
              strides,
              ints(map.box()),
              ints(map.elementStrides()),
              CU_TENSOR_MAP_INTERLEAVE_NONE,
              map.swizzle().ordinal(),
              map.promotion().ordinal(),
              map.fill().ordinal());
      context.check(
          result,
          "cuTensorMapEncodeTiled of "
              + map.type()
              + " elements, sizes "
              + Arrays.toString(sizes)
              + ", strides "
              + map.strides()
              + " bytes, box "
              + map.box()
              + ", swizzle "
              + map.swizzle());
      return bytes.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static int[] ints(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }
}
