package dev.tilewright.samples;

import dev.tilewright.Compilation;
import dev.tilewright.Compiler;
import dev.tilewright.SourceFiles;
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
    name = "gemm",
    description =
        "Explain the matrix product, compiled for dense, aligned tensors of any size: the width and"
            + " the sectors of global accesses, bank conflicts of shared ones, conversions of"
            + " layouts, registers, shared memory, and what the passes note.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ExplainGemmCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private GemmChoices choices = new GemmChoices();
  @Mixin private TargetChoice target = new TargetChoice();

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description =
          "write a page instead: source, IR after each pass and code, linked line by line, and"
              + " pictures of the layouts")
  private Optional<Path> html = Optional.empty();

  @Option(names = "--no-ptxas", description = "estimate registers even where ptxas is installed")
  private boolean withoutPtxas;

  @Override
  public Integer call() {
    String name = target.name();
    Compiler compiler = Compiler.forTarget(name).withSchedule(choices.schedule());
    Compilation compilation = compiler.compile(choices.kernel());
    Explanation explanation =
        new Explanation(compilation, compiler.target(), assembly(compilation, name));
    html.ifPresentOrElse(
        file -> OutputFile.write(file, ExplanationPage.of(explanation, SourceFiles.standard())),
        () -> spec.commandLine().getOut().print(explanation.toText()));
    return ExitStatus.OK;
  }

  private Optional<Ptxas.Assembly> assembly(Compilation compilation, String name) {
    if (withoutPtxas) {
      return Optional.empty();
    }
    try {
      return Ptxas.find().map(ptxas -> ptxas.assemble(compilation.code().text(), name));
    } catch (PtxasException failure) {
      throw new InputException(failure);
    }
  }
}
