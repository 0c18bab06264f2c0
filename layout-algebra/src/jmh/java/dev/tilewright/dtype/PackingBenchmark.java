package dev.tilewright.dtype;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Packing of codes that lie one in a byte, and unpacking: a mebibyte of codes, which is more than a
 * core's second cache holds.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class PackingBenchmark {
  private static final int COUNT = 1 << 20;

  @Param({"1", "2", "3", "4", "5", "6", "7", "8"})
  public int width;

  private final byte[] codes = new byte[COUNT];
  private final MemorySegment packed = MemorySegment.ofArray(new byte[COUNT]);

  public PackingBenchmark() {
    new Random(1).nextBytes(codes);
  }

  @Benchmark
  public MemorySegment pack() {
    Packing.packBytes(width, codes, packed, 0);
    return packed;
  }

  @Benchmark
  public byte[] unpack() {
    Packing.unpackBytes(width, packed, 0, codes);
    return codes;
  }
}
