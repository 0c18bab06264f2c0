package dev.tilewright.ir.interpret;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.text.Printer;
import java.util.ArrayList;
import java.util.List;

/**
 * Executes a block: its program, and where that has roles, those in turns. Which one goes on, and
 * when what is under way arrives, is a matter of {@link Choices}.
 */
final class Scheduler {

  /**
   * Something that happens by itself, sooner or later.
   *
   * @param id tells it from others in the same state
   */
  record Event(long id, Runnable happen) {}

  private final AsyncRun run;
  private final Choices choices;
  private final Walk main;
  private List<Walk> roles = List.of();

  Scheduler(AsyncRun run, Choices choices, Block body) {
    this.run = run;
    this.choices = choices;
    this.main = new Walk(run.block(), run.main(), body);
  }

  /**
   * @return whether it was executed to the end; otherwise what follows was known
   */
  boolean execute() {
    main.advance();
    while (true) {
      if (main.at() instanceof AsyncOp.Roles op && roles.isEmpty()) {
        begin(op);
      }
      List<Walk> walks = walks();
      if (walks.stream().allMatch(Walk::ended) && run.events().isEmpty()) {
        run.ended(walks);
        if (main.ended()) {
          return true;
        }
        roles = List.of();
        main.actor().step();
        main.advance();
        continue;
      }
      List<Walk> ready = walks.stream().filter(walk -> run.canAdvance(walk)).toList();
      int count = ready.size() + run.events().size();
      if (count == 0) {
        throw deadlock(walks);
      }
      int choice = count == 1 ? 0 : choices.choose(count, this::fingerprint);
      if (choice == Choices.STOP) {
        return false;
      }
      if (choice < ready.size()) {
        Walk walk = ready.get(choice);
        walk.actor().step();
        walk.advance();
      } else {
        run.events().remove(choice - ready.size()).happen().run();
      }
    }
  }

  private List<Walk> walks() {
    return roles.isEmpty() ? List.of(main) : roles;
  }

  private void begin(AsyncOp.Roles op) {
    List<Actor> actors = run.roles(op);
    roles = new ArrayList<>();
    for (int i = 0; i < actors.size(); i++) {
      Walk walk = new Walk(run.block(), actors.get(i), op.bodies().get(i));
      roles.add(walk);
      walk.advance();
    }
  }

  private long fingerprint() {
    Fingerprint fingerprint = new Fingerprint();
    main.actor().fingerprint(fingerprint);
    roles.forEach(walk -> walk.actor().fingerprint(fingerprint));
    run.fingerprint(fingerprint);
    return fingerprint.value();
  }

  private InterpreterException deadlock(List<Walk> walks) {
    StringBuilder message = new StringBuilder("deadlock in block " + run.block().where() + ":");
    Op first = null;
    for (Walk walk : walks) {
      Op op = walk.at();
      message.append("\n  ").append(walk.actor());
      if (op == null) {
        message.append(" has ended");
      } else {
        first = first == null ? op : first;
        message
            .append(" waits in ")
            .append(new SharedMemory.Access(Printer.headline(op), op.location()));
        message.append(": ").append(run.whyNot(walk));
      }
    }
    return new InterpreterException(
        first == null ? dev.tilewright.ir.Location.UNKNOWN : first.location(), message.toString());
  }
}
