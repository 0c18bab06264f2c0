package dev.tilewright.samples.hip;

import dev.tilewright.hip.Clang;
import dev.tilewright.ir.tool.ChildProcess;
import dev.tilewright.ir.tool.TemporaryFolder;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.spi.DeviceDescription;
import dev.tilewright.runtime.spi.DeviceDriver;
import dev.tilewright.runtime.spi.EventDriver;
import dev.tilewright.runtime.spi.LaunchReport;
import dev.tilewright.runtime.spi.LaunchShape;
import dev.tilewright.runtime.spi.LoadedKernel;
import dev.tilewright.runtime.spi.StreamDriver;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** A device of {@link HostHipProvider}: its memory is the process's, its kernels are libraries. */
@SuppressWarnings("restricted")
final class HostHipDevice implements DeviceDriver {
  private static final FunctionDescriptor LAUNCH =
      FunctionDescriptor.ofVoid(
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_INT,
          ValueLayout.ADDRESS);

  private final DeviceDescription description;
  private final Arena arena = Arena.ofShared();
  private final Map<Long, Arena> allocations = new ConcurrentHashMap<>();

  HostHipDevice(DeviceDescription description) {
    this.description = description;
  }

  @Override
  public DeviceDescription description() {
    return description;
  }

  /** Filled with a pattern that no kernel would take for a result. */
  @Override
  public long allocate(long bytes) {
    Arena own = Arena.ofShared();
    MemorySegment memory = own.allocate(bytes, 256).fill((byte) 0xCB);
    allocations.put(memory.address(), own);
    return memory.address();
  }

  @Override
  public void free(long address) {
    Objects.requireNonNull(allocations.remove(address)).close();
  }

  @Override
  public LoadedKernel load(KernelImage image) {
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      Path source = folder.path().resolve("kernel.cpp");
      Path library = folder.path().resolve("kernel.so");
      Files.writeString(source, text(image));
      compile(source, library);
      MethodHandle launch =
          Linker.nativeLinker()
              .downcallHandle(
                  SymbolLookup.libraryLookup(library, arena).findOrThrow("launch"), LAUNCH);
      return new Kernel(image, launch);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(KernelImage image) throws IOException {
    try (InputStream shim =
        Objects.requireNonNull(HostHipDevice.class.getResourceAsStream("/hip/host.h"))) {
      return new String(shim.readAllBytes(), StandardCharsets.UTF_8)
          + new String(image.code(), StandardCharsets.UTF_8)
          + """

          extern "C" void launch(int x, int y, int z, int threads, char *arguments) {
            host::arguments = arguments;
            for (int k = 0; k < z; k++)
              for (int j = 0; j < y; j++)
                for (int i = 0; i < x; i++)
                  host::run(i, j, k, threads, host::call<%s>);
          }
          """
              .formatted(image.entry());
    }
  }

  private static void compile(Path source, Path library) throws IOException {
    Clang clang = Clang.require();
    List<String> command =
        List.of(
            clang.executable().toString(),
            "-x",
            "c++",
            "-std=c++20",
            "-O1",
            "-mf16c",
            "-mfma",
            "-fPIC",
            "-shared",
            "-nostdlib",
            "-nostdinc",
            "-fuse-ld=lld",
            "-Wl,-z,now",
            "-B" + clang.executable().getParent(),
            "-ffp-contract=off",
            "-w",
            "-o",
            library.toString(),
            source.toString());
    try {
      ChildProcess run = ChildProcess.run(command, clang.timeout()).orElseThrow();
      if (run.exit() != 0) {
        throw new IllegalStateException(run.output());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private record Kernel(KernelImage image, MethodHandle launch) implements LoadedKernel {
    @Override
    public void close() {
      // The library goes with the device.
    }
  }

  @Override
  public StreamDriver openStream() {
    return new Stream();
  }

  @Override
  public EventDriver openEvent() {
    throw new UnsupportedOperationException("nothing is measured here");
  }

  @Override
  public void close() {
    allocations.values().forEach(Arena::close);
    allocations.clear();
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  /** Runs everything at once. */
  private static final class Stream implements StreamDriver {
    private static MemorySegment at(long address, long bytes) {
      return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    @Override
    public void upload(long to, MemorySegment from) {
      at(to, from.byteSize()).copyFrom(from);
    }

    @Override
    public void download(MemorySegment to, long from) {
      to.copyFrom(at(from, to.byteSize()));
    }

    @Override
    public void fill(long to, byte value, long bytes) {
      at(to, bytes).fill(value);
    }

    @Override
    public LaunchReport launch(LoadedKernel kernel, LaunchShape shape, MemorySegment arguments) {
      try (Arena call = Arena.ofConfined()) {
        MemorySegment buffer = call.allocate(Math.max(1, arguments.byteSize()), 64);
        buffer.asSlice(0, arguments.byteSize()).copyFrom(arguments);
        int threads = kernel.image().threads();
        ((Kernel) kernel).launch().invokeExact(shape.x(), shape.y(), shape.z(), threads, buffer);
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
      return LaunchReport.NONE;
    }

    @Override
    public void record(EventDriver event) {
      throw new UnsupportedOperationException("nothing is measured here");
    }

    @Override
    public void await(EventDriver event) {
      throw new UnsupportedOperationException("nothing is measured here");
    }

    @Override
    public void synchronize() {
      // Everything has been done.
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }
}
