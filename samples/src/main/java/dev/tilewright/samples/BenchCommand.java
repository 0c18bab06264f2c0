package dev.tilewright.samples;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "bench",
    description = "Measure a sample kernel beside its peer.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "KERNEL",
    subcommands = BenchGemmCommand.class)
final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "measure what? Name a kernel: gemm");
  }
}
