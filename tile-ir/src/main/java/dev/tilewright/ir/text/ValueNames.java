package dev.tilewright.ir.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.TerminalNode;

/**
 * The values of a text: a {@code %number} has that id, names get the ids after the greatest.
 *
 * @param <V> values of tile IR or of thread IR
 */
final class ValueNames<V> {
  private final Map<String, Integer> ids = new HashMap<>();
  private final Map<String, V> defined = new HashMap<>();
  private final Map<String, Integer> definitionLines = new HashMap<>();

  /**
   * @param names all of the text, in order
   */
  ValueNames(List<Token> names) {
    int next = 0;
    for (Token name : names) {
      if (isNumber(name.getText())) {
        int id = number(name);
        ids.put(name.getText(), id);
        next = Math.max(next, Math.addExact(id, 1));
      }
    }
    for (Token name : names) {
      if (!ids.containsKey(name.getText())) {
        ids.put(name.getText(), next++);
      }
    }
  }

  /** {@code %07} is a name: the number it means is written {@code %7}. */
  private static boolean isNumber(String text) {
    return text.matches("%(0|[1-9][0-9]*)");
  }

  private static int number(Token name) {
    try {
      int id = Integer.parseInt(name.getText().substring(1));
      if (id < Integer.MAX_VALUE) {
        return id;
      }
    } catch (NumberFormatException _) {
      // Reported below.
    }
    throw Tokens.at(name, "the number of " + name.getText() + " is too large for an id");
  }

  /**
   * @param make the value of an id
   */
  V define(TerminalNode node, IntFunction<V> make) {
    Token name = node.getSymbol();
    V value = make.apply(ids.getOrDefault(name.getText(), 0));
    if (defined.putIfAbsent(name.getText(), value) != null) {
      throw Tokens.at(
          name,
          name.getText()
              + " is defined already on line "
              + definitionLines.get(name.getText())
              + "; expected a new name");
    }
    definitionLines.put(name.getText(), name.getLine());
    return value;
  }

  V use(TerminalNode node) {
    Token name = node.getSymbol();
    V value = defined.get(name.getText());
    if (value == null) {
      throw Tokens.at(name, "expected a value defined above, found " + name.getText());
    }
    return value;
  }
}
