package dev.tilewright.runtime.cuda;

import dev.tilewright.runtime.DeviceException;

/** Turns the driver's result codes into exceptions. */
final class CudaErrors {
  static final int SUCCESS = 0;

  /** The driver's own names and sentences. */
  interface Texts {
    /** Such as {@code CUDA_ERROR_NO_DEVICE}; empty if the driver does not know the code. */
    String name(int code);

    /** Such as {@code no CUDA-capable device is detected}; empty if unknown. */
    String description(int code);
  }

  private CudaErrors() {}

  /**
   * @param call the driver function, and what it was called for
   * @param detail more to say, such as a compiler log; may be empty
   */
  static DeviceException exception(Texts texts, String call, int code, String detail) {
    String name = texts.name(code);
    String description = texts.description(code);
    StringBuilder message = new StringBuilder("TW-R040: ").append(call).append(": ");
    message
        .append(name.isEmpty() ? "unknown CUDA error" : name)
        .append(" (")
        .append(code)
        .append(')');
    if (!description.isEmpty()) {
      message.append(", ").append(description);
    }
    if (!advice(code).isEmpty()) {
      message.append(". ").append(advice(code));
    }
    if (!detail.isBlank()) {
      message.append('\n').append(detail.strip());
    }
    return new DeviceException(message.toString());
  }

  /** What a user can do, where the driver's sentence does not say. */
  private static String advice(int code) {
    return switch (code) {
      case 2 -> "Close tensors that are no longer needed, or use smaller ones";
      case 34 ->
          "A stub library is loaded in the driver's place: take the stubs folder off the"
              + " library path";
      case 209 -> "The image holds machine code for another architecture: compile for this device";
      case 218 -> "The driver cannot compile the PTX";
      case 222 ->
          "The driver is older than the PTX version: update the driver, or emit an older"
              + " version";
      case 700, 716, 717, 719 ->
          "A kernel launched earlier failed and the context is lost; run the"
              + " same launch on the emulator to see where";
      case 701 -> "The block needs more registers or shared memory than there are";
      default -> "";
    };
  }

  /** Whether the context is lost, so that every later call reports the same error. */
  static boolean isSticky(int code) {
    return switch (code) {
      case 214, 700, 702, 710, 714, 715, 716, 717, 718, 719 -> true;
      default -> false;
    };
  }
}
