package dev.tilewright.runtime.cuda;

import static org.bytedeco.cuda.global.cudart.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
import static org.bytedeco.cuda.global.cudart.CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED;
import static org.bytedeco.cuda.global.cudart.CU_JIT_ERROR_LOG_BUFFER;
import static org.bytedeco.cuda.global.cudart.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES;
import static org.bytedeco.cuda.global.cudart.cuFuncSetAttribute;
import static org.bytedeco.cuda.global.cudart.cuModuleGetFunction;
import static org.bytedeco.cuda.global.cudart.cuModuleLoadDataEx;
import static org.bytedeco.cuda.global.cudart.cuModuleUnload;

import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.spi.LoadedKernel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerPointer;

/** A module with one entry point. The driver compiles PTX while it loads the module. */
final class CudaKernel extends CudaResource implements LoadedKernel {
  private static final int LOG_BYTES = 1 << 14;

  /** A larger cluster must be asked for: not every device that has clusters has such. */
  private static final int PORTABLE_CLUSTER = 8;

  private final KernelImage image;
  private final CUmod_st module = new CUmod_st();
  private final CUfunc_st function = new CUfunc_st();

  CudaKernel(CudaDevice device, KernelImage image) {
    super(device);
    this.image = image;
    load();
    try {
      context()
          .check(
              cuModuleGetFunction(function, module, image.entry()),
              "cuModuleGetFunction of kernel '" + image.entry() + "'");
      // Beyond 48 KB a kernel must ask for its dynamic shared memory before it is launched.
      context()
          .check(
              cuFuncSetAttribute(
                  function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, image.sharedBytes()),
              "cuFuncSetAttribute for "
                  + image.sharedBytes()
                  + " bytes of shared memory of kernel '"
                  + image.entry()
                  + "'");
      if (image.cluster().count() > PORTABLE_CLUSTER) {
        context()
            .check(
                cuFuncSetAttribute(
                    function, CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED, 1),
                "cuFuncSetAttribute for clusters of "
                    + image.cluster()
                    + " blocks of kernel '"
                    + image.entry()
                    + "'");
      }
    } catch (DeviceException e) {
      cuModuleUnload(module);
      throw e;
    }
  }

  private void load() {
    byte[] code = image.code();
    // PTX text ends with a NUL; machine code knows its own length and does not mind one.
    byte[] terminated = Arrays.copyOf(code, code.length + 1);
    try (Arena arena = Arena.ofConfined();
        var data = new BytePointer(terminated);
        var options = new IntPointer(CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES)) {
      MemorySegment log = arena.allocate(LOG_BYTES);
      // The option values are an array of void*, of which one is a number.
      try (var values = new LongPointer(log.address(), LOG_BYTES)) {
        int result =
            cuModuleLoadDataEx(
                module, data, (int) options.capacity(), options, new PointerPointer<>(values));
        if (result != CudaErrors.SUCCESS) {
          String call = "cuModuleLoadDataEx of kernel '" + image.entry() + "'";
          throw context().failure(result, call, log.getString(0));
        }
      }
    }
  }

  CUfunc_st function() {
    return function;
  }

  @Override
  public KernelImage image() {
    return image;
  }

  @Override
  void release() {
    context().checkRelease(cuModuleUnload(module), "cuModuleUnload");
  }
}
