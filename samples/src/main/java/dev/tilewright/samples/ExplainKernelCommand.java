package dev.tilewright.samples;

import dev.tilewright.Compilation;
import dev.tilewright.SourceFiles;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ptx.Ptxas;
import dev.tilewright.ptx.PtxasException;
import dev.tilewright.samples.explain.Explanation;
import dev.tilewright.samples.explain.ExplanationPage;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    description =
        "Explain this kernel, compiled for dense, aligned tensors: the width and the sectors of"
            + " global accesses, bank conflicts of shared ones, conversions of layouts, registers,"
            + " shared memory, and what the passes note.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ExplainKernelCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private CompilationChoices choices = new CompilationChoices();

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description =
          "write a page instead: source, IR after each pass and code, linked line by line, and"
              + " pictures of the layouts")
  private Optional<Path> html = Optional.empty();

  @Option(names = "--no-ptxas", description = "estimate registers even where ptxas is installed")
  private boolean withoutPtxas;

  private final KernelChoices kernel;

  ExplainKernelCommand(KernelChoices kernel) {
    this.kernel = kernel;
  }

  @Override
  public Integer call() {
    Target target = choices.compiler().target();
    Compilation compilation = choices.compile(kernel.kernel());
    Explanation explanation =
        new Explanation(compilation, target, assembly(compilation, target.name()));
    html.ifPresentOrElse(
        file -> OutputFile.write(file, ExplanationPage.of(explanation, SourceFiles.standard())),
        () -> spec.commandLine().getOut().print(explanation.toText()));
    return ExitStatus.OK;
  }

  private Optional<Ptxas.Assembly> assembly(Compilation compilation, String name) {
    if (withoutPtxas || !compilation.code().language().equals("ptx")) {
      return Optional.empty();
    }
    try {
      return Ptxas.find().map(ptxas -> ptxas.assemble(compilation.code().text(), name));
    } catch (PtxasException failure) {
      throw new InputException(failure);
    }
  }
}
