package dev.tilewright.runtime;

import dev.tilewright.runtime.spi.DeviceDescription;
import dev.tilewright.runtime.spi.DeviceDriver;
import dev.tilewright.runtime.spi.EventDriver;
import dev.tilewright.runtime.spi.Finding;
import dev.tilewright.runtime.spi.LaunchReport;
import dev.tilewright.runtime.spi.LaunchShape;
import dev.tilewright.runtime.spi.LoadedKernel;
import dev.tilewright.runtime.spi.StreamDriver;
import dev.tilewright.runtime.spi.TiledTensorMap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A device that keeps bytes, checks every address, and notes what it is asked to launch. */
final class FakeDevice implements DeviceDriver {
  static final DeviceDescription DESCRIPTION =
      new DeviceDescription("fake:0", "Fake", List.of("sm_86", "sm_80"), 1, 1L << 30, 100_000);

  /** One launch as the driver saw it. */
  record Launched(LaunchShape shape, byte[] parameters) {}

  final TreeMap<Long, byte[]> memory = new TreeMap<>();
  final List<Launched> launches = new ArrayList<>();
  final List<TiledTensorMap> encodings = new ArrayList<>();
  List<Finding> findings = List.of();
  int closed;
  int freed;
  private long next = 0x10000;

  @Override
  public DeviceDescription description() {
    return DESCRIPTION;
  }

  @Override
  public long allocate(long bytes) {
    if (bytes > 1 << 24) {
      throw new DeviceException("fake memory is exhausted");
    }
    long address = next;
    // Fresh memory is never zero, so that whoever counts on zeros is found out.
    byte[] block = new byte[(int) bytes];
    java.util.Arrays.fill(block, (byte) 0xa5);
    memory.put(address, block);
    next += (bytes + 1023) / 512 * 512;
    return address;
  }

  @Override
  public void free(long address) {
    if (memory.remove(address) == null) {
      throw new AssertionError("freed twice: " + address);
    }
    freed++;
  }

  @Override
  public byte[] encode(TiledTensorMap map) {
    encodings.add(map);
    byte[] bytes = new byte[TiledTensorMap.BYTES];
    java.util.Arrays.fill(bytes, (byte) encodings.size());
    return bytes;
  }

  private MemorySegment at(long address, long bytes) {
    Map.Entry<Long, byte[]> block = memory.floorEntry(address);
    if (block == null || address + bytes > block.getKey() + block.getValue().length) {
      throw new AssertionError("no " + bytes + " bytes at " + address);
    }
    return MemorySegment.ofArray(block.getValue()).asSlice(address - block.getKey(), bytes);
  }

  @Override
  public LoadedKernel load(KernelImage image) {
    return new LoadedKernel() {
      @Override
      public KernelImage image() {
        return image;
      }

      @Override
      public void close() {
        closed++;
      }
    };
  }

  @Override
  public StreamDriver openStream() {
    return new FakeStream();
  }

  private final class FakeStream implements StreamDriver {
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
      launches.add(new Launched(shape, arguments.toArray(ValueLayout.JAVA_BYTE)));
      return new LaunchReport(new LinkedHashMap<>(Map.of("launches", 1L)), findings);
    }

    @Override
    public void record(EventDriver event) {}

    @Override
    public void await(EventDriver event) {}

    @Override
    public void synchronize() {}

    @Override
    public void close() {
      closed++;
    }
  }

  @Override
  public EventDriver openEvent() {
    return new EventDriver() {
      @Override
      public void synchronize() {}

      @Override
      public long nanosSince(EventDriver start) {
        return 42;
      }

      @Override
      public void close() {
        closed++;
      }
    };
  }

  @Override
  public void close() {
    closed++;
  }
}
