package dev.tilewright;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.expand.ExpandTiles;
import dev.tilewright.ir.pass.CompileReport;
import dev.tilewright.ir.pass.PassContext;
import dev.tilewright.ir.pass.Pipeline;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.ir.target.Backend;
import dev.tilewright.ir.target.GeneratedCode;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.pass.Simplify;
import dev.tilewright.ir.verify.Verifier;
import dev.tilewright.runtime.KernelImage;
import java.util.ArrayList;
import java.util.List;

/**
 * Compiles kernels for one target: traces, runs the passes, expands to thread IR, generates code.
 *
 * <p>Immutable; methods named {@code with…} give a compiler with another choice. Two compilations
 * of equal kernels with equal choices give equal images, byte for byte.
 */
public final class Compiler {
  private final Backend backend;
  private final Target target;
  private final Schedule schedule;
  private final boolean verify;

  private Compiler(Backend backend, Target target, Schedule schedule, boolean verify) {
    this.backend = backend;
    this.target = target;
    this.schedule = schedule;
    this.verify = verify;
  }

  /**
   * A compiler for that target, with all choices left to it. It verifies the program after each
   * pass when assertions are enabled.
   *
   * @param target such as {@code sm_80}
   * @throws IllegalArgumentException if no code generator on the class path has that target
   */
  public static Compiler forTarget(String target) {
    Backends.Entry entry =
        Backends.find(target)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "no code generator for target '"
                            + target
                            + "' is on the class path; there are "
                            + (targets().isEmpty() ? "none" : String.join(", ", targets()))));
    boolean assertions = Compiler.class.desiredAssertionStatus();
    return new Compiler(entry.backend(), entry.target(), Schedule.AUTOMATIC, assertions);
  }

  /** Every target that a code generator on the class path has. */
  public static List<String> targets() {
    return Backends.targets();
  }

  /**
   * Runs a kernel's {@code define} and nothing else.
   *
   * @throws KernelDefinitionException if the kernel is not well formed
   */
  public static KernelFunction trace(Kernel kernel) {
    return Trace.of(kernel);
  }

  /** This compiler with other choices of speed. */
  public Compiler withSchedule(Schedule newSchedule) {
    return new Compiler(backend, target, newSchedule, verify);
  }

  /** This compiler, verifying the program after each pass or not. */
  public Compiler withVerification(boolean newVerify) {
    return new Compiler(backend, target, schedule, newVerify);
  }

  /** What is compiled for. */
  public Target target() {
    return target;
  }

  /** What the code is written in: {@code ptx}, {@code hip}. */
  public String language() {
    return backend.language();
  }

  /** The choices of speed; what is absent is left to the passes. */
  public Schedule schedule() {
    return schedule;
  }

  /** Compiles for dense row-major tensors of any size, aligned to 16 bytes. */
  public Compilation compile(Kernel kernel) {
    return compile(kernel, Specialization.NONE);
  }

  /**
   * Compiles for arguments of which some facts are known.
   *
   * @throws KernelDefinitionException if the kernel is not well formed
   * @throws dev.tilewright.ir.CompileException if the target cannot do what the kernel asks for;
   *     {@link DiagnosticRenderer} shows where
   */
  public Compilation compile(Kernel kernel, Specialization specialization) {
    Stopwatch watch = new Stopwatch();
    KernelFunction traced = Trace.of(kernel);
    watch.lap("Trace");
    return compile(specialization.applyTo(traced), watch);
  }

  /** Compiles a function that was traced, or parsed from text, already. */
  public Compilation compile(KernelFunction function, Specialization specialization) {
    return compile(specialization.applyTo(function), new Stopwatch());
  }

  private Compilation compile(KernelFunction function, Stopwatch watch) {
    if (verify) {
      Verifier.verifyOrThrow(function);
      watch.lap("Verify");
    }
    CompileReport report = new CompileReport();
    List<Compilation.Stage> stages = new ArrayList<>();
    KernelFunction staged =
        Pipeline.run(
            function,
            new PassContext(target, schedule, report),
            (pass, result) -> {
              watch.lap(pass);
              stages.add(new Compilation.Stage(pass, result));
              if (verify) {
                Verifier.verifyOrThrow(result);
                watch.lap("Verify");
              }
            });
    if (verify) {
      Verifier.verifyStagedOrThrow(staged);
      watch.lap("Verify");
    }
    ThreadFunction expanded = ExpandTiles.expand(staged, target, report);
    watch.lap("ExpandTiles");
    ThreadFunction threads = Simplify.run(expanded);
    watch.lap("Simplify");
    GeneratedCode code = backend.generate(threads, target);
    watch.lap("Generate");
    String fingerprint = Images.fingerprint(function, target, schedule, backend);
    KernelImage image = Images.image(staged, threads, code, fingerprint);
    watch.lap("Image");
    return new Compilation(function, stages, staged, threads, code, image, report, watch.laps());
  }
}
