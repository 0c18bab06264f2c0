package dev.tilewright.emulator;

import dev.tilewright.runtime.spi.TiledTensorMap;
import dev.tilewright.runtime.spi.TiledTensorMap.ElementType;
import dev.tilewright.runtime.spi.TiledTensorMap.Fill;
import dev.tilewright.runtime.spi.TiledTensorMap.Promotion;
import dev.tilewright.runtime.spi.TiledTensorMap.Swizzle;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A random tensor and a box of it, and which byte of memory belongs to which byte of shared memory,
 * element by element as the PTX ISA's section on tensors says.
 */
record TensorBox(
    ElementType type,
    int elementBytes,
    List<Long> sizes,
    List<Long> strides,
    List<Integer> box,
    List<Integer> elementStrides,
    Swizzle swizzle,
    Fill fill,
    int[] corner,
    int memoryBytes) {

  static TensorBox random(Random random) {
    ElementType[] types = {
      ElementType.UINT8,
      ElementType.UINT16,
      ElementType.FLOAT16,
      ElementType.BFLOAT16,
      ElementType.INT32,
      ElementType.FLOAT32,
      ElementType.INT64,
      ElementType.FLOAT64
    };
    int[] widths = {1, 2, 2, 2, 4, 4, 8, 8};
    int pick = random.nextInt(types.length);
    int width = widths[pick];
    int rank = 1 + random.nextInt(5);
    int[] spans = {0, 32, 64, 128};
    int mode = random.nextInt(4);
    int row = mode == 0 ? 16 * (1 + random.nextInt(10)) : spans[mode];
    List<Integer> box = new ArrayList<>();
    List<Integer> steps = new ArrayList<>();
    List<Long> sizes = new ArrayList<>();
    List<Long> strides = new ArrayList<>();
    int[] corner = new int[rank];
    long stride = 0;
    int rows = 1;
    for (int i = 0; i < rank; i++) {
      int most = i == 0 ? row / width : Math.max(1, Math.min(20, 4096 / row / rows));
      int extent = i == 0 ? most : 1 + random.nextInt(most);
      int step = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 1;
      rows *= i == 0 ? 1 : Math.ceilDiv(extent, step);
      box.add(Math.min(256, extent));
      steps.add(step);
      long size = 1L + random.nextInt(i == 0 ? 2 * most : 6);
      sizes.add(size);
      if (i == 0) {
        stride = Math.ceilDiv(size * width + random.nextInt(40), 16L) * 16;
      } else {
        strides.add(stride);
        stride = Math.ceilDiv(size * stride + random.nextInt(40), 16L) * 16;
      }
      corner[i] = random.nextInt(extent + (int) size + 2) - extent;
      if (random.nextBoolean()) {
        corner[i] = 0;
      }
    }
    boolean floating = pick == 2 || pick == 3 || pick == 5 || pick == 7;
    Fill fill = floating && random.nextBoolean() ? Fill.NANS : Fill.ZEROS;
    return new TensorBox(
        types[pick],
        width,
        sizes,
        strides,
        box,
        steps,
        Swizzle.values()[mode],
        fill,
        corner,
        (int) stride);
  }

  TiledTensorMap map(long address) {
    return new TiledTensorMap(
        address, type, sizes, strides, box, elementStrides, swizzle, Promotion.L2_128B, fill);
  }

  int rank() {
    return sizes.size();
  }

  private int extent(int dimension) {
    return dimension == 0
        ? box.get(0)
        : Math.ceilDiv(box.get(dimension), elementStrides.get(dimension));
  }

  int elements() {
    int count = 1;
    for (int i = 0; i < rank(); i++) {
      count *= extent(i);
    }
    return count;
  }

  int bytes() {
    return elements() * elementBytes;
  }

  /** Where element {@code e} of the box is in memory, or -1 if it is outside the tensor. */
  int inMemory(int e) {
    int at = 0;
    int rest = e;
    for (int i = 0; i < rank(); i++) {
      int step = i == 0 ? 1 : elementStrides.get(i);
      int c = corner[i] + rest % extent(i) * step;
      rest /= extent(i);
      if (c < 0 || c >= sizes.get(i)) {
        return -1;
      }
      at += (int) (c * (i == 0 ? elementBytes : strides.get(i - 1)));
    }
    return at;
  }

  /** Where element {@code e} of the box is in shared memory that starts at a multiple of 1024. */
  int inShared(int e) {
    int linear = e * elementBytes;
    int pieces =
        switch (swizzle) {
          case NONE -> 1;
          case B32 -> 2;
          case B64 -> 4;
          case B128 -> 8;
        };
    int line = linear / 128;
    int piece = linear / 16 % 8;
    return line * 128 + (piece ^ line % pieces) * 16 + linear % 16;
  }

  String coordinates() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < rank(); i++) {
      text.append(i == 0 ? "" : ", ").append(corner[i]);
    }
    return text.toString();
  }
}
