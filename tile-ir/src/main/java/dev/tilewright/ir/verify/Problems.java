package dev.tilewright.ir.verify;

import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.text.Printer;
import java.util.ArrayList;
import java.util.List;

/** Where the rules write down what they find. */
final class Problems {
  private final List<Problem> found = new ArrayList<>();

  /** About an operation, which the message shows. */
  void add(String code, Op op, String message) {
    add(code, op.location(), "in '" + Printer.headline(op) + "' " + message);
  }

  void add(String code, Location location, String message) {
    found.add(new Problem(code, location, message));
  }

  boolean none() {
    return found.isEmpty();
  }

  List<Problem> list() {
    return List.copyOf(found);
  }
}
