package dev.tilewright.samples;

import dev.tilewright.layout.weights.PackedWeights;
import dev.tilewright.layout.weights.QuantizedMatrix;
import dev.tilewright.layout.weights.Quantizer;
import dev.tilewright.samples.gemm.HostMatrix;
import dev.tilewright.samples.kernels.WeightGemm;
import dev.tilewright.samples.weights.PackedFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "pack",
    description = {
      "Round a matrix of weights to a format and pack it in the order of the kernel that 'run"
          + " wgemm' would choose: a safetensors file of the kernel's parameters, 'w', and"
          + " 'w_scales' and 'w_zeros' where the format has them.",
      "Exit status: 0, or 2 on bad usage or bad input."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PackCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private WeightChoices choices = new WeightChoices();

  @Parameters(paramLabel = "W.npy", description = "the weights, n×k")
  private Path in = Path.of("");

  @Parameters(paramLabel = "OUT.safetensors", description = "what is written")
  private Path out = Path.of("");

  @Option(
      names = "--m",
      paramLabel = "M",
      defaultValue = "16",
      description = "rows of activations that tiles are chosen for (default: ${DEFAULT-VALUE})")
  private int m;

  @Override
  public Integer call() {
    PrintWriter text = spec.commandLine().getOut();
    choices.requireTypesFit();
    ProductOutput.requireWritable(out);
    HostMatrix weights = HostMatrix.readAsStored(in, "W");
    WeightGemm kernel = choices.kernel(m);
    QuantizedMatrix quantized =
        Quantizer.quantize(choices.format(), weights.rows(), weights.columns(), weights.values());
    PackedWeights packed = quantized.pack(kernel.order());
    byte[] file = PackedFile.bytes(packed);
    OutputFile.write(out, file);
    text.printf("weights    %s%n", packed);
    text.printf("error      %s%n", error(weights.values(), quantized.decode()));
    text.printf("file       %s, %,d bytes%n", out, file.length);
    return ExitStatus.OK;
  }

  /** Root mean square of what rounding changed, beside that of the weights. */
  private static String error(double[] weights, double[] rounded) {
    double changed = 0;
    double all = 0;
    for (int i = 0; i < weights.length; i++) {
      changed += Math.pow(weights[i] - rounded[i], 2);
      all += Math.pow(weights[i], 2);
    }
    return "%.3g root mean square, where the weights have %.3g"
        .formatted(Math.sqrt(changed / weights.length), Math.sqrt(all / weights.length));
  }
}
