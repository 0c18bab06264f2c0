package dev.tilewright.samples;

import dev.tilewright.Kernel;
import picocli.CommandLine.Model.CommandSpec;

/** The options that choose the compile-time values of one kernel. */
interface KernelChoices {

  /** Adds the options to a command that is about this kernel. */
  void addTo(CommandSpec command);

  /**
   * The kernel as chosen; to be asked when the command line has been read.
   *
   * @throws InputException if the kernel cannot be made of these values
   */
  Kernel kernel();
}
