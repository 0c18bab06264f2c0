package dev.tilewright.ir.interpret;

import dev.tilewright.ir.Location;
import java.util.List;

/** Executes each block in many schedules, and compares what they write. */
final class Explorer {
  private final Run run;
  private final int block;
  private final List<HostTensor> before;
  private List<HostTensor> first = List.of();

  private Explorer(Run run, int block) {
    this.run = run;
    this.block = block;
    this.before = copies(run);
  }

  static Interpreter.Explored explore(Run run, Interpreter.Exploration exploration) {
    int schedules = 0;
    int states = 0;
    boolean complete = true;
    for (int block = 0; block < run.blocks(); block++) {
      Explorer explorer = new Explorer(run, block);
      switch (exploration) {
        case Interpreter.Exploration.Random(long seed, int count) -> {
          for (int i = 0; i < count; i++) {
            explorer.execute(Choices.random(seed + (long) i * run.blocks() + block));
          }
          schedules += count;
          complete = false;
        }
        case Interpreter.Exploration.Exhaustive(int most) -> {
          Choices.Exhaustive choices = new Choices.Exhaustive();
          boolean more = true;
          while (more && choices.states() < most) {
            explorer.execute(choices);
            schedules++;
            more = choices.next();
          }
          states += choices.states();
          complete &= !more;
        }
      }
      explorer.restore(explorer.first);
    }
    return new Interpreter.Explored(schedules, states, complete);
  }

  private void execute(Choices choices) {
    restore(before);
    if (!run.execute(block, choices)) {
      return;
    }
    List<Run.Output> outputs = run.outputs();
    if (first.isEmpty()) {
      first = copies(run);
    }
    for (int i = 0; i < outputs.size(); i++) {
      if (!first.get(i).sameCodes(outputs.get(i).tensor())) {
        throw new InterpreterException(
            Location.UNKNOWN,
            "what block %d writes to tensor '%s' depends on which role is faster"
                .formatted(block, outputs.get(i).name()));
      }
    }
  }

  private static List<HostTensor> copies(Run run) {
    return run.outputs().stream().map(output -> output.tensor().copy()).toList();
  }

  private void restore(List<HostTensor> contents) {
    List<Run.Output> outputs = run.outputs();
    for (int i = 0; i < contents.size(); i++) {
      outputs.get(i).tensor().restore(contents.get(i));
    }
  }
}
