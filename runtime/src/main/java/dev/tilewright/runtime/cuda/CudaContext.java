package dev.tilewright.runtime.cuda;

import static org.bytedeco.cuda.global.cudart.cuCtxSetCurrent;
import static org.bytedeco.cuda.global.cudart.cuDevicePrimaryCtxRelease;
import static org.bytedeco.cuda.global.cudart.cuDevicePrimaryCtxRetain;

import dev.tilewright.runtime.DeviceException;
import org.bytedeco.cuda.cudart.CUctx_st;

/**
 * A device's primary context, shared with the CUDA runtime and with other libraries of the process.
 * The driver keeps a current context per thread, so every use from here makes it current first.
 */
final class CudaContext {
  private final int device;
  private final CUctx_st context = new CUctx_st();
  private volatile boolean lost;

  CudaContext(int device) {
    this.device = device;
    Cuda.check(cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
  }

  /** Makes the context current on this thread. */
  void enter() {
    Cuda.check(cuCtxSetCurrent(context), "cuCtxSetCurrent");
  }

  /**
   * @param call the driver function, and what it was called for
   * @throws DeviceException unless the result is success
   */
  void check(int result, String call) {
    if (result != CudaErrors.SUCCESS) {
      throw failure(result, call, "");
    }
  }

  DeviceException failure(int result, String call, String detail) {
    lost |= CudaErrors.isSticky(result);
    return Cuda.exception(result, call, detail);
  }

  /**
   * As {@link #check}, for calls that release something: once a kernel's failure has cost the
   * context they all fail with its error, which has been reported.
   */
  void checkRelease(int result, String call) {
    if (!lost) {
      check(result, call);
    }
  }

  void release() {
    checkRelease(cuDevicePrimaryCtxRelease(device), "cuDevicePrimaryCtxRelease");
  }
}
