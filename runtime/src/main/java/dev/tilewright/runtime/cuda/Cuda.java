package dev.tilewright.runtime.cuda;

import static org.bytedeco.cuda.global.cudart.cuGetErrorName;
import static org.bytedeco.cuda.global.cudart.cuGetErrorString;

import dev.tilewright.runtime.DeviceException;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** What every driver call needs: a checked result, and memory given by its address. */
final class Cuda {
  private static final CudaErrors.Texts TEXTS =
      new CudaErrors.Texts() {
        @Override
        public String name(int code) {
          var text = new BytePointer();
          return cuGetErrorName(code, text) == CudaErrors.SUCCESS ? text.getString() : "";
        }

        @Override
        public String description(int code) {
          var text = new BytePointer();
          return cuGetErrorString(code, text) == CudaErrors.SUCCESS ? text.getString() : "";
        }
      };

  private Cuda() {}

  /**
   * @param call the driver function, and what it was called for
   * @throws DeviceException unless the result is success
   */
  static void check(int result, String call) {
    if (result != CudaErrors.SUCCESS) {
      throw exception(result, call, "");
    }
  }

  static DeviceException exception(int result, String call, String detail) {
    return CudaErrors.exception(TEXTS, call, result, detail);
  }

  /** A native address as JavaCPP wants it. It owns nothing. */
  static final class Address extends Pointer {
    Address(long address) {
      this.address = address;
    }
  }
}
