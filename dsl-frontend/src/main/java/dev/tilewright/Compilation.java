package dev.tilewright;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.pass.CompileReport;
import dev.tilewright.ir.target.GeneratedCode;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.runtime.KernelImage;
import java.time.Duration;
import java.util.List;

/**
 * Everything a compilation made, from the traced kernel to the image.
 *
 * @param traced what {@code define} wrote, with the facts of the specialisation
 * @param stages the function after each pass, in order
 * @param staged the function after the last pass: with layouts, shared memory placed
 * @param threads what one thread runs
 * @param code what the code generator wrote
 * @param image what the runtime loads
 * @param report what the passes chose, and why they did not do more
 * @param timings how long each step took, in order
 */
public record Compilation(
    KernelFunction traced,
    List<Stage> stages,
    KernelFunction staged,
    ThreadFunction threads,
    GeneratedCode code,
    KernelImage image,
    CompileReport report,
    List<Timing> timings) {

  /**
   * The function after one pass.
   *
   * @param pass the pass's name
   */
  public record Stage(String pass, KernelFunction function) {}

  /**
   * How long one step took.
   *
   * @param step the pass's name, or that of another step
   */
  public record Timing(String step, Duration time) {}

  public Compilation {
    stages = List.copyOf(stages);
    timings = List.copyOf(timings);
  }

  /** One stage as text, made when asked for. */
  public String text(Emit emit) {
    return emit.text(this);
  }
}
