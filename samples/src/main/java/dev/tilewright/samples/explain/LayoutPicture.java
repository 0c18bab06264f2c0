package dev.tilewright.samples.explain;

import dev.tilewright.Compilation;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.text.Printer;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Picture;
import dev.tilewright.layout.analysis.BankModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A layout of a staged function, drawn.
 *
 * @param number its number in the function's text
 * @param caption what the cells say, and whose layout it is
 * @param svg the picture, or its corner; empty if there is no room even for that
 */
public record LayoutPicture(int number, Layout layout, String caption, Optional<String> svg) {
  private static final int ROWS = 16;
  private static final int COLUMNS = 64;
  private static final long DRAWN = 1 << 16;

  /** All layouts, as the text of the staged function numbers them. */
  public static List<LayoutPicture> of(Compilation compilation, Target target) {
    Map<Layout, Set<String>> users = new LinkedHashMap<>();
    Map<Layout, Integer> elementBytes = new LinkedHashMap<>();
    Traversal.ops(compilation.staged()).forEach(op -> collect(op, users, elementBytes));
    List<LayoutPicture> pictures = new ArrayList<>();
    for (Layout layout : Printer.layouts(compilation.staged())) {
      Optional<Integer> bytes = Optional.ofNullable(elementBytes.get(layout));
      String who = String.join("; ", users.getOrDefault(layout, Set.of()));
      pictures.add(
          new LayoutPicture(
              pictures.size(),
              layout,
              (bytes.isPresent() ? "offset in elements, coloured by bank: " : "thread:register: ")
                  + who,
              picture(layout, bytes, target.sharedBanks())
                  .map(p -> p.corner(ROWS, COLUMNS).toSvg())));
    }
    return pictures;
  }

  private static Optional<Picture> picture(
      Layout layout, Optional<Integer> bytes, BankModel banks) {
    if (Math.max(layout.domain().size(), layout.codomain().size()) > DRAWN) {
      return Optional.empty();
    }
    return Optional.of(
        bytes
            .map(b -> Picture.ofBanks(layout, b, banks.banks(), banks.bytesPerBank()))
            .orElseGet(() -> Picture.of(layout)));
  }

  private static void collect(
      Op op, Map<Layout, Set<String>> users, Map<Layout, Integer> elementBytes) {
    for (Value result : op.results()) {
      if (result.type() instanceof Type.Shaped shaped && shaped.layout().isPresent()) {
        Layout layout = shaped.layout().get();
        use(users, layout, shaped, op);
        if (shaped instanceof Type.Shared shared) {
          elementBytes.putIfAbsent(layout, Math.max(1, shared.dtype().bits() / 8));
        }
      }
    }
    if (op instanceof Op.CopyAsync copy) {
      copy.layout().ifPresent(layout -> use(users, layout, copy.shared().shared(), op));
    }
  }

  private static void use(
      Map<Layout, Set<String>> users, Layout layout, Type.Shaped shaped, Op op) {
    users
        .computeIfAbsent(layout, _ -> new LinkedHashSet<>())
        .add(
            shaped.shape().stream().map(Object::toString).collect(Collectors.joining("×"))
                + " "
                + shaped.dtype().name()
                + " at "
                + op.location());
  }
}
