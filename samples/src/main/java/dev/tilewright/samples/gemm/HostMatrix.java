package dev.tilewright.samples.gemm;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Npy;
import dev.tilewright.runtime.NpyArray;
import dev.tilewright.runtime.NpyException;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.samples.InputException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A matrix on the host.
 *
 * @param values row-major, each a value of {@code dtype}
 * @param columnMajor how it will lie in device memory
 * @param origin where the numbers come from, for a person
 */
public record HostMatrix(
    int rows, int columns, DType dtype, double[] values, boolean columnMajor, String origin) {

  /** Random elements: floats uniform in [-1, 1), integers over their whole range. */
  public static HostMatrix random(
      int rows, int columns, DType dtype, boolean columnMajor, SplittableRandom random) {
    double[] values = new double[Math.multiplyExact(rows, columns)];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (dtype) {
            case IntType type -> random.nextLong(type.min(), type.max() + 1);
            case FloatType type -> type.decode(type.encode(random.nextDouble(-1, 1)));
            case StoredType type -> type.decode(type.encode(random.nextDouble(-1, 1)));
          };
    }
    return new HostMatrix(rows, columns, dtype, values, columnMajor, "random");
  }

  /**
   * Reads a {@code .npy} file. Integers must be stored as they are computed with; floats may be
   * stored wider and are rounded, which {@link #origin} then says.
   *
   * @throws InputException if the file is not a readable, non-empty matrix of a fitting type
   */
  public static HostMatrix read(Path file, String name, DType dtype) {
    return read(file, name, array(file), dtype);
  }

  /** Reads a {@code .npy} file whose elements are numbers of the type that they are stored as. */
  public static HostMatrix readAsStored(Path file, String name) {
    NpyArray array = array(file);
    return read(file, name, array, array.dtype());
  }

  private static NpyArray array(Path file) {
    try {
      return Npy.read(file);
    } catch (NpyException problem) {
      throw new InputException(problem);
    }
  }

  private static HostMatrix read(Path file, String name, NpyArray array, DType dtype) {
    long[] shape = array.shape();
    if (shape.length != 2 || shape[0] < 1 || shape[1] < 1) {
      throw new InputException(
          "%s: %s must be a matrix with at least one row and column, not of shape %s"
              .formatted(file, name, Arrays.toString(shape)));
    }
    if (shape[0] * shape[1] > Integer.MAX_VALUE) {
      throw new InputException(
          "%s: %s has %d elements; the reference holds at most %d"
              .formatted(file, name, shape[0] * shape[1], Integer.MAX_VALUE));
    }
    if (!fits(array.dtype(), dtype)) {
      throw new InputException(
          "%s: %s is stored as %s, which does not fit --in %s; store it as %s"
              .formatted(
                  file,
                  name,
                  array.dtype().name(),
                  dtype.name(),
                  NpyArray.storedType(dtype).name()));
    }
    double[] values = array.toDoubles();
    boolean rounded = false;
    for (int i = 0; i < values.length; i++) {
      double value = dtype.decode(dtype.encode(values[i]));
      if (Double.isInfinite(value) && Double.isFinite(values[i])) {
        throw new InputException(
            "%s: %s holds %s, which is beyond %s".formatted(file, name, values[i], dtype.name()));
      }
      rounded |= Double.compare(value, values[i]) != 0;
      values[i] = value;
    }
    String origin = rounded ? file + ", rounded to " + dtype.name() : file.toString();
    return new HostMatrix(
        (int) shape[0], (int) shape[1], dtype, values, array.fortranOrder(), origin);
  }

  private static boolean fits(DType stored, DType dtype) {
    return switch (dtype) {
      case IntType _ -> stored.equals(dtype);
      case FloatType type ->
          stored instanceof FloatType wide && wide.mantissaBits() >= type.mantissaBits();
      case StoredType _ -> stored instanceof FloatType;
    };
  }

  /** This matrix in device memory. */
  public Tensor upload(Device device) {
    Tensor tensor =
        columnMajor
            ? Tensor.columnMajor(device, dtype, rows, columns)
            : Tensor.of(device, dtype, rows, columns);
    tensor.upload(values);
    return tensor;
  }
}
