package dev.tilewright;

import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.spi.DeviceDescription;
import dev.tilewright.runtime.spi.DeviceDriver;
import dev.tilewright.runtime.spi.EventDriver;
import dev.tilewright.runtime.spi.LaunchReport;
import dev.tilewright.runtime.spi.LaunchShape;
import dev.tilewright.runtime.spi.LoadedKernel;
import dev.tilewright.runtime.spi.StreamDriver;
import java.lang.foreign.MemorySegment;

/** A device that gives out addresses and runs nothing. */
final class PaperDevice implements DeviceDriver {
  private final DeviceDescription description;
  private long next = 1 << 20;

  PaperDevice(DeviceDescription description) {
    this.description = description;
  }

  @Override
  public DeviceDescription description() {
    return description;
  }

  @Override
  public long allocate(long bytes) {
    long address = next;
    next += (bytes + 511) / 256 * 256;
    return address;
  }

  @Override
  public void free(long address) {}

  @Override
  public LoadedKernel load(KernelImage image) {
    return new LoadedKernel() {
      @Override
      public KernelImage image() {
        return image;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public StreamDriver openStream() {
    return new StreamDriver() {
      @Override
      public void upload(long to, MemorySegment from) {}

      @Override
      public void download(MemorySegment to, long from) {}

      @Override
      public void fill(long to, byte value, long bytes) {}

      @Override
      public LaunchReport launch(LoadedKernel kernel, LaunchShape shape, MemorySegment arguments) {
        return LaunchReport.NONE;
      }

      @Override
      public void record(EventDriver event) {}

      @Override
      public void await(EventDriver event) {}

      @Override
      public void synchronize() {}

      @Override
      public void close() {}
    };
  }

  @Override
  public EventDriver openEvent() {
    throw new UnsupportedOperationException("a paper device measures nothing");
  }

  @Override
  public void close() {}
}
