package dev.tilewright.samples.kernels;

import dev.tilewright.Compilation;
import dev.tilewright.Kernel;
import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Launch;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.runtime.spi.LaunchReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * A kernel after its run on the emulator, whose sanitizer has had no objection: the launch throws
 * otherwise.
 *
 * @param sizes of the kernel's dimensions
 * @param outputs the elements of each tensor that was written, row-major
 */
record KernelRun(
    Kernel kernel,
    SequencedMap<String, Long> sizes,
    Compilation compilation,
    LaunchReport report,
    SequencedMap<String, double[]> outputs) {

  /** A dense row-major tensor that a kernel reads. */
  record Input(DType dtype, double[] values, long... shape) {}

  /** A dense row-major tensor that a kernel writes. */
  record Output(DType dtype, long... shape) {}

  static KernelRun of(Kernel kernel, Map<String, Input> inputs, Map<String, Output> outputs) {
    return of(kernel, inputs, outputs, "emulator:sm_80");
  }

  static KernelRun of(
      Kernel kernel, Map<String, Input> inputs, Map<String, Output> outputs, String deviceName) {
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    try (Device device = Device.open(deviceName);
        KernelLauncher launcher = new KernelLauncher(device)) {
      inputs.forEach(
          (name, x) -> tensors.put(name, Tensor.of(device, x.dtype(), x.values(), x.shape())));
      outputs.forEach((name, y) -> tensors.put(name, Tensor.of(device, y.dtype(), y.shape())));
      Arguments arguments = Arguments.none();
      for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
        arguments = arguments.with(tensor.getKey(), tensor.getValue());
      }
      Compilation compilation = launcher.compilation(kernel, arguments);
      Launch launch = launcher.bind(kernel, arguments);
      LaunchReport report = launch.run(device.stream());
      device.synchronize();
      SequencedMap<String, double[]> results = new LinkedHashMap<>();
      for (String name : List.copyOf(outputs.keySet())) {
        results.put(name, Objects.requireNonNull(tensors.get(name)).toDoubles());
      }
      tensors.values().forEach(Tensor::close);
      return new KernelRun(kernel, launch.dimensions(), compilation, report, results);
    }
  }

  double[] output(String name) {
    return Objects.requireNonNull(outputs.get(name), name);
  }

  long counter(String name) {
    return Objects.requireNonNull(report.counters().get(name), name);
  }
}
