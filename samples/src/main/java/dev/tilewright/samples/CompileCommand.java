package dev.tilewright.samples;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "compile",
    description = "Compile a kernel and print one stage of the compilation.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "KERNEL")
final class CompileCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "compile what? Name a kernel: " + KernelCommands.names());
  }
}
