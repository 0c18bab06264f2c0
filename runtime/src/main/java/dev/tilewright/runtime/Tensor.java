package dev.tilewright.runtime;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.Packing;
import dev.tilewright.runtime.spi.StreamDriver;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A tensor in a device's memory: element type, shape and strides over a piece of storage. Elements
 * are packed densely ({@link Packing}), those of fewer than 8 bits too. Sizes, strides and offsets
 * are counted in elements.
 *
 * <p>{@link #of} allocates; {@link #permute}, {@link #slice} and the like make views of the same
 * storage. The storage is freed when the tensor that allocated it, or the device, is closed; a view
 * used after that throws {@link IllegalStateException}.
 *
 * <p>Copies that name no stream first wait for all work on the device, so that they see what
 * launched kernels wrote and overwrite nothing that is still read.
 */
public final class Tensor implements AutoCloseable {
  private final Storage storage;
  private final boolean owner;
  private final DType dtype;
  private final Strided layout;

  private Tensor(Storage storage, boolean owner, DType dtype, Strided layout) {
    this.storage = storage;
    this.owner = owner;
    this.dtype = dtype;
    this.layout = layout;
  }

  /** Allocates a row-major tensor. Its contents are not initialised. */
  public static Tensor of(Device device, DType dtype, long... shape) {
    return allocate(device, dtype, Strided.rowMajor(shape));
  }

  /** Allocates a tensor whose first dimension is the contiguous one, not initialised. */
  public static Tensor columnMajor(Device device, DType dtype, long... shape) {
    return allocate(device, dtype, Strided.columnMajor(shape));
  }

  /** Allocates a row-major tensor whose bits are all zero. */
  public static Tensor zeros(Device device, DType dtype, long... shape) {
    Tensor tensor = of(device, dtype, shape);
    StreamDriver stream = device.stream().driver();
    stream.fill(tensor.storage.address(), (byte) 0, tensor.storage.bytes());
    // The next to touch it may be a kernel on another stream.
    stream.synchronize();
    return tensor;
  }

  /**
   * Allocates a row-major tensor of the given values, each rounded by {@link DType#encode(double)}.
   */
  public static Tensor of(Device device, DType dtype, double[] values, long... shape) {
    Tensor tensor = of(device, dtype, shape);
    try {
      tensor.upload(values);
      return tensor;
    } catch (RuntimeException | Error e) {
      tensor.close();
      throw e;
    }
  }

  private static Tensor allocate(Device device, DType dtype, Strided layout) {
    try {
      Math.multiplyExact(dtype.bits(), layout.size());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "TW-R004: a tensor of " + layout + " has more bits than can be counted", e);
    }
    return new Tensor(Storage.allocate(device, dtype.bits(), layout.size()), true, dtype, layout);
  }

  public Device device() {
    return storage.device();
  }

  public DType dtype() {
    return dtype;
  }

  /** The number of dimensions. */
  public int rank() {
    return layout.rank();
  }

  public long[] shape() {
    return layout.shape();
  }

  /** The distance of neighbours along each dimension, in elements. */
  public long[] strides() {
    return layout.strides();
  }

  /** The number of elements. */
  public long size() {
    return layout.size();
  }

  /** The bytes that {@link #size()} elements take when packed. */
  public long bytes() {
    return Packing.bytes(dtype.bits(), size());
  }

  /**
   * The device address of the first element.
   *
   * @throws IllegalArgumentException if that element does not begin at a byte
   */
  public long address() {
    long bit = dtype.bits() * layout.offset();
    if (bit % Byte.SIZE != 0) {
      throw new IllegalArgumentException(
          "TW-R005: a view of "
              + dtype
              + " that begins at element "
              + layout.offset()
              + " begins inside a byte and has no address; begin at a multiple of "
              + Byte.SIZE / gcd(dtype.bits(), Byte.SIZE)
              + " elements");
    }
    return storage.address() + bit / Byte.SIZE;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  /**
   * A view with the dimensions in another order: dimension {@code i} is dimension {@code axes[i]}.
   */
  public Tensor permute(int... axes) {
    return view(layout.permute(axes));
  }

  /** A view of a matrix with rows and columns exchanged. */
  public Tensor transpose() {
    return permute(1, 0);
  }

  /** A view of the elements {@code from} (inclusive) to {@code to} (exclusive) of one dimension. */
  public Tensor slice(int dimension, long from, long to) {
    return view(layout.slice(dimension, from, to));
  }

  /** A view under another shape with as many elements; only of a row-major tensor without gaps. */
  public Tensor reshape(long... shape) {
    return view(layout.reshape(shape));
  }

  /**
   * A view of the same storage with any shape, strides and offset from this tensor's first element.
   *
   * @throws IllegalArgumentException if it reaches beyond the storage
   */
  public Tensor asStrided(long[] shape, long[] strides, long offset) {
    Strided view = new Strided(shape, strides, Math.addExact(layout.offset(), offset));
    if (view.end() > storage.bits() / dtype.bits()) {
      throw new IllegalArgumentException(
          "TW-R004: a view of "
              + view
              + " from element "
              + view.offset()
              + " ends at element "
              + view.end()
              + ", beyond the storage of "
              + storage.bits() / dtype.bits()
              + " elements");
    }
    return view(view);
  }

  private Tensor view(Strided view) {
    storage.ensureOpen();
    return new Tensor(storage, false, dtype, view);
  }

  /** Copies values in row-major order, each rounded by {@link DType#encode(double)}. */
  public void upload(double[] values) {
    checkLength(values.length);
    new HostCopy(this).upload(i -> dtype.encode(values[i]));
  }

  /** Copies values in row-major order, each rounded by {@link DType#encode(double)}. */
  public void upload(float[] values) {
    checkLength(values.length);
    new HostCopy(this).upload(i -> dtype.encode(values[i]));
  }

  /** The elements in row-major order; inexact only for large {@code i64} and {@code u64}. */
  public double[] toDoubles() {
    double[] values = new double[arrayLength()];
    new HostCopy(this).download((i, code) -> values[i] = dtype.decode(code));
    return values;
  }

  /** The elements in row-major order, rounded to {@code float}. */
  public float[] toFloats() {
    float[] values = new float[arrayLength()];
    new HostCopy(this).download((i, code) -> values[i] = (float) dtype.decode(code));
    return values;
  }

  /** Copies bit patterns in row-major order; only the low bits of each count. */
  public void uploadCodes(long[] codes) {
    checkLength(codes.length);
    new HostCopy(this).upload(i -> codes[i]);
  }

  /** The elements' bit patterns in row-major order, zero-extended. */
  public long[] toCodes() {
    long[] codes = new long[arrayLength()];
    new HostCopy(this).download((i, code) -> codes[i] = code);
    return codes;
  }

  /** Copies the packed elements, in the order in which they lie in memory, from the host. */
  public void upload(MemorySegment from) {
    device().synchronize();
    upload(from, device().stream());
    device().stream().synchronize();
  }

  /** Copies the packed elements, in the order in which they lie in memory, to the host. */
  public void download(MemorySegment to) {
    device().synchronize();
    download(to, device().stream());
  }

  /** As {@link #upload(MemorySegment)}, ordered with the work of one stream only. */
  public void upload(MemorySegment from, Stream stream) {
    long address = wholeBytes(from);
    stream.driverFor(device()).upload(address, from);
  }

  /** As {@link #download(MemorySegment)}, ordered with the work of one stream only. */
  public void download(MemorySegment to, Stream stream) {
    long address = wholeBytes(to);
    stream.driverFor(device()).download(to, address);
  }

  private long wholeBytes(MemorySegment host) {
    if (!layout.isGapFree() || !endsItsByte()) {
      throw new IllegalArgumentException(
          "TW-R005: a view of "
              + layout
              + " is not one run of whole bytes; copy it as double[] or through its base tensor");
    }
    if (host.byteSize() != bytes()) {
      throw new IllegalArgumentException(
          "TW-R005: the host memory has "
              + host.byteSize()
              + " bytes, but "
              + this
              + " takes "
              + bytes());
    }
    return address();
  }

  /** Whether the byte of the last element holds no element of anybody else after it. */
  boolean endsItsByte() {
    long end = dtype.bits() * layout.end();
    return end % Byte.SIZE == 0 || end == storage.bits();
  }

  private void checkLength(int length) {
    if (length != size()) {
      throw new IllegalArgumentException(
          "TW-R005: " + length + " values for " + this + ", which has " + size() + " elements");
    }
  }

  int arrayLength() {
    if (size() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "TW-R005: " + this + " has more elements than a Java array; copy slices of it");
    }
    return (int) size();
  }

  Storage storage() {
    return storage;
  }

  Strided layout() {
    return layout;
  }

  /**
   * Frees the storage if this tensor allocated it; of a view, does nothing. Closing twice is
   * allowed.
   */
  @Override
  public void close() {
    if (owner) {
      storage.close();
    }
  }

  /** Element type, shape and strides, such as {@code f16[500, 264]} or {@code f16[8, 4]:[1, 8]}. */
  @Override
  public String toString() {
    String strides = layout.isRowMajor() ? "" : ":" + Arrays.toString(strides());
    return dtype + Arrays.toString(shape()) + strides;
  }
}
