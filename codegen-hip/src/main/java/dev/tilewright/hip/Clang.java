package dev.tilewright.hip;

import dev.tilewright.ir.tool.ChildProcess;
import dev.tilewright.ir.tool.TemporaryFolder;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;

/**
 * The compiler from HIP C++ to machine code, run as a child process: LLVM's clang, with its linker
 * and {@code llvm-readobj} beside it. No ROCm installation is needed.
 *
 * @param executable the program
 * @param timeout how long one run may take
 */
public record Clang(Path executable, Duration timeout) {
  private static final String READOBJ = "llvm-readobj";
  private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(2);

  /** The LLVM presets of JavaCPP, where they and their natives are on the class path. */
  private static final String PRESET = "org.bytedeco.llvm.program.clang";

  /** The libraries of the presets under the names by which their programs ask for them. */
  private static final List<String> LIBRARIES = List.of("libclang-cpp.so", "libLLVM.so");

  private static final String VERSION = ".20.1";

  /**
   * A compiler of this machine that knows AMD's targets, if there is one: {@code TILEWRIGHT_CLANG},
   * the LLVM presets on the class path, ROCm's, or one on the path.
   */
  public static Optional<Clang> find() {
    return Found.CLANG;
  }

  /** Looked for once: asking a compiler for its targets, or unpacking one, takes time. */
  private static final class Found {
    static final Optional<Clang> CLANG = search();
  }

  private static Optional<Clang> search() {
    Map<String, String> environment = System.getenv();
    Stream<Path> named =
        Optional.ofNullable(environment.get("TILEWRIGHT_CLANG")).map(Path::of).stream();
    Stream<Path> rocm =
        Stream.of(
            Path.of(environment.getOrDefault("ROCM_PATH", "/opt/rocm"), "llvm", "bin", "clang"));
    Stream<Path> path =
        Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator))
            .filter(folder -> !folder.isBlank())
            .map(folder -> Path.of(folder, "clang"));
    return Stream.of(named, preset().stream(), rocm, path)
        .flatMap(paths -> paths)
        .filter(Files::isExecutable)
        .map(executable -> new Clang(executable, DEFAULT_TIMEOUT))
        .filter(Clang::knowsAmd)
        .findFirst();
  }

  /**
   * As {@link #find}.
   *
   * @throws ClangException if there is none; the message says where it was looked for
   */
  public static Clang require() {
    return find()
        .orElseThrow(
            () ->
                new ClangException(
                    "no clang with AMD's targets: set TILEWRIGHT_CLANG to one of version 20 or"
                        + " later, put org.bytedeco:llvm with its natives on the class path,"
                        + " install ROCm, or add one to PATH"));
  }

  private static Optional<Path> preset() {
    try {
      Class<?> program = Class.forName(PRESET);
      Path executable = Path.of(Loader.load(program));
      for (String library : LIBRARIES) {
        Path link = executable.resolveSibling(library + VERSION);
        if (Files.notExists(link)) {
          Files.createSymbolicLink(link, Path.of(library));
        }
      }
      // JavaCPP makes the program executable that it is asked for, and not what lies beside it.
      File reader = executable.resolveSibling(READOBJ).toFile();
      if (!reader.canExecute() && !reader.setExecutable(true)) {
        throw new IOException(reader + " cannot be made executable");
      }
      return Optional.of(executable);
    } catch (ClassNotFoundException | UnsatisfiedLinkError _) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("preparing the LLVM presets", e);
    }
  }

  private boolean knowsAmd() {
    try {
      ChildProcess asked = run(List.of(executable.toString(), "--print-targets"));
      return asked.exit() == 0 && asked.output().contains("amdgcn");
    } catch (IOException _) {
      return false;
    }
  }

  /** The program of that name that came with the compiler. */
  public Path sibling(String program) {
    return executable.resolveSibling(program);
  }

  /**
   * Compiles a module with one kernel.
   *
   * @param target such as {@code gfx942}
   * @throws ClangException if clang refuses the text or does not end in time; what it says points
   *     to the Java lines that the text was made from
   */
  public CodeObject compile(String hip, String target) {
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      Path source = folder.path().resolve("kernel.hip");
      Path object = folder.path().resolve("kernel.hsaco");
      Files.writeString(source, hip);
      ChildProcess compiled = run(command(target, source, object));
      if (compiled.exit() != 0) {
        throw new ClangException(
            "clang refuses the code for %s:\n%s".formatted(target, errors(compiled.output())));
      }
      ChildProcess notes = run(List.of(sibling(READOBJ).toString(), "--notes", object.toString()));
      return CodeObject.of(Files.readAllBytes(object), notes.output());
    } catch (IOException e) {
      throw new UncheckedIOException("running " + executable, e);
    }
  }

  private List<String> command(String target, Path source, Path object) {
    return List.of(
        executable.toString(),
        "-x",
        "hip",
        "--cuda-device-only",
        "--offload-arch=" + target,
        "-nogpuinc",
        "-nogpulib",
        // A unit has a number of its own otherwise, made from the name of its temporary file.
        "-fuse-cuid=none",
        "-O3",
        "-ffp-contract=off",
        "-Wno-unknown-pragmas",
        "-c",
        "--no-gpu-bundle-output",
        "-B" + executable.getParent(),
        "-o",
        object.toString(),
        source.toString());
  }

  private static String errors(String output) {
    List<String> errors = output.lines().filter(line -> line.contains("error:")).toList();
    return errors.isEmpty() ? output.strip() : String.join("\n", errors);
  }

  private ChildProcess run(List<String> command) throws IOException {
    try {
      return ChildProcess.run(command, timeout)
          .orElseThrow(
              () ->
                  new ClangException(
                      executable + " did not end within " + timeout.toSeconds() + " s"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClangException("waiting for " + executable + " was interrupted", e);
    }
  }
}
