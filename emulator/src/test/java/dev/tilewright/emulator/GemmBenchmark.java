package dev.tilewright.emulator;

/**
 * Times the f16 512x512x512 GEMM (128x128x32 tiles, mma.sync, ldmatrix, cp.async). Run with {@code
 * java -cp target/classes:target/test-classes:… dev.tilewright.emulator.GemmBenchmark}.
 */
final class GemmBenchmark {
  private GemmBenchmark() {}

  public static void main(String[] arguments) {
    int size = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 512;
    Gemm gemm = Gemm.random(size, size, size, 5);
    String ptx = Gemm.ptx();
    for (boolean sanitize : new boolean[] {true, true, true, false, false}) {
      long start = System.nanoTime();
      Kernels.Result result = gemm.run(ptx, EmulatorOptions.DEFAULT.withSanitize(sanitize));
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf(
          "%d^3 sanitizer %s: %.2f s, %d instructions, findings %s%n",
          size, sanitize ? "on" : "off", seconds, result.counter("inst.total"), result.codes());
    }
  }
}
