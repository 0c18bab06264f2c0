package dev.tilewright.runtime;

import dev.tilewright.runtime.spi.DeviceDriver;
import dev.tilewright.runtime.spi.LaunchReport;
import dev.tilewright.runtime.spi.StreamDriver;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Supplier;

/**
 * Memory that a stream's launches use in turn, kept between them: what runs on a stream runs in
 * order, so that all may use the same. It grows to what the largest launch asks for.
 *
 * <p>One part is zeroed when it is allocated, and by every kernel before it ends; so no launch need
 * be preceded by a fill. After a launch with findings it is zeroed again, as the kernel may have
 * stopped before it had put everything back.
 */
final class Workspaces {
  private static final long ALIGNMENT = 256;

  private final Part plain;
  private final Part zeroed;

  /**
   * A workspace of one launch.
   *
   * @param at where in the parameter buffer its address is to be, in bytes
   * @param size in bytes
   */
  record Request(int at, long size, boolean zeroed) {
    long padded() {
      return Math.max(1, Math.ceilDiv(size, ALIGNMENT)) * ALIGNMENT;
    }
  }

  Workspaces(DeviceDriver device, StreamDriver stream) {
    this.plain = new Part(device, stream, false);
    this.zeroed = new Part(device, stream, true);
  }

  /** Launches with the addresses of the workspaces in the parameter buffer. */
  synchronized LaunchReport lend(
      List<Request> requests, MemorySegment parameters, Supplier<LaunchReport> launch) {
    plain.place(requests, parameters);
    zeroed.place(requests, parameters);
    LaunchReport report = launch.get();
    if (!report.findings().isEmpty()) {
      zeroed.clear();
    }
    return report;
  }

  /** Frees all, when the work on the stream has finished. */
  synchronized void close() {
    plain.free();
    zeroed.free();
  }

  /** One allocation, which is replaced by a larger one when need be. */
  private static final class Part {
    private final DeviceDriver device;
    private final StreamDriver stream;
    private final boolean zeroes;
    private long address;
    private long bytes;

    Part(DeviceDriver device, StreamDriver stream, boolean zeroes) {
      this.device = device;
      this.stream = stream;
      this.zeroes = zeroes;
    }

    void place(List<Request> requests, MemorySegment parameters) {
      List<Request> own = requests.stream().filter(r -> r.zeroed() == zeroes).toList();
      reserve(own.stream().mapToLong(Request::padded).sum());
      long next = address;
      for (Request request : own) {
        parameters.set(ValueLayout.JAVA_LONG_UNALIGNED, request.at(), next);
        next += request.padded();
      }
    }

    private void reserve(long needed) {
      if (needed <= bytes) {
        return;
      }
      free();
      address = device.allocate(needed);
      bytes = needed;
      clear();
    }

    void clear() {
      if (zeroes && bytes > 0) {
        stream.fill(address, (byte) 0, bytes);
      }
    }

    void free() {
      if (bytes > 0) {
        stream.synchronize();
        device.free(address);
        bytes = 0;
      }
    }
  }
}
