package dev.tilewright.samples.gemm;

import dev.tilewright.Compilation;
import dev.tilewright.Kernel;
import dev.tilewright.KernelLauncher;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Launch;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.runtime.spi.LaunchReport;
import java.time.Duration;

/**
 * One GEMM, compiled and run.
 *
 * @param product row-major, the result's elements
 * @param compiling the time from the kernel to a loaded image
 * @param running the time of the launch, until the device has finished
 */
public record GemmRun(
    Compilation compilation,
    Launch launch,
    LaunchReport report,
    double[] product,
    Duration compiling,
    Duration running) {

  /**
   * Runs {@code problem} on the launcher's device.
   *
   * @param kernel {@code c = a · bᵀ}, whose tensors have the names that {@link
   *     dev.tilewright.samples.kernels.Matmul} gives them
   * @throws dev.tilewright.ir.CompileException if the kernel cannot be compiled for the device
   * @throws dev.tilewright.runtime.KernelFaultException if the device's sanitizer objects
   */
  public static GemmRun of(
      Device device, KernelLauncher launcher, Kernel kernel, GemmProblem problem) {
    try (Tensor a = problem.a().upload(device);
        Tensor b = problem.b().upload(device);
        Tensor c = Tensor.of(device, problem.out(), problem.m(), problem.n())) {
      Arguments arguments = Arguments.of("a", a).with("b", b.transpose()).with("c", c);
      return of(device, launcher, kernel, arguments, c);
    }
  }

  /**
   * Runs a kernel on these arguments.
   *
   * @param product which of them is the result
   */
  public static GemmRun of(
      Device device, KernelLauncher launcher, Kernel kernel, Arguments arguments, Tensor product) {
    long start = System.nanoTime();
    Compilation compilation = launcher.compilation(kernel, arguments);
    Launch launch = launcher.bind(kernel, arguments);
    long compiled = System.nanoTime();
    LaunchReport report = launch.run(device.stream());
    device.stream().synchronize();
    long finished = System.nanoTime();
    return new GemmRun(
        compilation,
        launch,
        report,
        product.toDoubles(),
        Duration.ofNanos(compiled - start),
        Duration.ofNanos(finished - compiled));
  }
}
