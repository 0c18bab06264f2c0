package dev.tilewright.samples.weights;

import dev.tilewright.Compilation;
import dev.tilewright.KernelLauncher;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Launch;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.runtime.spi.LaunchReport;
import dev.tilewright.samples.kernels.WeightGemm;
import java.time.Duration;

/**
 * One product with quantised weights, compiled and run.
 *
 * @param product row-major, the result's elements
 * @param weightBytes of the packed weights with scales and zero points
 * @param compiling the time from the kernel to a loaded image
 * @param running the time of the launch, until the device has finished
 */
public record WeightRun(
    Compilation compilation,
    Launch launch,
    LaunchReport report,
    double[] product,
    long weightBytes,
    Duration compiling,
    Duration running) {

  /**
   * Runs {@code problem} on the launcher's device.
   *
   * @throws dev.tilewright.ir.CompileException if the kernel cannot be compiled for the device
   * @throws dev.tilewright.runtime.KernelFaultException if the device's sanitizer objects
   */
  public static WeightRun of(
      Device device, KernelLauncher launcher, WeightGemm kernel, WeightProblem problem) {
    try (DeviceWeights w = DeviceWeights.upload(device, problem.w().pack(kernel.order()));
        Tensor x = problem.x().upload(device);
        Tensor y = Tensor.of(device, kernel.out(), problem.m(), problem.n())) {
      Arguments arguments = w.addTo(Arguments.of("x", x).with("y", y), "w");
      long start = System.nanoTime();
      Compilation compilation = launcher.compilation(kernel, arguments);
      Launch launch = launcher.bind(kernel, arguments);
      long compiled = System.nanoTime();
      LaunchReport report = launch.run(device.stream());
      device.stream().synchronize();
      long finished = System.nanoTime();
      return new WeightRun(
          compilation,
          launch,
          report,
          y.toDoubles(),
          w.bytes(),
          Duration.ofNanos(compiled - start),
          Duration.ofNanos(finished - compiled));
    }
  }
}
