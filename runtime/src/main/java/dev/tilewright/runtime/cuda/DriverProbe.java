package dev.tilewright.runtime.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Whether there is an NVIDIA driver with a device, found out without any JavaCPP class. */
final class DriverProbe {
  private final String library;

  /**
   * @param library the driver's library, found by the system's own search
   */
  DriverProbe(String library) {
    this.library = library;
  }

  static DriverProbe system() {
    boolean windows = System.getProperty("os.name", "").startsWith("Windows");
    return new DriverProbe(windows ? "nvcuda.dll" : "libcuda.so.1");
  }

  /** Why no device can be used; empty if one can. */
  @SuppressWarnings("restricted")
  Optional<String> absence() {
    SymbolLookup driver;
    try {
      // For good: unloading a driver that has been initialised is asking for trouble.
      driver = SymbolLookup.libraryLookup(library, Arena.global());
    } catch (IllegalArgumentException e) {
      return Optional.of("the NVIDIA driver's library " + library + " is not on this machine");
    }
    try (Arena arena = Arena.ofConfined()) {
      int initialised = call(driver, "cuInit", 0);
      if (initialised != CudaErrors.SUCCESS) {
        return Optional.of(failure(driver, "cuInit", initialised));
      }
      MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
      int counted = call(driver, "cuDeviceGetCount", count);
      if (counted != CudaErrors.SUCCESS) {
        return Optional.of(failure(driver, "cuDeviceGetCount", counted));
      }
      return count.get(ValueLayout.JAVA_INT, 0) > 0
          ? Optional.empty()
          : Optional.of("the NVIDIA driver sees no device");
    } catch (MissingSymbolException e) {
      return Optional.of(library + " is no NVIDIA driver: it lacks " + e.getMessage());
    }
  }

  private static String failure(SymbolLookup driver, String call, int code) {
    var texts =
        new CudaErrors.Texts() {
          @Override
          public String name(int code) {
            return text(driver, "cuGetErrorName", code);
          }

          @Override
          public String description(int code) {
            return text(driver, "cuGetErrorString", code);
          }
        };
    return String.valueOf(CudaErrors.exception(texts, call, code, "").getMessage());
  }

  @SuppressWarnings("restricted")
  private static String text(SymbolLookup driver, String function, int code) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pointer = arena.allocate(ValueLayout.ADDRESS);
      if (call(driver, function, code, pointer) != CudaErrors.SUCCESS) {
        return "";
      }
      MemorySegment text = pointer.get(ValueLayout.ADDRESS, 0);
      return text.equals(MemorySegment.NULL)
          ? ""
          : text.reinterpret(Integer.MAX_VALUE).getString(0);
    }
  }

  @SuppressWarnings("restricted")
  private static int call(SymbolLookup driver, String function, Object... arguments) {
    var layouts = new MemoryLayout[arguments.length];
    for (int i = 0; i < arguments.length; i++) {
      layouts[i] = arguments[i] instanceof Integer ? ValueLayout.JAVA_INT : ValueLayout.ADDRESS;
    }
    MemorySegment symbol =
        driver.find(function).orElseThrow(() -> new MissingSymbolException(function));
    var handle =
        Linker.nativeLinker()
            .downcallHandle(symbol, FunctionDescriptor.of(ValueLayout.JAVA_INT, layouts));
    try {
      return (int) handle.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new LinkageError("calling " + function, e);
    }
  }

  private static final class MissingSymbolException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MissingSymbolException(String function) {
      super(function);
    }
  }
}
