package dev.tilewright.samples;

import dev.tilewright.Kernel;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;

/** The choices of a matrix product, or of a kernel with the same ones. */
final class TiledProductChoices implements KernelChoices {
  private final GemmChoices choices = new GemmChoices();
  private final Function<GemmChoices, Kernel> kernel;

  TiledProductChoices(Function<GemmChoices, Kernel> kernel) {
    this.kernel = kernel;
  }

  @Override
  public void addTo(CommandSpec command) {
    command.addMixin("kernel", CommandSpec.forAnnotatedObject(choices));
  }

  @Override
  public Kernel kernel() {
    return kernel.apply(choices);
  }
}
