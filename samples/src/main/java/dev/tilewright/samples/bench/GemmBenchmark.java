package dev.tilewright.samples.bench;

import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Event;
import dev.tilewright.runtime.Launch;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.samples.kernels.Matmul;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Measures one kernel on one shape: each launch between two events on the device's stream, over
 * rotating buffers of random data that together exceed the L2 cache.
 *
 * @param rotationBytes how much input the rotating buffers hold together, at least
 */
public record GemmBenchmark(Device device, long rotationBytes, int warmup, int launches) {
  private static final int MAX_BUFFERS = 16;

  /** The time of each launch, in milliseconds. */
  public List<Double> measure(KernelLauncher launcher, Matmul kernel, GemmShape shape) {
    List<Tensor> tensors = new ArrayList<>();
    try {
      List<Launch> rotation = new ArrayList<>();
      SplittableRandom random = new SplittableRandom(0);
      for (int i = 0; i < buffers(shape); i++) {
        Tensor a = random(shape.in(), shape.m(), shape.k(), random, tensors);
        Tensor b = random(shape.in(), shape.n(), shape.k(), random, tensors);
        Tensor c = Tensor.of(device, kernel.out(), shape.m(), shape.n());
        tensors.add(c);
        rotation.add(launcher.bind(kernel, Arguments.of("a", a).with("b", b).with("c", c)));
      }
      return measure(rotation);
    } finally {
      tensors.forEach(Tensor::close);
    }
  }

  private int buffers(GemmShape shape) {
    long each = ((long) shape.m() + shape.n()) * shape.k() * shape.in().bits() / Byte.SIZE;
    return Math.clamp(Math.ceilDiv(rotationBytes, each), 1, MAX_BUFFERS);
  }

  private List<Double> measure(List<Launch> rotation) {
    for (int i = 0; i < warmup; i++) {
      rotation.get(i % rotation.size()).run(device.stream());
    }
    List<Event> starts = new ArrayList<>();
    List<Event> stops = new ArrayList<>();
    for (int i = 0; i < launches; i++) {
      Event start = device.openEvent();
      Event stop = device.openEvent();
      starts.add(start);
      stops.add(stop);
      device.stream().record(start);
      rotation.get(i % rotation.size()).run(device.stream());
      device.stream().record(stop);
    }
    device.stream().synchronize();
    List<Double> milliseconds = new ArrayList<>();
    for (int i = 0; i < launches; i++) {
      milliseconds.add(stops.get(i).nanosSince(starts.get(i)) / 1e6);
      starts.get(i).close();
      stops.get(i).close();
    }
    return milliseconds;
  }

  /** Random codes whose values are neither huge nor special; written as bytes, for speed. */
  private Tensor random(
      DType dtype, int rows, int columns, SplittableRandom random, List<Tensor> owner) {
    Tensor tensor = Tensor.of(device, dtype, rows, columns);
    owner.add(tensor);
    int elementBytes = dtype.bits() / Byte.SIZE;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = arena.allocate(tensor.bytes());
      for (long at = 0; at < host.byteSize(); at += elementBytes) {
        long code =
            dtype instanceof IntType ? random.nextInt() : dtype.encode(random.nextDouble(-1, 1));
        for (int i = 0; i < elementBytes; i++) {
          host.set(ValueLayout.JAVA_BYTE, at + i, (byte) (code >> (Byte.SIZE * i)));
        }
      }
      tensor.upload(host);
    }
    return tensor;
  }
}
