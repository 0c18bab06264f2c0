package dev.tilewright.runtime;

/** A device, its driver or a kernel launch failed. The message names the call and its code. */
public class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DeviceException(String message) {
    super(message);
  }

  public DeviceException(String message, Throwable cause) {
    super(message, cause);
  }
}
