package dev.tilewright;

import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.Location;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes text of errors, for a person at a terminal: the code and what is wrong, the source line
 * with a caret, where the things involved come from, and what would be right.
 *
 * <pre>
 * error[TW-D002]: inner extents differ, 32 and 64: 128×32 · 64×32 in 128×64
 *   --> Matmul.java:24
 *    |
 * 24 |     acc.mma(a, b);
 *    |         ^^^^^^^^^
 * note: accumulator, f32 tile 128×64, made here
 *   --> Matmul.java:20
 *    |
 * 20 |     var acc = k.zeros(F32, 128, 64);
 *    |                 -------------------
 * help: the right operand is k×n: transpose it with t()
 * </pre>
 */
public final class DiagnosticRenderer {
  private final SourceFiles sources;

  private DiagnosticRenderer(SourceFiles sources) {
    this.sources = sources;
  }

  /** Looks for sources at, above and beside the working directory and on the class path. */
  public static DiagnosticRenderer standard() {
    return at(Path.of(""));
  }

  /** Looks for sources at, above and beside {@code folder} and on the class path. */
  public static DiagnosticRenderer at(Path folder) {
    return new DiagnosticRenderer(new SourceFiles(folder));
  }

  /** An error of a pass, which knows a line only. */
  public String render(CompileException error) {
    String message = error.getMessage();
    return render(
        new Diagnostic(
            error.code(),
            message == null ? "" : message,
            error.location(),
            "",
            List.of(),
            Optional.empty()));
  }

  /** Several lines without a final line break. */
  public String render(Diagnostic diagnostic) {
    StringBuilder text = new StringBuilder();
    text.append("error[").append(diagnostic.code()).append("]: ").append(diagnostic.message());
    place(text, diagnostic.location(), diagnostic.call(), '^');
    for (Diagnostic.Note note : diagnostic.notes()) {
      text.append("\nnote: ").append(note.message());
      place(text, note.location(), note.call(), '-');
    }
    diagnostic.help().ifPresent(help -> text.append("\nhelp: ").append(help));
    return text.toString();
  }

  private void place(StringBuilder text, Location location, String call, char mark) {
    if (!location.known()) {
      return;
    }
    String number = Integer.toString(location.line());
    String margin = " ".repeat(number.length());
    text.append('\n').append(margin).append("--> ").append(location);
    Optional<String> source = sources.line(location);
    if (source.isEmpty()) {
      text.append(" (source unavailable)");
      return;
    }
    String line = source.get().replace('\t', ' ').stripTrailing();
    Span span = Span.of(line, call);
    text.append('\n').append(margin).append(" |");
    text.append('\n').append(number).append(" | ").append(line);
    text.append('\n').append(margin).append(" | ").append(" ".repeat(span.start()));
    text.append(String.valueOf(mark).repeat(span.end() - span.start()));
  }

  /** Columns from {@code start} to before {@code end}. */
  private record Span(int start, int end) {

    /**
     * The call of that method, up to its closing parenthesis or the end of the line; the whole
     * statement when the line has no such call or several, since the stack tells no column.
     */
    static Span of(String line, String call) {
      if (!call.isEmpty()) {
        Matcher matcher = Pattern.compile("\\b" + Pattern.quote(call) + "\\(").matcher(line);
        if (matcher.find()) {
          Span found = new Span(matcher.start(), closing(line, matcher.end()));
          if (!matcher.find()) {
            return found;
          }
        }
      }
      String statement = line.endsWith(";") ? line.substring(0, line.length() - 1) : line;
      return new Span(line.length() - line.stripLeading().length(), statement.length());
    }

    private static int closing(String line, int afterOpening) {
      int depth = 1;
      for (int i = afterOpening; i < line.length(); i++) {
        char c = line.charAt(i);
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (depth == 0) {
          return i + 1;
        }
      }
      return line.length();
    }
  }
}
