package dev.tilewright.samples;

import dev.tilewright.Compilation;
import dev.tilewright.Compiler;
import dev.tilewright.Kernel;
import dev.tilewright.Specialization;
import dev.tilewright.ir.KernelFunction;
import picocli.CommandLine.Mixin;

/** The options of every command that compiles one kernel: for what, how fast, what is known. */
final class CompilationChoices {
  @Mixin private TargetChoice target = new TargetChoice();
  @Mixin private ScheduleChoices schedules = new ScheduleChoices();
  @Mixin private FactChoices facts = new FactChoices();

  Compiler compiler() {
    return Compiler.forTarget(target.name()).withSchedule(schedules.schedule());
  }

  Compilation compile(Kernel kernel) {
    Compiler compiler = compiler();
    Specialization known = facts.facts();
    if (known.equals(Specialization.NONE)) {
      return compiler.compile(kernel);
    }
    KernelFunction traced = Compiler.trace(kernel);
    try {
      known.applyTo(traced);
    } catch (IllegalArgumentException unknown) {
      throw new InputException(unknown);
    }
    return compiler.compile(traced, known);
  }
}
