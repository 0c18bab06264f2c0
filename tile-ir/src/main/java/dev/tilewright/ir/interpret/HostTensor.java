package dev.tilewright.ir.interpret;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A tensor in host memory, as the interpreter sees one: codes of one type at strided places. An
 * element takes the bytes of its type; one of less than 8 bits takes a byte.
 */
public final class HostTensor {
  private final DType dtype;
  private final long[] shape;
  private final long[] strides;
  private final ByteBuffer storage;
  private final int bytes;

  private HostTensor(DType dtype, long[] shape, long[] strides, ByteBuffer storage) {
    this.dtype = dtype;
    this.shape = shape.clone();
    this.strides = strides.clone();
    this.bytes = Math.ceilDiv(dtype.bits(), 8);
    this.storage = storage.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A row-major tensor of zero bits. */
  public static HostTensor zeros(DType dtype, long... shape) {
    return strided(dtype, shape, rowMajor(shape));
  }

  /**
   * A tensor of zero bits.
   *
   * @param strides in elements, not negative
   */
  public static HostTensor strided(DType dtype, long[] shape, long[] strides) {
    long elements = 1;
    for (int i = 0; i < shape.length; i++) {
      elements = shape[i] == 0 ? 0 : elements + (shape[i] - 1) * strides[i];
    }
    long size = Math.max(0, elements) * Math.ceilDiv(dtype.bits(), 8);
    return new HostTensor(dtype, shape, strides, ByteBuffer.allocate(Math.toIntExact(size)));
  }

  /**
   * A view of existing storage, little-endian, from its position on.
   *
   * @param strides in elements
   */
  public static HostTensor wrap(DType dtype, ByteBuffer storage, long[] shape, long[] strides) {
    return new HostTensor(dtype, shape, strides, storage);
  }

  /** A row-major tensor of the numbers, each rounded to the type. */
  public static HostTensor of(DType dtype, double[] values, long... shape) {
    HostTensor tensor = zeros(dtype, shape);
    if (values.length != tensor.elements()) {
      throw new IllegalArgumentException(
          values.length + " numbers for shape " + Arrays.toString(shape));
    }
    for (int i = 0; i < values.length; i++) {
      tensor.setCode(i, dtype.encode(values[i]));
    }
    return tensor;
  }

  /** Strides of a dense tensor whose last dimension is contiguous. */
  public static long[] rowMajor(long... shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride = Math.multiplyExact(stride, shape[i]);
    }
    return strides;
  }

  public DType dtype() {
    return dtype;
  }

  public int rank() {
    return shape.length;
  }

  public long size(int dimension) {
    return shape[dimension];
  }

  public long stride(int dimension) {
    return strides[dimension];
  }

  public long[] shape() {
    return shape.clone();
  }

  /** The number of elements. */
  public long elements() {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  /** The place of an element, in elements from the first. */
  public long place(long... coordinates) {
    long place = 0;
    for (int i = 0; i < shape.length; i++) {
      if (coordinates[i] < 0 || coordinates[i] >= shape[i]) {
        throw new IndexOutOfBoundsException(
            Arrays.toString(coordinates) + " in " + Arrays.toString(shape));
      }
      place += coordinates[i] * strides[i];
    }
    return place;
  }

  /** The code at a {@link #place}. */
  public long code(long place) {
    int at = Math.toIntExact(place * bytes);
    return switch (bytes) {
      case 1 -> storage.get(at) & 0xFF;
      case 2 -> storage.getShort(at) & 0xFFFF;
      case 4 -> storage.getInt(at) & 0xFFFF_FFFFL;
      default -> storage.getLong(at);
    };
  }

  public void setCode(long place, long code) {
    int at = Math.toIntExact(place * bytes);
    switch (bytes) {
      case 1 -> storage.put(at, (byte) code);
      case 2 -> storage.putShort(at, (short) code);
      case 4 -> storage.putInt(at, (int) code);
      default -> storage.putLong(at, code);
    }
  }

  /** The number at a place; large {@code i64} and {@code u64} are rounded. */
  public double number(long place) {
    return switch (dtype) {
      case FloatType type -> type.decode(code(place));
      case IntType type -> type.decode(code(place));
      case StoredType type -> type.decode(code(place));
    };
  }

  public double get(long... coordinates) {
    return number(place(coordinates));
  }

  public void set(double value, long... coordinates) {
    setCode(place(coordinates), dtype.encode(value));
  }

  /** A tensor of equal contents, shape and strides in storage of its own. */
  public HostTensor copy() {
    ByteBuffer copied = ByteBuffer.allocate(storage.capacity());
    copied.put(0, storage, 0, storage.capacity());
    return new HostTensor(dtype, shape, strides, copied);
  }

  /** Takes over the contents of a tensor of the same storage size. */
  void restore(HostTensor other) {
    storage.put(0, other.storage, 0, other.storage.capacity());
  }

  /** How many elements lie from the first to the last place. */
  int places() {
    return storage.capacity() / bytes;
  }

  boolean sharesArrayWith(HostTensor other) {
    return storage.hasArray() && other.storage.hasArray()
        ? storage.array() == other.storage.array()
        : !storage.hasArray() && !other.storage.hasArray();
  }

  /** Whether type, shape and every code are equal; strides may differ. */
  public boolean sameCodes(HostTensor other) {
    if (!dtype.equals(other.dtype) || !Arrays.equals(shape, other.shape)) {
      return false;
    }
    long[] coordinates = new long[shape.length];
    for (long i = 0; i < elements(); i++) {
      if (code(place(coordinates)) != other.code(other.place(coordinates))) {
        return false;
      }
      advance(coordinates);
    }
    return true;
  }

  /** To the next coordinates in row-major order. */
  private void advance(long[] coordinates) {
    for (int i = coordinates.length - 1; i >= 0; i--) {
      coordinates[i]++;
      if (coordinates[i] < shape[i]) {
        return;
      }
      coordinates[i] = 0;
    }
  }

  @Override
  public String toString() {
    return dtype + Arrays.toString(shape);
  }
}
