package dev.tilewright.emulator;

import dev.tilewright.emulator.decode.ProgramLoader;
import dev.tilewright.emulator.machine.GlobalMemory;
import dev.tilewright.emulator.machine.TensorMap;
import dev.tilewright.emulator.ptx.Module;
import dev.tilewright.emulator.ptx.PtxReader;
import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.spi.DeviceDescription;
import dev.tilewright.runtime.spi.DeviceDriver;
import dev.tilewright.runtime.spi.EventDriver;
import dev.tilewright.runtime.spi.LoadedKernel;
import dev.tilewright.runtime.spi.StreamDriver;
import dev.tilewright.runtime.spi.TiledTensorMap;
import java.nio.charset.StandardCharsets;

/** An emulated device. Work runs on the calling thread, so every stream is always idle. */
final class EmulatorDevice implements DeviceDriver {
  private final Target target;
  private final EmulatorOptions options;
  private final GlobalMemory memory = new GlobalMemory();
  private volatile boolean closed;

  EmulatorDevice(Target target, EmulatorOptions options) {
    this.target = target;
    this.options = options;
  }

  static DeviceDescription describe(Target target) {
    return new DeviceDescription(
        "emulator:" + target.name(),
        target.label(),
        target.accepts(),
        dev.tilewright.emulator.machine.Launch.MULTIPROCESSORS,
        Runtime.getRuntime().maxMemory() / 4,
        target.sharedBytesPerBlock());
  }

  Target target() {
    return target;
  }

  EmulatorOptions options() {
    return options;
  }

  GlobalMemory memory() {
    if (closed) {
      throw new DeviceException("emulator: the device is closed");
    }
    return memory;
  }

  @Override
  public DeviceDescription description() {
    return describe(target);
  }

  @Override
  public long allocate(long bytes) {
    return memory().allocate(bytes).base();
  }

  @Override
  public void free(long address) {
    memory().free(address);
  }

  @Override
  public LoadedKernel load(KernelImage image) {
    if (image.format() != KernelImage.Format.PTX) {
      throw new DeviceException(
          "emulator: runs PTX text, not " + image.format() + ", of kernel " + image.entry());
    }
    if (!target.accepts().contains(image.target())) {
      throw new DeviceException(
          "emulator: "
              + target.name()
              + " does not run code for "
              + image.target()
              + "; it accepts "
              + target.accepts());
    }
    Module module = PtxReader.read(new String(image.code(), StandardCharsets.UTF_8));
    return new EmulatorKernel(image, ProgramLoader.load(module, image.entry(), memory()), memory());
  }

  @Override
  public byte[] encode(TiledTensorMap map) {
    if (target.capability() < 90) {
      throw new DeviceException(
          "emulator: " + target.name() + " has no tensor memory accelerator; sm_90 has");
    }
    return TensorMap.encode(map);
  }

  @Override
  public StreamDriver openStream() {
    return new EmulatorStream(this);
  }

  @Override
  public EventDriver openEvent() {
    return new EmulatorEvent();
  }

  @Override
  public void close() {
    closed = true;
  }
}
