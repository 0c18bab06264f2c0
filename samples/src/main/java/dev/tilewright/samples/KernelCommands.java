package dev.tilewright.samples;

import dev.tilewright.Kernel;
import dev.tilewright.dtype.DType;
import dev.tilewright.samples.gemm.TileShape;
import dev.tilewright.samples.kernels.Attention;
import dev.tilewright.samples.kernels.GemmBiasGelu;
import dev.tilewright.samples.kernels.LayerNorm;
import dev.tilewright.samples.kernels.RmsNorm;
import dev.tilewright.samples.kernels.RotaryEmbedding;
import dev.tilewright.samples.kernels.RowAndColumnSums;
import dev.tilewright.samples.kernels.Softmax;
import dev.tilewright.samples.kernels.SwiGlu;
import dev.tilewright.samples.kernels.TopK;
import dev.tilewright.samples.kernels.Transpose;
import dev.tilewright.samples.kernels.VectorAdd;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The commands that take a kernel by name: one of the samples, or a class on the class path that
 * implements {@link Kernel}.
 */
final class KernelCommands {
  private static final SequencedMap<String, Supplier<KernelChoices>> SAMPLES = samples();
  private static final List<String> COMMANDS = List.of("compile", "explain");

  private KernelCommands() {}

  private static SequencedMap<String, Supplier<KernelChoices>> samples() {
    SequencedMap<String, Supplier<KernelChoices>> samples = new LinkedHashMap<>();
    samples.put("gemm", () -> new TiledProductChoices(GemmChoices::kernel));
    samples.put("gemm-bias-gelu", () -> new TiledProductChoices(KernelCommands::gemmBiasGelu));
    samples.put("swi-glu", () -> new TiledProductChoices(KernelCommands::swiGlu));
    samples.put(
        "attention",
        () -> RecordChoices.like(new Attention(DType.F16, DType.F16, 128, 64, 128, false)));
    samples.put("softmax", () -> RecordChoices.like(new Softmax(DType.F16, 8, 1024)));
    samples.put("rms-norm", () -> RecordChoices.like(new RmsNorm(DType.F16, 1e-5, 1, 4096)));
    samples.put("layer-norm", () -> RecordChoices.like(new LayerNorm(DType.F16, 1e-5, 1, 4096)));
    samples.put(
        "rotary-embedding",
        () -> RecordChoices.like(new RotaryEmbedding(DType.F16, DType.F32, 16, 128)));
    samples.put("top-k", () -> RecordChoices.like(new TopK(DType.F32, 8, 1, 4096)));
    samples.put("transpose", () -> RecordChoices.like(new Transpose(DType.F16, 64, 64)));
    samples.put(
        "row-and-column-sums", () -> RecordChoices.like(new RowAndColumnSums(DType.F16, 64, 128)));
    samples.put("vector-add", () -> RecordChoices.like(new VectorAdd(DType.F32, 1024)));
    return samples;
  }

  private static Kernel gemmBiasGelu(GemmChoices choices) {
    TileShape tile = choices.tile();
    return new GemmBiasGelu(choices.in(), choices.out(), tile.bm(), tile.bn(), tile.bk());
  }

  private static Kernel swiGlu(GemmChoices choices) {
    TileShape tile = choices.tile();
    return new SwiGlu(choices.in(), choices.out(), tile.bm(), tile.bn(), tile.bk());
  }

  /** What may stand for KERNEL. */
  static String names() {
    return String.join(", ", SAMPLES.keySet()) + ", or a class on the class path";
  }

  /**
   * Adds the kernels to the command that the arguments name, if it takes one: the samples, and the
   * class that they name.
   *
   * @throws InputException if they name neither
   */
  static void addTo(CommandLine main, String... arguments) {
    if (arguments.length == 0 || !COMMANDS.contains(arguments[0])) {
      return;
    }
    CommandLine command = Objects.requireNonNull(main.getSubcommands().get(arguments[0]));
    Function<KernelChoices, Object> about =
        arguments[0].equals("compile") ? CompileKernelCommand::new : ExplainKernelCommand::new;
    SAMPLES.forEach((name, choices) -> add(command, name, choices.get(), about));
    if (arguments.length > 1
        && !arguments[1].startsWith("-")
        && !SAMPLES.containsKey(arguments[1])) {
      add(command, arguments[1], RecordChoices.of(kernelClass(arguments[1])), about);
    }
  }

  private static void add(
      CommandLine command,
      String name,
      KernelChoices choices,
      Function<KernelChoices, Object> about) {
    CommandSpec spec = CommandSpec.forAnnotatedObject(about.apply(choices));
    choices.addTo(spec);
    command.addSubcommand(name, spec);
  }

  private static Class<? extends Kernel> kernelClass(String name) {
    Class<?> found =
        find(name)
            .orElseThrow(
                () ->
                    new InputException(
                        "no kernel is called '%s'; there are %s".formatted(name, names())));
    if (!Kernel.class.isAssignableFrom(found)) {
      throw new InputException(found.getName() + " does not implement " + Kernel.class.getName());
    }
    return found.asSubclass(Kernel.class);
  }

  /** Java's own names have a dot before a nested class where the class file has a dollar sign. */
  private static Optional<Class<?>> find(String name) {
    try {
      return Optional.of(Class.forName(name, false, KernelCommands.class.getClassLoader()));
    } catch (ClassNotFoundException | NoClassDefFoundError _) {
      int dot = name.lastIndexOf('.');
      return dot < 0
          ? Optional.empty()
          : find(name.substring(0, dot) + "$" + name.substring(dot + 1));
    }
  }
}
