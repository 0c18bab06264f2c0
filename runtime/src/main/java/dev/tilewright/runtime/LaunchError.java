package dev.tilewright.runtime;

/** What can be wrong with a launch. The codes are stable. */
public enum LaunchError {
  /** The image was compiled for a target that the device does not accept. */
  TARGET("TW-R010"),
  /** A block has more threads or shared memory than the device allows. */
  BLOCK("TW-R011"),
  /** A tensor, scalar or dimension that the kernel needs was not given. */
  MISSING_ARGUMENT("TW-R012"),
  /** An argument was given that the kernel does not have. */
  UNKNOWN_ARGUMENT("TW-R013"),
  /** An argument is of another kind: a number where a tensor belongs, say. */
  KIND("TW-R014"),
  /** A tensor lives on another device. */
  DEVICE("TW-R015"),
  /** A tensor has another element type. */
  DTYPE("TW-R016"),
  /** A tensor has another number of dimensions. */
  RANK("TW-R017"),
  /** Two arguments give different sizes to one dimension. */
  DIMENSION_CONFLICT("TW-R018"),
  /** A tensor's size is not what the kernel's shape says. */
  SHAPE("TW-R019"),
  /** A size does not fit the kernel's 32-bit parameter, or a size expression overflows. */
  SIZE("TW-R020"),
  /** Neighbours along a dimension are not one element apart as the kernel assumes. */
  UNIT_STRIDE("TW-R021"),
  /** A tensor's address or one of its strides is not aligned as the kernel assumes. */
  ALIGNMENT("TW-R022"),
  /** A written tensor shares memory with another argument or with itself. */
  OVERLAP("TW-R023"),
  /** The grid is empty or too large. */
  GRID("TW-R024"),
  /** A number does not fit the scalar's type. */
  SCALAR("TW-R025"),
  /** A dimension is not a multiple of what the kernel assumes. */
  DIVISOR("TW-R026"),
  /** A cluster has too many blocks, or the grid is no multiple of it. */
  CLUSTER("TW-R027"),
  /** A tensor map cannot describe the tensor. */
  TENSOR_MAP("TW-R028");

  private final String code;

  LaunchError(String code) {
    this.code = code;
  }

  /** The stable code, such as {@code TW-R018}. */
  public String code() {
    return code;
  }
}
