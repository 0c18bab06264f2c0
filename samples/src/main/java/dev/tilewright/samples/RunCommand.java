package dev.tilewright.samples;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "run",
    description = "Run a sample kernel and compare its result with a reference.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "KERNEL",
    subcommands = {RunGemmCommand.class, RunWeightGemmCommand.class})
final class RunCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "run what? Name a kernel: gemm or wgemm");
  }
}
