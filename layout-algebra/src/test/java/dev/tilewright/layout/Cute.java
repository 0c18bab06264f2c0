package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.List;

/** CuTe's notation {@code shape:stride}; modes of the top level can be kept apart. */
final class Cute {

  private Cute() {}

  /** One mode: extents and strides flattened, minor to major. */
  record Mode(List<Long> shape, List<Long> stride) {
    long reach() {
      long reach = 0;
      for (int i = 0; i < shape.size(); i++) {
        reach += (shape.get(i) - 1) * stride.get(i);
      }
      return reach;
    }
  }

  /** All modes on one axis; the codomain is as large as it must be, or as given. */
  static Layout layout(String text, Axis in, Axis out, long codomain) {
    String[] parts = text.split(":");
    Mode mode = new Mode(numbers(parts[0]), numbers(parts[1]));
    return into(Layout.into(Space.of(out, Math.max(codomain, mode.reach() + 1))), in, out, mode)
        .build();
  }

  /** The modes of the top level on {@code dim0, dim1, …}. */
  static Layout byMode(String text) {
    String[] parts = text.split(":");
    List<String> shapes = top(parts[0]);
    List<String> strides = top(parts[1]);
    long reach = new Mode(numbers(parts[0]), numbers(parts[1])).reach();
    LayoutBuilder builder = Layout.into(Space.of(Axis.OFFSET, reach + 1));
    for (int i = 0; i < shapes.size(); i++) {
      Mode mode = new Mode(numbers(shapes.get(i)), numbers(strides.get(i)));
      into(builder, Axis.dim(i), Axis.OFFSET, mode);
    }
    return builder.build();
  }

  private static LayoutBuilder into(LayoutBuilder builder, Axis in, Axis out, Mode mode) {
    builder.digit(in, 1);
    for (int i = 0; i < mode.shape().size(); i++) {
      builder.digit(in, mode.shape().get(i), out, mode.stride().get(i));
    }
    return builder;
  }

  static List<Long> numbers(String tuple) {
    List<Long> numbers = new ArrayList<>();
    String flat = tuple.replaceAll("[()]", "");
    if (flat.isBlank()) {
      return numbers;
    }
    for (String number : flat.split(",")) {
      numbers.add(Long.parseLong(number.trim()));
    }
    return numbers;
  }

  private static List<String> top(String tuple) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int from = 1;
    for (int i = 1; i < tuple.length(); i++) {
      char c = tuple.charAt(i);
      if (depth == 0 && (c == ',' || i == tuple.length() - 1)) {
        parts.add(tuple.substring(from, i));
        from = i + 1;
      }
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    }
    return parts;
  }

  /** The values of a layout, the points of its domain counted with the first axis fastest. */
  static List<Long> values(Layout layout) {
    List<Long> values = new ArrayList<>();
    for (long x = 0; x < layout.domain().size(); x++) {
      values.add(layout.codomain().flatten(layout.apply(layout.domain().unflatten(x))));
    }
    return values;
  }
}
