package dev.tilewright.emulator;

import dev.tilewright.emulator.decode.ProgramLoader;
import dev.tilewright.emulator.machine.GlobalMemory;
import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.spi.LoadedKernel;
import java.util.concurrent.atomic.AtomicBoolean;

/** A decoded module. Closing it frees its global variables. */
final class EmulatorKernel implements LoadedKernel {
  private final KernelImage image;
  private final ProgramLoader.Loaded loaded;
  private final GlobalMemory memory;
  private final AtomicBoolean closed = new AtomicBoolean();

  EmulatorKernel(KernelImage image, ProgramLoader.Loaded loaded, GlobalMemory memory) {
    this.image = image;
    this.loaded = loaded;
    this.memory = memory;
  }

  @Override
  public KernelImage image() {
    return image;
  }

  ProgramLoader.Loaded loaded() {
    if (closed.get()) {
      throw new DeviceException("emulator: kernel " + image.entry() + " has been unloaded");
    }
    return loaded;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      loaded.variables().forEach(memory::free);
    }
  }
}
