package dev.tilewright.emulator;

import dev.tilewright.emulator.decode.ProgramLoader;
import dev.tilewright.emulator.machine.Dimensions;
import dev.tilewright.emulator.machine.Launch;
import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.spi.ClusterShape;
import dev.tilewright.runtime.spi.EventDriver;
import dev.tilewright.runtime.spi.LaunchReport;
import dev.tilewright.runtime.spi.LaunchShape;
import dev.tilewright.runtime.spi.LoadedKernel;
import dev.tilewright.runtime.spi.StreamDriver;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Runs everything at once, on the calling thread. */
final class EmulatorStream implements StreamDriver {
  private final EmulatorDevice device;

  EmulatorStream(EmulatorDevice device) {
    this.device = device;
  }

  @Override
  public void upload(long to, MemorySegment from) {
    if (from.byteSize() > 0) {
      device.memory().upload(to, from);
    }
  }

  @Override
  public void download(MemorySegment to, long from) {
    if (to.byteSize() > 0) {
      device.memory().download(to, from);
    }
  }

  @Override
  public void fill(long to, byte value, long bytes) {
    if (bytes > 0) {
      device.memory().fill(to, value, bytes);
    }
  }

  @Override
  public LaunchReport launch(LoadedKernel kernel, LaunchShape shape, MemorySegment arguments) {
    int threads = kernel.image().threads();
    return launch(kernel, shape, new Dimensions(threads, 1, 1), arguments);
  }

  /** Launches with blocks of any shape, as foreign kernels need. */
  LaunchReport launch(
      LoadedKernel kernel, LaunchShape shape, Dimensions threads, MemorySegment arguments) {
    if (!(kernel instanceof EmulatorKernel emulated)) {
      throw new DeviceException("emulator: the kernel was loaded by another device family");
    }
    ProgramLoader.Loaded loaded = emulated.loaded();
    requireLimits(emulated, loaded, threads);
    ClusterShape cluster = cluster(emulated, loaded, shape);
    byte[] parameters = arguments.toArray(ValueLayout.JAVA_BYTE);
    if (parameters.length != loaded.parameterBytes()) {
      throw new DeviceException(
          "emulator: kernel "
              + emulated.image().entry()
              + " takes "
              + loaded.parameterBytes()
              + " bytes of parameters, not "
              + parameters.length);
    }
    return new Launch(
            loaded.program(),
            device.memory(),
            new Dimensions(shape.x(), shape.y(), shape.z()),
            threads,
            new Dimensions(cluster.x(), cluster.y(), cluster.z()),
            emulated.image().sharedBytes(),
            parameters,
            device.options())
        .run();
  }

  /** The shape of the launch's clusters: as the image says, or else as the code requires. */
  private ClusterShape cluster(
      EmulatorKernel kernel, ProgramLoader.Loaded loaded, LaunchShape grid) {
    ClusterShape cluster = kernel.image().cluster();
    String name = kernel.image().entry();
    List<Integer> required = loaded.entry().attributes().get("reqnctapercluster");
    if (required != null) {
      ClusterShape code =
          new ClusterShape(
              required.getFirst(),
              required.size() > 1 ? required.get(1) : 1,
              required.size() > 2 ? required.get(2) : 1);
      if (!cluster.equals(ClusterShape.SINGLE) && !cluster.equals(code)) {
        throw new DeviceException(
            "emulator: kernel "
                + name
                + " requires clusters of "
                + code
                + ", but is launched with "
                + cluster);
      }
      cluster = code;
    }
    if (cluster.count() > 1 && device.target().capability() < 90) {
      throw new DeviceException(
          "emulator: kernel "
              + name
              + " uses clusters of "
              + cluster
              + "; "
              + device.target().name()
              + " has none, sm_90 has");
    }
    if (cluster.count() > Target.BLOCKS_PER_CLUSTER) {
      throw new DeviceException(
          "emulator: kernel "
              + name
              + " uses clusters of "
              + cluster
              + "; a cluster has at most "
              + Target.BLOCKS_PER_CLUSTER
              + " blocks");
    }
    if (grid.x() % cluster.x() != 0 || grid.y() % cluster.y() != 0 || grid.z() % cluster.z() != 0) {
      throw new DeviceException(
          "emulator: the grid of kernel "
              + name
              + ", "
              + grid.x()
              + "x"
              + grid.y()
              + "x"
              + grid.z()
              + " blocks, is not made of whole clusters of "
              + cluster);
    }
    return cluster;
  }

  private void requireLimits(
      EmulatorKernel kernel, ProgramLoader.Loaded loaded, Dimensions threads) {
    String name = kernel.image().entry();
    int count = threads.count();
    if (count < 1 || count > Target.THREADS_PER_BLOCK) {
      throw new DeviceException(
          "emulator: kernel "
              + name
              + " asks for "
              + count
              + " threads in a block; there may be 1.."
              + Target.THREADS_PER_BLOCK);
    }
    List<Integer> required = loaded.entry().attributes().get("reqntid");
    if (required != null && product(required) != count) {
      throw new DeviceException(
          "emulator: kernel " + name + " requires " + product(required) + " threads, not " + count);
    }
    List<Integer> most = loaded.entry().attributes().get("maxntid");
    if (most != null && count > product(most)) {
      throw new DeviceException(
          "emulator: kernel " + name + " allows " + product(most) + " threads, not " + count);
    }
    long shared = (long) loaded.program().staticSharedBytes() + kernel.image().sharedBytes();
    if (shared > device.target().sharedBytesPerBlock()) {
      throw new DeviceException(
          "emulator: kernel "
              + name
              + " needs "
              + shared
              + " bytes of shared memory; "
              + device.target().name()
              + " has "
              + device.target().sharedBytesPerBlock()
              + " per block");
    }
  }

  private static int product(List<Integer> extents) {
    return extents.stream().reduce(1, (a, b) -> a * b);
  }

  @Override
  public void record(EventDriver event) {
    if (!(event instanceof EmulatorEvent emulated)) {
      throw new DeviceException("emulator: the event belongs to another device family");
    }
    emulated.record();
  }

  @Override
  public void await(EventDriver event) {
    event.synchronize();
  }

  @Override
  public void synchronize() {
    // All work is done when its call returns.
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
