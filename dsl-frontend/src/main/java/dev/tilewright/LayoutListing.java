package dev.tilewright;

import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.text.Printer;
import dev.tilewright.layout.Layout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The layouts of a staged function, numbered as in its text, each with all who use it. */
final class LayoutListing {
  private final Map<Layout, List<String>> users = new HashMap<>();

  private LayoutListing() {}

  static String of(KernelFunction function) {
    LayoutListing listing = new LayoutListing();
    listing.visit(function.body());
    StringBuilder text = new StringBuilder();
    List<Layout> layouts = Printer.layouts(function);
    for (int number = 0; number < layouts.size(); number++) {
      Layout layout = layouts.get(number);
      text.append('#').append(number).append(" = ").append(layout).append('\n');
      for (String line : listing.users.getOrDefault(layout, List.of())) {
        text.append("    ").append(line).append('\n');
      }
    }
    return text.toString();
  }

  private void visit(Block block) {
    for (Op op : block.ops()) {
      for (Value result : op.results()) {
        if (result.type() instanceof Type.Shaped shaped) {
          shaped.layout().ifPresent(layout -> use(layout, result, op));
        }
      }
      if (op instanceof Op.CopyAsync copy) {
        copy.layout().ifPresent(layout -> use(layout, Printer.headline(op), op));
      }
      op.regions().forEach(this::visit);
    }
  }

  private void use(Layout layout, Value result, Op op) {
    String type =
        switch (result.type()) {
          case Type.Tile tile -> Printer.type(new Type.Tile(tile.shape(), tile.dtype()));
          case Type.Shared shared -> Printer.type(new Type.Shared(shared.shape(), shared.dtype()));
          default -> Printer.type(result.type());
        };
    use(layout, result + " : " + type + ", " + op.getClass().getSimpleName(), op);
  }

  private void use(Layout layout, String user, Op op) {
    users.computeIfAbsent(layout, _ -> new ArrayList<>()).add(user + " (" + op.location() + ")");
  }
}
