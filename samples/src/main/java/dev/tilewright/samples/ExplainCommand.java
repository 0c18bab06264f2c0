package dev.tilewright.samples;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "explain",
    description = "Say what the compiler made of a kernel, line by line.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "KERNEL")
final class ExplainCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "explain what? Name a kernel: " + KernelCommands.names());
  }
}
