package dev.tilewright.runtime;

import dev.tilewright.dtype.Packing;
import dev.tilewright.runtime.spi.StreamDriver;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Moves a tensor's elements, of any strides and width, to and from the host: through a copy of the
 * bytes from the first to the last element.
 */
final class HostCopy {
  /** A multiple of 8 elements, so that a chunk of any width is a whole number of bytes. */
  private static final int CHUNK = 1 << 13;

  /** The codes to write, by place in row-major order. */
  interface Source {
    long codeAt(int position);
  }

  /** Receives the codes read, by place in row-major order. */
  interface Sink {
    void put(int position, long code);
  }

  private final Tensor tensor;
  private final Strided layout;
  private final int width;

  /** The last multiple of 8 elements, which begins a byte, not after the first element. */
  private final long firstElement;

  HostCopy(Tensor tensor) {
    this.tensor = tensor;
    this.layout = tensor.layout();
    this.width = tensor.dtype().bits();
    this.firstElement = layout.offset() & -8;
  }

  void upload(Source source) {
    tensor.device().synchronize();
    StreamDriver stream = tensor.device().stream().driver();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = allocate(arena);
      if (isWhole() && layout.isRowMajor()) {
        pack(source, host);
      } else {
        if (!isWhole()) {
          // The bits between the elements, and beside them, are somebody else's.
          stream.download(host, address());
        }
        layout.forEach(
            (position, element) ->
                Packing.set(host, width, element - firstElement, source.codeAt((int) position)));
      }
      stream.upload(address(), host);
      stream.synchronize();
    }
  }

  void download(Sink sink) {
    tensor.device().synchronize();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = allocate(arena);
      tensor.device().stream().driver().download(host, address());
      if (isWhole() && layout.isRowMajor()) {
        unpack(host, sink);
      } else {
        layout.forEach(
            (position, element) ->
                sink.put((int) position, Packing.get(host, width, element - firstElement)));
      }
    }
  }

  private MemorySegment allocate(Arena arena) {
    return arena.allocate(Packing.bytes(width, layout.end() - firstElement), 64);
  }

  private long address() {
    return tensor.storage().address() + firstElement / 8 * width;
  }

  /** Whether nothing but the tensor's elements lies in these bytes. */
  private boolean isWhole() {
    return layout.isGapFree() && firstElement == layout.offset() && tensor.endsItsByte();
  }

  private void pack(Source source, MemorySegment host) {
    int size = tensor.arrayLength();
    for (int start = 0; start < size; start += CHUNK) {
      long[] codes = new long[Math.min(CHUNK, size - start)];
      for (int i = 0; i < codes.length; i++) {
        codes[i] = source.codeAt(start + i);
      }
      Packing.pack(width, codes, host.asSlice(start / 8L * width));
    }
  }

  private void unpack(MemorySegment host, Sink sink) {
    int size = tensor.arrayLength();
    for (int start = 0; start < size; start += CHUNK) {
      long[] codes = new long[Math.min(CHUNK, size - start)];
      Packing.unpack(width, host.asSlice(start / 8L * width), codes);
      for (int i = 0; i < codes.length; i++) {
        sink.put(start + i, codes[i]);
      }
    }
  }
}
