package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.List;

/** The text form of layouts; the grammar is in the package comment. */
final class LayoutText {

  private final String text;
  private int at;

  private LayoutText(String text) {
    this.text = text;
  }

  static String print(Layout layout) {
    StringBuilder out = new StringBuilder("[");
    Space codomain = layout.codomain();
    for (int axis = 0; axis < layout.domain().rank(); axis++) {
      List<Term> terms = layout.terms(axis);
      if (terms.isEmpty()) {
        terms = List.of(new Term(axis, 1, new long[codomain.rank()]));
      }
      for (Term term : terms) {
        out.append(out.length() > 1 ? ", " : "");
        out.append(layout.domain().axis(axis)).append(':').append(term.extent());
        if (!term.isZero()) {
          out.append(" -> ").append(point(layout, term.image()));
        }
      }
    }
    out.append(']');
    String offset = point(layout, layout.offsets());
    if (!offset.isEmpty()) {
      out.append(" + (").append(offset).append(')');
    }
    return out.append(" : ").append(codomain).toString();
  }

  private static String point(Layout layout, long[] value) {
    List<String> parts = new ArrayList<>();
    char sign = layout.sum() == Sum.INTEGER ? '*' : '^';
    for (int i = 0; i < value.length; i++) {
      if (value[i] != 0) {
        parts.add(layout.codomain().axis(i) + (sign + Long.toString(value[i])));
      }
    }
    return String.join(" + ", parts);
  }

  static Result<Layout> parse(String text) {
    LayoutText parser = new LayoutText(text);
    try {
      return parser.layout();
    } catch (SyntaxError e) {
      return Result.refused(new Reason.Malformed(text, e.position, e.expected));
    } catch (ArithmeticException e) {
      return Result.refused(new Reason.Malformed(text, parser.at, "sizes within 64 bits"));
    }
  }

  /** Digits come before the codomain that names their targets, so they are kept until then. */
  private record Point(List<Axis> axes, List<Long> values) {
    void put(LayoutBuilder builder) {
      for (int i = 0; i < axes.size(); i++) {
        builder.offset(axes.get(i), values.get(i));
      }
    }
  }

  private record Written(Axis axis, long extent, Point point) {}

  private boolean xor;
  private boolean integer;

  private Result<Layout> layout() {
    expect("[");
    List<Written> digits = new ArrayList<>();
    if (!accept("]")) {
      do {
        Axis axis = axis();
        expect(":");
        long extent = number();
        require(extent >= 1, "an extent of at least 1");
        digits.add(new Written(axis, extent, accept("->") ? point() : NOWHERE));
      } while (accept(","));
      expect("]");
    }
    Point offset = NOWHERE;
    if (accept("+")) {
      expect("(");
      offset = point();
      expect(")");
    }
    expect(":");
    Space codomain = space();
    skipSpaces();
    require(at == text.length(), "the end");
    return build(digits, offset, codomain);
  }

  private static final Point NOWHERE = new Point(List.of(), List.of());

  private Result<Layout> build(List<Written> digits, Point offset, Space codomain) {
    LayoutBuilder builder = Layout.into(codomain);
    if (xor) {
      builder.xor();
    }
    for (Written digit : digits) {
      long[] image = new long[codomain.rank()];
      for (int i = 0; i < digit.point().axes().size(); i++) {
        int target = codomain.indexOf(digit.point().axes().get(i));
        require(target >= 0, "an axis of the codomain, not " + digit.point().axes().get(i));
        image[target] += digit.point().values().get(i);
      }
      builder.add(digit.axis(), digit.extent(), image);
    }
    for (Axis axis : offset.axes()) {
      require(codomain.has(axis), "an axis of the codomain, not " + axis);
    }
    offset.put(builder);
    return builder.tryBuild();
  }

  private Point point() {
    List<Axis> axes = new ArrayList<>();
    List<Long> values = new ArrayList<>();
    do {
      axes.add(axis());
      if (accept("^")) {
        xor = true;
      } else {
        expect("*");
        integer = true;
      }
      require(!xor || !integer, "either '*' or '^' throughout");
      long value = number();
      require(!xor || value >= 0, "a non-negative F2 stride");
      values.add(value);
    } while (accept("+"));
    return new Point(axes, values);
  }

  private Space space() {
    expect("(");
    List<Space.Dim> dims = new ArrayList<>();
    if (!accept(")")) {
      do {
        Axis axis = axis();
        expect(":");
        long extent = number();
        require(extent >= 1, "an extent of at least 1");
        dims.add(new Space.Dim(axis, extent));
      } while (accept(","));
      expect(")");
    }
    require(dims.stream().map(Space.Dim::axis).distinct().count() == dims.size(), "axes once each");
    return new Space(dims);
  }

  private Axis axis() {
    skipSpaces();
    int from = at;
    while (at < text.length() && isNamePart(text.charAt(at), at > from)) {
      at++;
    }
    require(at > from, "an axis name");
    return new Axis(text.substring(from, at));
  }

  private static boolean isNamePart(char c, boolean digitsToo) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || c == '_'
        || (digitsToo && c >= '0' && c <= '9');
  }

  private long number() {
    skipSpaces();
    int from = at;
    if (at < text.length() && text.charAt(at) == '-') {
      at++;
    }
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    try {
      return Long.parseLong(text, from, at, 10);
    } catch (NumberFormatException e) {
      throw new SyntaxError(from, "an integer");
    }
  }

  private boolean accept(String token) {
    skipSpaces();
    if (text.startsWith(token, at)) {
      at += token.length();
      return true;
    }
    return false;
  }

  private void expect(String token) {
    require(accept(token), "'" + token + "'");
  }

  private void require(boolean condition, String expected) {
    if (!condition) {
      throw new SyntaxError(at, expected);
    }
  }

  private void skipSpaces() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
  }

  private static final class SyntaxError extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int position;
    private final String expected;

    SyntaxError(int position, String expected) {
      super(expected, null, false, false);
      this.position = position;
      this.expected = expected;
    }
  }
}
