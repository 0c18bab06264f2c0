package dev.tilewright.samples.weights;

import dev.tilewright.KernelLauncher;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.samples.gemm.GemmRun;
import dev.tilewright.samples.kernels.WeightGemm;

/**
 * One product with quantised weights, compiled and run.
 *
 * @param weightBytes of the packed weights with scales and zero points
 */
public record WeightRun(GemmRun run, long weightBytes) {

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
      return new WeightRun(GemmRun.of(device, launcher, kernel, arguments, y), w.bytes());
    }
  }
}
