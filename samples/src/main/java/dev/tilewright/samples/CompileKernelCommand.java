package dev.tilewright.samples;

import dev.tilewright.Compilation;
import dev.tilewright.Emit;
import dev.tilewright.hip.Clang;
import dev.tilewright.hip.ClangException;
import dev.tilewright.hip.CodeObject;
import dev.tilewright.ptx.Ptxas;
import dev.tilewright.ptx.PtxasException;
import dev.tilewright.samples.explain.LayoutPicture;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    description = "Compile this kernel for dense, aligned tensors, and print one stage.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class CompileKernelCommand implements Callable<Integer> {
  private static final String CUBIN = "cubin";
  private static final String HSACO = "hsaco";
  private static final String REPORT = "report";

  @Spec private CommandSpec spec;
  @Mixin private CompilationChoices choices = new CompilationChoices();

  @Option(
      names = "--emit",
      paramLabel = "STAGE",
      description =
          "tile-ir, staged-ir, thread-ir, layouts or report; for NVIDIA ptx (the default) or cubin,"
              + " for AMD hip (the default) or hsaco")
  private Optional<String> chosen = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "write to this file; machine code must have one (default: standard output)")
  private Optional<Path> output = Optional.empty();

  @Option(
      names = "--pictures",
      paramLabel = "FOLDER",
      description =
          "with --emit layouts: draw each into this folder, as layout-N.svg; large ones from the"
              + " top left")
  private Optional<Path> pictures = Optional.empty();

  private final KernelChoices kernel;

  CompileKernelCommand(KernelChoices kernel) {
    this.kernel = kernel;
  }

  @Override
  public Integer call() {
    String name = choices.compiler().target().name();
    String language = choices.compiler().language();
    String emit = chosen.orElse(language);
    boolean machineCode = emit.equals(machineCode(language));
    Optional<Emit> stage = Emit.of(emit).filter(s -> s != Emit.CODE || emit.equals(language));
    if (stage.isEmpty() && !machineCode && !emit.equals(REPORT)) {
      throw new InputException(
          "--emit must be tile-ir, staged-ir, thread-ir, %s, %s, layouts or report for %s, not '%s'"
              .formatted(language, machineCode(language), name, emit));
    }
    if (machineCode && output.isEmpty()) {
      throw new InputException("--emit %s needs a file to write to: -o FILE".formatted(emit));
    }
    if (pictures.isPresent() && !stage.equals(Optional.of(Emit.LAYOUTS))) {
      throw new InputException(
          "--pictures draws what --emit layouts lists, not %s".formatted(emit));
    }
    Compilation compilation = choices.compile(kernel.kernel());
    pictures.ifPresent(folder -> draw(compilation, folder));
    byte[] bytes =
        machineCode
            ? assemble(compilation, name)
            : stage
                .map(compilation::text)
                .orElseGet(() -> report(compilation))
                .getBytes(StandardCharsets.UTF_8);
    output.ifPresentOrElse(file -> OutputFile.write(file, bytes), () -> print(bytes));
    return ExitStatus.OK;
  }

  private static String machineCode(String language) {
    return language.equals("hip") ? HSACO : CUBIN;
  }

  private void draw(Compilation compilation, Path folder) {
    OutputFile.folder(folder);
    for (LayoutPicture picture : LayoutPicture.of(compilation, choices.compiler().target())) {
      picture
          .svg()
          .ifPresent(
              svg -> OutputFile.write(folder.resolve("layout-" + picture.number() + ".svg"), svg));
    }
  }

  /** The assembler's figures go to standard error: standard output may be a pipe. */
  private byte[] assemble(Compilation compilation, String name) {
    if (compilation.code().language().equals("hip")) {
      return compiled(compilation, name);
    }
    try {
      Ptxas.Assembly assembly = Ptxas.require().assemble(compilation.code().text(), name);
      spec.commandLine()
          .getErr()
          .printf(
              "ptxas      %d registers, %d bytes spilled, %d warnings%n",
              assembly.registers(), assembly.spillStoreBytes(), assembly.warnings().size());
      return assembly.cubin();
    } catch (PtxasException failure) {
      throw new InputException(failure);
    }
  }

  private byte[] compiled(Compilation compilation, String name) {
    try {
      CodeObject object = Clang.require().compile(compilation.code().text(), name);
      spec.commandLine()
          .getErr()
          .printf(
              "clang      %d vector registers, %d of them spilled, %d scalar registers, %d bytes of"
                  + " local memory%n",
              object.vectorRegisters(),
              object.vectorSpills(),
              object.scalarRegisters(),
              object.localBytes());
      return object.elf();
    } catch (ClangException failure) {
      throw new InputException(failure);
    }
  }

  private static String report(Compilation compilation) {
    return compilation.report().notes().stream()
        .map(note -> "%s: %s: %s%n".formatted(note.location(), note.pass(), note.text()))
        .collect(Collectors.joining());
  }

  private void print(byte[] bytes) {
    PrintWriter out = spec.commandLine().getOut();
    out.print(new String(bytes, StandardCharsets.UTF_8));
  }
}
