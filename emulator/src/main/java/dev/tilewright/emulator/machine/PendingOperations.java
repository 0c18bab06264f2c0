package dev.tilewright.emulator.machine;

import java.util.ArrayList;
import java.util.List;

/**
 * Asynchronous operations of a cluster that have been issued and have not taken effect. Nothing
 * orders them: the seed decides which one completes next, and the policy whether one may complete
 * at once.
 */
final class PendingOperations {
  private final Cluster cluster;
  private final List<Runnable> operations = new ArrayList<>();

  PendingOperations(Cluster cluster) {
    this.cluster = cluster;
  }

  /** Issues an operation that nobody can wait for but by what it does. */
  void add(Runnable completion) {
    if (completesAtOnce()) {
      completion.run();
    } else {
      operations.add(completion);
    }
  }

  /** Whether the policy lets an operation take effect when it is issued. */
  boolean completesAtOnce() {
    return switch (cluster.launch.options().completion()) {
      case LATE -> false;
      case EARLY -> true;
      case RANDOM -> cluster.random.nextBoolean();
    };
  }

  /** Completes one of them; false if there is none. */
  boolean completeOne() {
    if (operations.isEmpty()) {
      return false;
    }
    operations.remove(cluster.random.nextInt(operations.size())).run();
    return true;
  }

  /** Completes them all: the cluster has ended. */
  void finish() {
    while (completeOne()) {}
  }
}
