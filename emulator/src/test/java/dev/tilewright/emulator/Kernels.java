package dev.tilewright.emulator;

import dev.tilewright.emulator.machine.Dimensions;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.spi.DeviceDriver;
import dev.tilewright.runtime.spi.Finding;
import dev.tilewright.runtime.spi.LaunchReport;
import dev.tilewright.runtime.spi.LaunchShape;
import dev.tilewright.runtime.spi.LoadedKernel;
import dev.tilewright.runtime.spi.TiledTensorMap;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongFunction;

/** Runs PTX text on a fresh emulator and hands back what it wrote and saw. */
final class Kernels {
  private Kernels() {}

  /** Device memory that the host has not written. */
  record Fresh(int bytes) {}

  /**
   * A tensor map of the buffer of that number, which stands before it.
   *
   * @param at the map for the buffer's address
   */
  record Map(int buffer, LongFunction<TiledTensorMap> at) {}

  /**
   * What a run left behind.
   *
   * @param buffers the contents of the buffer arguments, in order
   */
  record Result(List<byte[]> buffers, LaunchReport report) {
    int[] ints(int buffer) {
      int[] values = new int[buffers.get(buffer).length / 4];
      order(buffers.get(buffer)).asIntBuffer().get(values);
      return values;
    }

    long[] longs(int buffer) {
      long[] values = new long[buffers.get(buffer).length / 8];
      order(buffers.get(buffer)).asLongBuffer().get(values);
      return values;
    }

    float[] floats(int buffer) {
      float[] values = new float[buffers.get(buffer).length / 4];
      order(buffers.get(buffer)).asFloatBuffer().get(values);
      return values;
    }

    double[] doubles(int buffer) {
      double[] values = new double[buffers.get(buffer).length / 8];
      order(buffers.get(buffer)).asDoubleBuffer().get(values);
      return values;
    }

    short[] shorts(int buffer) {
      short[] values = new short[buffers.get(buffer).length / 2];
      order(buffers.get(buffer)).asShortBuffer().get(values);
      return values;
    }

    List<String> codes() {
      return report.findings().stream().map(Finding::code).toList();
    }

    long counter(String name) {
      return Objects.requireNonNull(report.counters().get(name), name);
    }
  }

  /** How to launch. */
  record Config(
      String target, LaunchShape grid, Dimensions threads, int shared, EmulatorOptions options) {
    static Config of(int blocks, int threads) {
      return new Config(
          "sm_80",
          new LaunchShape(blocks, 1, 1),
          new Dimensions(threads, 1, 1),
          0,
          EmulatorOptions.DEFAULT);
    }

    Config grid(int x, int y, int z) {
      return new Config(target, new LaunchShape(x, y, z), threads, shared, options);
    }

    Config threads(int x, int y, int z) {
      return new Config(target, grid, new Dimensions(x, y, z), shared, options);
    }

    Config shared(int bytes) {
      return new Config(target, grid, threads, bytes, options);
    }

    Config options(EmulatorOptions changed) {
      return new Config(target, grid, threads, shared, changed);
    }

    Config target(String name) {
      return new Config(name, grid, threads, shared, options);
    }
  }

  /**
   * @param arguments byte, int, long, short, float or double arrays and {@link Fresh} for buffers;
   *     boxed numbers for values; {@link Map} for tensor maps
   */
  static Result run(String ptx, String entry, Config config, Object... arguments) {
    try (DeviceDriver device = new EmulatorProvider().open(config.target, config.options);
        EmulatorStream stream = (EmulatorStream) device.openStream();
        LoadedKernel kernel = device.load(image(ptx, entry, config))) {
      List<Long> addresses = new ArrayList<>();
      List<Integer> sizes = new ArrayList<>();
      ByteBuffer parameters = order(new byte[arguments.length * 3 * 64]);
      for (Object argument : arguments) {
        switch (argument) {
          case Integer i -> align(parameters, 4).putInt(i);
          case Float f -> align(parameters, 4).putFloat(f);
          case Long l -> align(parameters, 8).putLong(l);
          case Double d -> align(parameters, 8).putDouble(d);
          case Map map ->
              align(parameters, 64).put(device.encode(map.at.apply(addresses.get(map.buffer))));
          default -> {
            int size = argument instanceof Fresh fresh ? fresh.bytes : bytes(argument).length;
            long address = device.allocate(size);
            addresses.add(address);
            sizes.add(size);
            if (!(argument instanceof Fresh)) {
              stream.upload(address, MemorySegment.ofArray(bytes(argument)));
            }
            align(parameters, 8).putLong(address);
          }
        }
      }
      byte[] buffer = new byte[parameters.position()];
      parameters.get(0, buffer);
      LaunchReport report =
          stream.launch(kernel, config.grid, config.threads, MemorySegment.ofArray(buffer));
      List<byte[]> results = new ArrayList<>();
      for (int i = 0; i < addresses.size(); i++) {
        byte[] result = new byte[sizes.get(i)];
        stream.download(MemorySegment.ofArray(result), addresses.get(i));
        results.add(result);
      }
      return new Result(results, report);
    }
  }

  static KernelImage image(String ptx, String entry, Config config) {
    return new KernelImage(
        entry,
        config.target,
        KernelImage.Format.PTX,
        ptx.getBytes(StandardCharsets.UTF_8),
        List.of(),
        // The launch names its grid itself; an image must have one.
        List.of(new dev.tilewright.layout.SizeExpr.Constant(1)),
        config.threads.count(),
        config.shared,
        List.of(),
        "test");
  }

  /** A text resource beside the tests. */
  static String resource(String name) {
    try (InputStream in = Objects.requireNonNull(Kernels.class.getResourceAsStream(name), name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ByteBuffer align(ByteBuffer buffer, int alignment) {
    return buffer.position(Math.ceilDiv(buffer.position(), alignment) * alignment);
  }

  private static ByteBuffer order(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] bytes(Object array) {
    return switch (array) {
      case byte[] b -> b;
      case short[] s -> {
        byte[] b = new byte[s.length * 2];
        order(b).asShortBuffer().put(s);
        yield b;
      }
      case int[] i -> {
        byte[] b = new byte[i.length * 4];
        order(b).asIntBuffer().put(i);
        yield b;
      }
      case long[] l -> {
        byte[] b = new byte[l.length * 8];
        order(b).asLongBuffer().put(l);
        yield b;
      }
      case float[] f -> {
        byte[] b = new byte[f.length * 4];
        order(b).asFloatBuffer().put(f);
        yield b;
      }
      case double[] d -> {
        byte[] b = new byte[d.length * 8];
        order(b).asDoubleBuffer().put(d);
        yield b;
      }
      default -> throw new IllegalArgumentException("argument " + array);
    };
  }
}
