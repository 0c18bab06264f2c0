package dev.tilewright.runtime.spi;

import java.lang.foreign.MemorySegment;

/** A queue of work on one device. Work runs in the order it was put in. */
public interface StreamDriver extends AutoCloseable {

  /** Copies host memory to the device address {@code to}. The segment may be reused on return. */
  void upload(long to, MemorySegment from);

  /**
   * Copies from the device address {@code from} to host memory; returns when the bytes are there.
   */
  void download(MemorySegment to, long from);

  /** Sets {@code bytes} bytes at {@code to} to {@code value}. */
  void fill(long to, byte value, long bytes);

  /**
   * Launches a kernel.
   *
   * @param arguments the parameter buffer, laid out as {@link
   *     dev.tilewright.runtime.KernelImage#parameters()} says
   * @return what the device observed; a hardware device observes nothing and returns {@link
   *     LaunchReport#NONE} before the kernel has finished
   */
  LaunchReport launch(LoadedKernel kernel, LaunchShape shape, MemorySegment arguments);

  /** Marks this point of the stream in {@code event}. */
  void record(EventDriver event);

  /** Makes later work on this stream wait for {@code event}. */
  void await(EventDriver event);

  /** Returns when all work on the stream has finished. */
  void synchronize();

  /** Finishes the work and releases the stream. Closing twice is allowed. */
  @Override
  void close();
}
