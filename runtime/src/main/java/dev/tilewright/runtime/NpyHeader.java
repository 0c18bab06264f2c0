package dev.tilewright.runtime;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The header of a {@code .npy} file: a Python dictionary with exactly the keys {@code descr},
 * {@code fortran_order} and {@code shape}.
 *
 * @param descr the element type in numpy's notation
 * @param fortranOrder whether the first dimension is the contiguous one
 * @param shape the size of each dimension, each at least zero
 */
record NpyHeader(String descr, boolean fortranOrder, List<Long> shape) {

  NpyHeader {
    shape = List.copyOf(shape);
  }

  /** The dictionary as numpy prints it. */
  String format() {
    String sizes = shape.stream().map(String::valueOf).collect(Collectors.joining(", "));
    return "{'descr': '"
        + descr
        + "', 'fortran_order': "
        + (fortranOrder ? "True" : "False")
        + ", 'shape': ("
        + sizes
        + (shape.size() == 1 ? "," : "")
        + "), }";
  }

  /**
   * @throws IllegalArgumentException saying where the text is not such a dictionary
   */
  static NpyHeader parse(String text) {
    return new Parser(text).header();
  }

  /** Reads the one literal; nothing is evaluated. */
  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    NpyHeader header() {
      Map<String, Object> entries = new HashMap<>();
      expect('{');
      while (!accept('}')) {
        String key = string();
        expect(':');
        Object value =
            switch (key) {
              case "descr" -> descr();
              case "fortran_order" -> bool();
              case "shape" -> shape();
              default -> throw error("the key '" + shown(key) + "' is unknown");
            };
        if (entries.putIfAbsent(key, value) != null) {
          throw error("the key '" + shown(key) + "' occurs twice");
        }
        if (!accept(',')) {
          expect('}');
          break;
        }
      }
      skipSpace();
      if (at != text.length()) {
        throw error("something follows the dictionary");
      }
      if (entries.get("descr") instanceof String descr
          && entries.get("fortran_order") instanceof Boolean fortranOrder
          && entries.get("shape") instanceof List<?> shape) {
        return new NpyHeader(descr, fortranOrder, shape.stream().map(Long.class::cast).toList());
      }
      throw error("one of the keys descr, fortran_order and shape is missing");
    }

    private String descr() {
      skipSpace();
      if (at < text.length() && (text.charAt(at) == '[' || text.charAt(at) == '(')) {
        // A record type: the caller refuses it by name, like any other type it does not know.
        String records = text.substring(at);
        at = text.length();
        throw new RecordType(records);
      }
      return string();
    }

    private String string() {
      skipSpace();
      char quote = at < text.length() ? text.charAt(at) : ' ';
      int end = quote == '\'' || quote == '"' ? text.indexOf(quote, at + 1) : -1;
      if (end < 0) {
        throw error("a quoted string is expected");
      }
      String value = text.substring(at + 1, end);
      at = end + 1;
      return value;
    }

    private boolean bool() {
      skipSpace();
      for (boolean value : new boolean[] {true, false}) {
        String word = value ? "True" : "False";
        if (text.startsWith(word, at)) {
          at += word.length();
          return value;
        }
      }
      throw error("True or False is expected");
    }

    private List<Long> shape() {
      List<Long> sizes = new ArrayList<>();
      boolean comma = true;
      expect('(');
      while (!accept(')')) {
        if (!comma) {
          throw error("a comma is expected");
        }
        sizes.add(size());
        comma = accept(',');
      }
      if (sizes.size() == 1 && !comma) {
        throw error("a shape of one dimension needs a comma, as in (3,)");
      }
      return sizes;
    }

    private long size() {
      skipSpace();
      int start = at;
      while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
        at++;
      }
      try {
        return Long.parseLong(text, start, at, 10);
      } catch (NumberFormatException e) {
        at = start;
        throw error("a size from 0 to " + Long.MAX_VALUE + " is expected");
      }
    }

    private void expect(char c) {
      if (!accept(c)) {
        throw error("'" + c + "' is expected");
      }
    }

    private boolean accept(char c) {
      skipSpace();
      if (at < text.length() && text.charAt(at) == c) {
        at++;
        return true;
      }
      return false;
    }

    private void skipSpace() {
      while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private IllegalArgumentException error(String problem) {
      return new IllegalArgumentException(
          problem + " at character " + at + " of the header " + shown(text));
    }
  }

  /** The element type is a record, written as a list of fields. */
  static final class RecordType extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    RecordType(String fields) {
      super(shown(fields));
    }
  }

  /** On one line, unprintable characters replaced, and not too long. */
  static String shown(String text) {
    String line = text.strip().replaceAll("[^\\x20-\\x7e]", "?");
    return line.length() <= 120 ? line : line.substring(0, 120) + "...";
  }
}
