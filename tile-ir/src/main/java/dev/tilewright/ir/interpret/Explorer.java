package dev.tilewright.ir.interpret;

import dev.tilewright.ir.Location;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Executes each block in many schedules, and compares what they write. */
final class Explorer {
  private final Run run;
  private final int block;
  private final State before;
  private @Nullable State first;

  /** What blocks hand on: tensors and workspaces. */
  private record State(List<HostTensor> tensors, List<WorkspaceMemory> workspaces) {}

  private Explorer(Run run, int block) {
    this.run = run;
    this.block = block;
    this.before = state(run);
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
      explorer.restore(explorer.first());
    }
    run.workspaces().forEach(WorkspaceMemory::finish);
    return new Interpreter.Explored(schedules, states, complete);
  }

  private void execute(Choices choices) {
    restore(before);
    if (!run.execute(block, choices)) {
      return;
    }
    List<Run.Output> outputs = run.outputs();
    if (first == null) {
      first = state(run);
    }
    for (int i = 0; i < outputs.size(); i++) {
      if (!first.tensors().get(i).sameCodes(outputs.get(i).tensor())) {
        throw new InterpreterException(
            Location.UNKNOWN,
            "what block %d writes to tensor '%s' depends on which role is faster"
                .formatted(block, outputs.get(i).name()));
      }
    }
  }

  private State first() {
    return first == null ? before : first;
  }

  private static State state(Run run) {
    return new State(
        run.outputs().stream().map(output -> output.tensor().copy()).toList(),
        run.workspaces().stream().map(WorkspaceMemory::copy).toList());
  }

  private void restore(State state) {
    List<Run.Output> outputs = run.outputs();
    for (int i = 0; i < outputs.size(); i++) {
      outputs.get(i).tensor().restore(state.tensors().get(i));
    }
    List<WorkspaceMemory> workspaces = run.workspaces();
    for (int i = 0; i < workspaces.size(); i++) {
      workspaces.get(i).restore(state.workspaces().get(i));
    }
  }
}
