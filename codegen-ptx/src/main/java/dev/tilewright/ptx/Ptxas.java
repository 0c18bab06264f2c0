package dev.tilewright.ptx;

import dev.tilewright.ir.Location;
import dev.tilewright.ir.tool.ChildProcess;
import dev.tilewright.ir.tool.TemporaryFolder;
import dev.tilewright.ptx.PtxasException.Diagnostic;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * NVIDIA's assembler, from PTX to machine code, run as a child process.
 *
 * @param executable the program
 * @param timeout how long one run may take
 * @param options further options, such as {@code -O0}
 */
public record Ptxas(Path executable, Duration timeout, List<String> options) {
  private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(2);
  private static final Pattern DIAGNOSTIC =
      Pattern.compile("ptxas .*?, line (\\d+); (?:error|fatal)\\s*: (.*)");
  private static final Pattern OTHER_ERROR = Pattern.compile("ptxas (?:error|fatal)\\s*: (.*)");
  private static final Pattern WARNING = Pattern.compile("(?:ptxas .*?)?[Ww]arning\\s*: (.*)");

  /** What costs speed is only information to it: {@code (C7510) Potential Performance Loss: …}. */
  private static final Pattern ADVISORY = Pattern.compile("ptxas info\\s*: (\\(C\\d+\\) .*)");

  public Ptxas {
    options = List.copyOf(options);
  }

  public Ptxas withOptions(String... newOptions) {
    return new Ptxas(executable, timeout, List.of(newOptions));
  }

  /**
   * What {@code ptxas} made and what it says of it.
   *
   * @param cubin the machine code, an ELF file
   * @param registers 32-bit registers of a thread
   * @param stackBytes local memory of a thread's stack frame
   * @param spillStoreBytes stored to local memory for want of registers
   * @param spillLoadBytes loaded again
   * @param sharedBytes static shared memory of a block; what the kernel uses here is dynamic
   * @param barriers hardware barriers used
   * @param warnings the text of each warning, and of each advisory with a number
   */
  public record Assembly(
      byte[] cubin,
      int registers,
      int stackBytes,
      int spillStoreBytes,
      int spillLoadBytes,
      int sharedBytes,
      int barriers,
      List<String> warnings) {
    public Assembly {
      cubin = cubin.clone();
      warnings = List.copyOf(warnings);
    }

    @Override
    public byte[] cubin() {
      return cubin.clone();
    }
  }

  /** The assembler of this machine, if there is one. */
  public static Optional<Ptxas> find() {
    return candidates(System.getenv())
        .filter(Files::isExecutable)
        .findFirst()
        .map(path -> new Ptxas(path, DEFAULT_TIMEOUT, List.of()));
  }

  /**
   * The assembler of this machine.
   *
   * @throws PtxasException if there is none; the message says where it was looked for
   */
  public static Ptxas require() {
    return find()
        .orElseThrow(
            () ->
                new PtxasException(
                    "ptxas is not installed: it comes with the CUDA toolkit and was looked for as "
                        + String.join(
                            ", ", candidates(System.getenv()).map(Path::toString).toList())
                        + "; set CUDA_HOME to the toolkit's folder or add it to PATH",
                    List.of()));
  }

  private static Stream<Path> candidates(Map<String, String> environment) {
    Stream<Path> toolkits =
        Stream.of("CUDA_HOME", "CUDA_PATH")
            .map(environment::get)
            .filter(home -> home != null && !home.isBlank())
            .map(home -> Path.of(home, "bin"));
    Stream<Path> path =
        Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator))
            .filter(folder -> !folder.isBlank())
            .map(Path::of);
    Stream<Path> usual = Stream.of(Path.of("/usr/local/cuda/bin"));
    String program = File.separatorChar == '\\' ? "ptxas.exe" : "ptxas";
    return Stream.of(toolkits, path, usual)
        .flatMap(folders -> folders)
        .map(folder -> folder.resolve(program));
  }

  /**
   * Assembles a module with one kernel.
   *
   * @param target such as {@code sm_80}
   * @throws PtxasException if {@code ptxas} refuses the text or does not end in time
   */
  public Assembly assemble(String ptx, String target) {
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      return assemble(ptx, target, folder.path());
    } catch (IOException e) {
      throw new UncheckedIOException("running " + executable, e);
    }
  }

  private Assembly assemble(String ptx, String target, Path folder) throws IOException {
    Path source = folder.resolve("kernel.ptx");
    Path cubin = folder.resolve("kernel.cubin");
    Files.writeString(source, ptx);
    List<String> command = new ArrayList<>(List.of(executable.toString(), "-v"));
    command.addAll(options);
    command.addAll(List.of("-arch=" + target, "-o", cubin.toString(), source.toString()));
    ChildProcess run = run(command);
    String output = run.output();
    if (run.exit() != 0) {
      throw new PtxasException(
          "ptxas refuses the code for " + target, diagnostics(ptx, output, run.exit()));
    }
    return new Assembly(
        Files.readAllBytes(cubin),
        number("Used (\\d+) registers", output),
        number("(\\d+) bytes stack frame", output),
        number("(\\d+) bytes spill stores", output),
        number("(\\d+) bytes spill loads", output),
        number("(\\d+) bytes smem", output),
        number("used (\\d+) barriers", output),
        output
            .lines()
            .flatMap(line -> text(WARNING, line).or(() -> text(ADVISORY, line)).stream())
            .toList());
  }

  private ChildProcess run(List<String> command) throws IOException {
    try {
      return ChildProcess.run(command, timeout)
          .orElseThrow(
              () ->
                  new PtxasException(
                      executable + " did not end within " + timeout.toSeconds() + " s", List.of()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PtxasException("waiting for " + executable + " was interrupted", e);
    }
  }

  private static List<Diagnostic> diagnostics(String ptx, String output, int exit) {
    SourceMap map = SourceMap.of(ptx);
    List<Diagnostic> found = new ArrayList<>();
    for (String line : output.lines().toList()) {
      Matcher placed = DIAGNOSTIC.matcher(line);
      if (placed.find()) {
        int number = Integer.parseInt(placed.group(1));
        found.add(new Diagnostic(number, map.locationOf(number), placed.group(2).strip()));
      } else {
        text(OTHER_ERROR, line)
            .ifPresent(message -> found.add(new Diagnostic(0, Location.UNKNOWN, message)));
      }
    }
    if (found.isEmpty()) {
      String message = "exit code " + exit + ": " + output.strip();
      found.add(new Diagnostic(0, Location.UNKNOWN, message));
    }
    return found;
  }

  private static Optional<String> text(Pattern pattern, String line) {
    Matcher matcher = pattern.matcher(line);
    return matcher.find() ? Optional.of(matcher.group(1).strip()) : Optional.empty();
  }

  private static int number(String pattern, String output) {
    return text(Pattern.compile(pattern), output).map(Integer::parseInt).orElse(0);
  }
}
