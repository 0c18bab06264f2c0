package dev.tilewright.ir.text;

import dev.tilewright.ir.text.grammar.TileIrLexer;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/** How names stand in the text forms: bare where they can be, else in quotes. */
public final class Names {
  private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  /** The grammar's words that could be taken for a name where a name may stand. */
  private static final Set<String> KEYWORDS = keywords();

  private Names() {}

  private static Set<String> keywords() {
    Set<String> words = new HashSet<>(Set.of("inf", "nan"));
    for (int type = 0; type <= TileIrLexer.VOCABULARY.getMaxTokenType(); type++) {
      String literal = TileIrLexer.VOCABULARY.getLiteralName(type);
      if (literal != null) {
        words.add(literal.substring(1, literal.length() - 1));
      }
    }
    return words;
  }

  static String name(String name) {
    return WORD.matcher(name).matches() && !KEYWORDS.contains(name) ? name : quoted(name);
  }

  /** After {@code @}, where no word is special. */
  public static String symbol(String name) {
    return WORD.matcher(name).matches() ? name : quoted(name);
  }

  /** In quotes, with escapes. */
  public static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        default -> quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  /** The inverse of {@link #quoted}, also of a bare word. */
  static String unquoted(String text) {
    if (!text.startsWith("\"")) {
      return text;
    }
    StringBuilder plain = new StringBuilder();
    for (int i = 1; i < text.length() - 1; i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
        c =
            switch (text.charAt(i)) {
              case 'n' -> '\n';
              case 'r' -> '\r';
              default -> text.charAt(i);
            };
      }
      plain.append(c);
    }
    return plain.toString();
  }
}
