package dev.tilewright.runtime;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Packing;
import dev.tilewright.dtype.StoredType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.LongStream;

/**
 * An array in host memory, as a {@code .npy} file holds it: elements of 8 bits or more,
 * little-endian, in C or Fortran order.
 */
public final class NpyArray {
  private final DType dtype;
  private final List<Long> shape;
  private final boolean fortranOrder;
  private final MemorySegment data;

  NpyArray(DType dtype, List<Long> shape, boolean fortranOrder, MemorySegment data) {
    this.dtype = dtype;
    this.shape = List.copyOf(shape);
    this.fortranOrder = fortranOrder;
    this.data = data.asReadOnly();
  }

  /**
   * The type in which elements of {@code dtype} are stored, wide enough to hold them exactly. numpy
   * has no bf16, no tf32, no floats of 8 bits or fewer and no codebooks: they become {@code f32}.
   * Narrow integers become {@code i8} or {@code u8}.
   */
  public static DType storedType(DType dtype) {
    return switch (dtype) {
      case IntType type when type.bits() < 8 -> new IntType(8, type.signed());
      case IntType type -> type;
      case FloatType type -> type.equals(DType.F16) || type.equals(DType.F64) ? type : DType.F32;
      case StoredType _ -> DType.F32;
    };
  }

  /**
   * An array of the given values, in row-major order, each rounded by {@link DType#encode(double)}.
   */
  public static NpyArray of(DType dtype, double[] values, long... shape) {
    long[] codes = new long[values.length];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = dtype.encode(values[i]);
    }
    return of(dtype, codes, shape);
  }

  /** A copy of a tensor. */
  public static NpyArray of(Tensor tensor) {
    return of(tensor.dtype(), tensor.toCodes(), tensor.shape());
  }

  private static NpyArray of(DType dtype, long[] codes, long... shape) {
    if (LongStream.of(shape).reduce(1, Math::multiplyExact) != codes.length) {
      throw new IllegalArgumentException(
          codes.length + " values do not fill the shape " + LongStream.of(shape).boxed().toList());
    }
    DType stored = storedType(dtype);
    if (!stored.equals(dtype)) {
      for (int i = 0; i < codes.length; i++) {
        codes[i] = stored.encode(dtype.decode(codes[i]));
      }
    }
    MemorySegment data = Arena.ofAuto().allocate(Packing.bytes(stored.bits(), codes.length), 64);
    Packing.pack(stored.bits(), codes, data);
    return new NpyArray(stored, LongStream.of(shape).boxed().toList(), false, data);
  }

  public DType dtype() {
    return dtype;
  }

  /** The size of each dimension; sizes may be zero, and there may be no dimension at all. */
  public long[] shape() {
    return shape.stream().mapToLong(n -> n).toArray();
  }

  /** The number of elements. */
  public long size() {
    return data.byteSize() / (dtype.bits() / Byte.SIZE);
  }

  /** Whether {@link #data} begins with the first dimension's neighbours rather than the last's. */
  public boolean fortranOrder() {
    return fortranOrder;
  }

  /** The elements' codes, little-endian, in the file's order; read-only. */
  public MemorySegment data() {
    return data;
  }

  /** The elements in row-major order; inexact only for large 64-bit integers. */
  public double[] toDoubles() {
    long[] codes = codes();
    double[] values = new double[codes.length];
    for (int i = 0; i < codes.length; i++) {
      values[i] = dtype.decode(codes[i]);
    }
    return values;
  }

  /**
   * A row-major tensor of these elements, each converted by {@link DType#encode(double)} if the
   * type differs.
   *
   * @throws IllegalArgumentException if a size is zero
   */
  public Tensor toTensor(Device device, DType elements) {
    Tensor tensor = Tensor.of(device, elements, shape());
    try {
      if (elements.equals(dtype)) {
        tensor.uploadCodes(codes());
      } else {
        tensor.upload(toDoubles());
      }
      return tensor;
    } catch (RuntimeException | Error e) {
      tensor.close();
      throw e;
    }
  }

  /** In row-major order. */
  private long[] codes() {
    if (size() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "the array has " + size() + " elements, more than a Java array");
    }
    long[] codes = new long[(int) size()];
    if (codes.length > 0) {
      Strided layout = fortranOrder ? Strided.columnMajor(shape()) : Strided.rowMajor(shape());
      layout.forEach(
          (position, element) -> codes[(int) position] = Packing.get(data, dtype.bits(), element));
    }
    return codes;
  }

  /** Element type and shape, such as {@code f32[500, 264]}. */
  @Override
  public String toString() {
    return dtype + shape.toString() + (fortranOrder ? " in Fortran order" : "");
  }
}
