package dev.tilewright.runtime;

import dev.tilewright.runtime.spi.LaunchReport;
import dev.tilewright.runtime.spi.LaunchShape;
import dev.tilewright.runtime.spi.StreamDriver;
import dev.tilewright.runtime.spi.TiledTensorMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** A kernel with checked arguments. */
public final class Launch {
  private final LoadedImage image;
  private final LaunchShape shape;
  private final SequencedMap<String, Long> dimensions;
  private final byte[] parameters;
  private final List<Tensor> tensors;
  private final List<Workspaces.Request> workspaces;

  Launch(
      LoadedImage image,
      LaunchShape shape,
      SequencedMap<String, Long> dimensions,
      byte[] parameters,
      List<Tensor> tensors,
      List<Workspaces.Request> workspaces) {
    this.image = image;
    this.shape = shape;
    this.dimensions = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(dimensions));
    this.parameters = parameters;
    this.tensors = List.copyOf(tensors);
    this.workspaces = List.copyOf(workspaces);
  }

  /** The grid, in blocks. */
  public LaunchShape shape() {
    return shape;
  }

  /** The value of every dimension, as read off the tensors. */
  public SequencedMap<String, Long> dimensions() {
    return dimensions;
  }

  /** The parameter buffer as the kernel will see it, but for the addresses of workspaces: 0. */
  public byte[] parameters() {
    return parameters.clone();
  }

  /**
   * Launches on a stream.
   *
   * @return what the device counted; hardware counts nothing and returns before the kernel has
   *     finished
   * @throws KernelFaultException if the device's sanitizer objects: results are not to be trusted
   * @throws DeviceException if the driver refuses the launch
   */
  public LaunchReport run(Stream stream) {
    LaunchReport report = observe(stream);
    if (!report.findings().isEmpty()) {
      throw new KernelFaultException(image.image().entry(), report);
    }
    return report;
  }

  /**
   * Launches as {@link #run(Stream)} does, but returns the sanitizer's findings with the report.
   */
  public LaunchReport observe(Stream stream) {
    for (Tensor tensor : tensors) {
      tensor.storage().ensureOpen();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(parameters.length, TiledTensorMap.ALIGNMENT);
      buffer.copyFrom(MemorySegment.ofArray(parameters));
      StreamDriver driver = stream.driverFor(image.device());
      if (workspaces.isEmpty()) {
        return driver.launch(image.kernel(), shape, buffer);
      }
      return stream
          .workspaces()
          .lend(workspaces, buffer, () -> driver.launch(image.kernel(), shape, buffer));
    }
  }
}
