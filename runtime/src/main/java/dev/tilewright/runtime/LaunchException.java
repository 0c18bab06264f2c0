package dev.tilewright.runtime;

/**
 * A kernel cannot be launched like this. Nothing was launched. The message begins with the error's
 * code and the kernel's name and says what would be right.
 */
public final class LaunchException extends DeviceException {
  private static final long serialVersionUID = 1L;

  private final LaunchError error;

  public LaunchException(LaunchError error, String kernel, String problem) {
    super(error.code() + ": kernel '" + kernel + "': " + problem);
    this.error = error;
  }

  public LaunchError error() {
    return error;
  }
}
