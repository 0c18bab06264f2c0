package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.runtime.KernelParameter;
import dev.tilewright.runtime.spi.TiledTensorMap.ElementType;
import dev.tilewright.runtime.spi.TiledTensorMap.Fill;
import dev.tilewright.runtime.spi.TiledTensorMap.Promotion;
import dev.tilewright.runtime.spi.TiledTensorMap.Swizzle;
import java.util.ArrayList;
import java.util.List;

/** The tensor maps that generated code asks for, as the launch makes them. */
final class TensorMapParameters {
  private TensorMapParameters() {}

  static KernelParameter.TensorMap of(ThreadParameter.TensorMap map, KernelFunction function) {
    DType dtype = dtype(map.tensor(), function);
    List<Integer> box = new ArrayList<>(map.box());
    if (dtype.bits() < Byte.SIZE) {
      box.set(0, box.getFirst() * dtype.bits() / Byte.SIZE);
    }
    return new KernelParameter.TensorMap(
        map.tensor(),
        element(dtype),
        map.dimensions(),
        box,
        swizzle(map.swizzleBytes()),
        Promotion.L2_128B,
        Fill.ZEROS);
  }

  private static DType dtype(String tensor, KernelFunction function) {
    for (Parameter parameter : function.parameters()) {
      if (parameter instanceof Parameter.Tensor t && t.name().equals(tensor)) {
        return t.dtype();
      }
    }
    throw new IllegalArgumentException("no tensor '" + tensor + "' in " + function.name());
  }

  /** Types the hardware does not know are copied as integers of their size, in whole bytes. */
  private static ElementType element(DType dtype) {
    return switch (dtype) {
      case IntType t ->
          switch (t.bits()) {
            case 64 -> t.signed() ? ElementType.INT64 : ElementType.UINT64;
            case 32 -> t.signed() ? ElementType.INT32 : ElementType.UINT32;
            case 16 -> ElementType.UINT16;
            default -> ElementType.UINT8;
          };
      case StoredType _ -> ElementType.UINT8;
      case FloatType t -> {
        if (t.equals(DType.F16)) {
          yield ElementType.FLOAT16;
        }
        if (t.equals(DType.BF16)) {
          yield ElementType.BFLOAT16;
        }
        yield switch (t.bits()) {
          case 64 -> ElementType.FLOAT64;
          // TFLOAT32 would round: the matrix product ignores the low bits instead.
          case 32 -> ElementType.FLOAT32;
          default -> ElementType.UINT8;
        };
      }
    };
  }

  private static Swizzle swizzle(int bytes) {
    return switch (bytes) {
      case 0 -> Swizzle.NONE;
      case 32 -> Swizzle.B32;
      case 64 -> Swizzle.B64;
      case 128 -> Swizzle.B128;
      default -> throw new IllegalArgumentException("no swizzle of rows of " + bytes + " bytes");
    };
  }
}
