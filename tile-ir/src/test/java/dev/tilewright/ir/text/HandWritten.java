package dev.tilewright.ir.text;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Texts whose values have names: what messages, which have numbers, mean in those names. */
public final class HandWritten {
  private static final Pattern VALUE = Pattern.compile("%([A-Za-z0-9_]+)");

  private HandWritten() {}

  /** The message about the text with the text's own names. */
  public static String named(String text, String message) {
    int next = 0;
    Set<String> names = new LinkedHashSet<>();
    Matcher matcher = VALUE.matcher(text);
    while (matcher.find()) {
      String name = matcher.group(1);
      if (name.matches("0|[1-9][0-9]*")) {
        next = Math.max(next, Integer.parseInt(name) + 1);
      } else {
        names.add(name);
      }
    }
    String result = message;
    for (String name : names) {
      result = result.replaceAll("%" + next++ + "(?![0-9A-Za-z_])", "%" + name);
    }
    return result;
  }
}
