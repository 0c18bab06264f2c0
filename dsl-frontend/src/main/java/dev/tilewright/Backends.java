package dev.tilewright;

import dev.tilewright.ir.target.Backend;
import dev.tilewright.ir.target.Target;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** The code generators on the class path. */
final class Backends {

  /** A target and who generates code for it. */
  record Entry(Backend backend, Target target) {}

  private static final class Holder {
    static final List<Entry> ENTRIES =
        ServiceLoader.load(Backend.class, Backends.class.getClassLoader()).stream()
            .map(ServiceLoader.Provider::get)
            .flatMap(
                backend -> backend.targets().stream().map(target -> new Entry(backend, target)))
            .toList();
  }

  private Backends() {}

  static List<String> targets() {
    return Holder.ENTRIES.stream().map(entry -> entry.target().name()).toList();
  }

  static Optional<Entry> find(String target) {
    return Holder.ENTRIES.stream()
        .filter(entry -> entry.target().name().equals(target))
        .findFirst();
  }
}
