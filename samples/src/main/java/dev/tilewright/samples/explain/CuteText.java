package dev.tilewright.samples.explain;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Reason;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.List;

/**
 * CuTe's text of a layout, {@code (4,2):(1,16)} or {@code ((2,2),4):((1,8),16)}: a shape, and
 * strides of the same nesting. Becomes a layout with one axis in ({@code dim0}, on which CuTe's
 * colexicographic index counts) and one out ({@code offset}, as large as CuTe's cosize).
 */
final class CuteText {
  private final String text;
  private int at;

  private CuteText(String text) {
    this.text = text;
  }

  /** Whether the text is meant for this notation: the other one starts with a bracket. */
  static boolean looksLike(String text) {
    String start = text.strip();
    return !start.isEmpty() && (start.charAt(0) == '(' || Character.isDigit(start.charAt(0)));
  }

  static Result<Layout> parse(String text) {
    CuteText parser = new CuteText(text);
    try {
      return Result.ok(parser.layout());
    } catch (Unexpected e) {
      return Result.refused(new Reason.Malformed(text, e.position, e.expected));
    } catch (ArithmeticException _) {
      return Result.refused(new Reason.Malformed(text, parser.at, "sizes within 64 bits"));
    }
  }

  /** A number or a tuple, and where it stands. */
  private sealed interface Tree {
    int position();

    record Leaf(long value, int position) implements Tree {}

    record Tuple(List<Tree> parts, int position) implements Tree {}
  }

  private record Mode(long extent, long stride) {}

  private Layout layout() {
    Tree shape = tree();
    expect(':');
    Tree strides = tree();
    skipSpaces();
    require(at == text.length(), at, "the end");
    List<Mode> modes = new ArrayList<>();
    pair(shape, strides, modes);
    long greatest = 0;
    for (Mode mode : modes) {
      greatest = Math.addExact(greatest, Math.multiplyExact(mode.extent() - 1, mode.stride()));
    }
    LayoutBuilder builder =
        Layout.into(Space.of(Axis.OFFSET, Math.addExact(greatest, 1))).digit(Axis.dim(0), 1);
    modes.forEach(mode -> builder.digit(Axis.dim(0), mode.extent(), Axis.OFFSET, mode.stride()));
    return builder.build();
  }

  /** Shape and strides must have the same nesting. */
  private static void pair(Tree shape, Tree strides, List<Mode> modes) {
    switch (shape) {
      case Tree.Leaf(long extent, int position) -> {
        require(extent >= 1, position, "an extent of at least 1");
        if (!(strides instanceof Tree.Leaf(long stride, _))) {
          throw new Unexpected(strides.position(), "one stride, as the shape has one extent here");
        }
        modes.add(new Mode(extent, stride));
      }
      case Tree.Tuple(List<Tree> extents, _) -> {
        if (!(strides instanceof Tree.Tuple(List<Tree> own, _)) || own.size() != extents.size()) {
          throw new Unexpected(
              strides.position(), "a tuple of " + extents.size() + " strides, as in the shape");
        }
        for (int i = 0; i < extents.size(); i++) {
          pair(extents.get(i), own.get(i), modes);
        }
      }
    }
  }

  private Tree tree() {
    skipSpaces();
    int from = at;
    if (!accept('(')) {
      return new Tree.Leaf(number(), from);
    }
    List<Tree> parts = new ArrayList<>();
    do {
      parts.add(tree());
    } while (accept(','));
    expect(')');
    return new Tree.Tuple(parts, from);
  }

  private long number() {
    int from = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    require(at > from, from, "a number of at least 0, or '('");
    try {
      return Long.parseLong(text, from, at, 10);
    } catch (NumberFormatException _) {
      throw new Unexpected(from, "a number within 64 bits");
    }
  }

  private void expect(char token) {
    require(accept(token), at, "'" + token + "'");
  }

  private boolean accept(char token) {
    skipSpaces();
    boolean found = at < text.length() && text.charAt(at) == token;
    at += found ? 1 : 0;
    return found;
  }

  private void skipSpaces() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
  }

  private static void require(boolean condition, int position, String expected) {
    if (!condition) {
      throw new Unexpected(position, expected);
    }
  }

  private static final class Unexpected extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int position;
    private final String expected;

    Unexpected(int position, String expected) {
      super(expected, null, false, false);
      this.position = position;
      this.expected = expected;
    }
  }
}
