package dev.tilewright.samples.bench;

import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.layout.weights.WeightFormat;
import dev.tilewright.runtime.Device;
import dev.tilewright.samples.kernels.WeightGemm;
import dev.tilewright.samples.weights.WeightProblem;
import dev.tilewright.samples.weights.WeightRun;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What one type of weights costs, by exact counts of the emulator: not a time.
 *
 * @param bytes of weights, scales, activations and results, each once
 * @param instructions of PTX that warps execute for one weight in the loop over k, without moves,
 *     most of which the assembler does away with
 */
public record BitWidthPoint(DType type, long bytes, double instructions) {
  private static final int ROW_TILES = 2;
  private static final int FEW_STEPS = 8;
  private static final int MORE_STEPS = 16;

  /**
   * A chip.
   *
   * @param bandwidth bytes a second
   * @param issue warp instructions a second
   */
  public record Chip(String name, double bandwidth, double issue) {
    /** NVIDIA's data sheets: 132 multiprocessors of four schedulers at 1.83 GHz, 4.8 TB/s. */
    public static final Chip H200 = new Chip("H200", 4.8e12, 132 * 4 * 1.83e9);

    /** 108 multiprocessors of four schedulers at 1.41 GHz, 2.04 TB/s. */
    public static final Chip A100 = new Chip("A100", 2.04e12, 108 * 4 * 1.41e9);

    /** The chip that an emulated device stands for. */
    public static Chip of(Device device) {
      return device.description().name().contains("sm_90") ? H200 : A100;
    }
  }

  /** Integers of both kinds of that width, and the float of that width with the most in use. */
  public static List<DType> types(int bits) {
    String floating =
        switch (bits) {
          case 3 -> "f3e1m1";
          case 4 -> "f4e2m1";
          case 5 -> "f5e2m2";
          case 6 -> "f6e3m2";
          case 7 -> "f7e3m3";
          case 8 -> "f8e4m3";
          default -> "";
        };
    return Stream.of("u" + bits, "i" + bits, floating)
        .filter(name -> !name.isEmpty())
        .map(DType::parse)
        .toList();
  }

  /** Counts two products that differ in k only: their difference is what the loop does. */
  public static BitWidthPoint count(
      Device device, KernelLauncher launcher, WeightGemm kernel, int m, int n, int k) {
    int few = FEW_STEPS * kernel.bk();
    int more = MORE_STEPS * kernel.bk();
    int rows = ROW_TILES * kernel.bn();
    long between =
        instructions(device, launcher, kernel, rows, more)
            - instructions(device, launcher, kernel, rows, few);
    WeightFormat format = kernel.format();
    int stored =
        format.scales().map(s -> s.type().bits()).orElse(0)
            + format.zeros().map(DType::bits).orElse(0);
    long rowTiles = Math.ceilDiv(n, kernel.bn());
    long tiles = rowTiles * Math.ceilDiv(k, kernel.bk()) * kernel.order().byteCount();
    long shared = rowTiles * kernel.bn() * format.groups(k) * stored / Byte.SIZE;
    long others =
        (long) m * k * kernel.act().bits() / Byte.SIZE
            + (long) m * n * kernel.out().bits() / Byte.SIZE;
    return new BitWidthPoint(
        format.type(), tiles + shared + others, between / ((double) rows * (more - few)));
  }

  private static long instructions(
      Device device, KernelLauncher launcher, WeightGemm kernel, int n, int k) {
    WeightProblem problem =
        WeightProblem.random(kernel.bm(), n, k, kernel.format(), kernel.act(), 0);
    Map<String, Long> counters =
        WeightRun.of(device, launcher, kernel, problem).run().report().counters();
    return counters.getOrDefault("inst.total", 0L) - counters.getOrDefault("inst.move", 0L);
  }

  /** Microseconds that memory takes for the bytes. */
  public double memory(Chip chip) {
    return bytes / chip.bandwidth() * 1e6;
  }

  /** Microseconds that issuing the instructions of so many weights takes. */
  public double issue(Chip chip, long weights) {
    return instructions * weights / chip.issue() * 1e6;
  }

  /** The longer of both: no kernel that executes these instructions is faster. */
  public double roofline(Chip chip, long weights) {
    return Math.max(memory(chip), issue(chip, weights));
  }
}
