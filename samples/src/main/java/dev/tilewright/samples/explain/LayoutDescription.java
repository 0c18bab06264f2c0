package dev.tilewright.samples.explain;

import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LinearMap;
import dev.tilewright.layout.Picture;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What there is to say of a layout.
 *
 * @param points how many points the domain has
 * @param values how many different values they have; empty if counting them would take too long
 * @param linear the layout as a matrix over F₂, if it is one
 */
public record LayoutDescription(
    Layout layout, long points, Optional<Long> values, Result<LinearMap> linear) {

  /** The most points that are counted one by one, and drawn. */
  private static final long COUNTED = 1 << 22;

  private static final long DRAWN = 1 << 16;

  public static LayoutDescription of(Layout layout) {
    long points = layout.domain().size();
    Result<LinearMap> linear = layout.toLinear();
    Optional<Long> values =
        switch (linear) {
          case Result.Ok<LinearMap>(LinearMap map) -> Optional.of(1L << map.rank());
          case Result.Refused<LinearMap> _ ->
              points <= COUNTED ? Optional.of(count(layout)) : Optional.empty();
        };
    return new LayoutDescription(layout, points, values, linear);
  }

  /**
   * Reads a layout in the text form of {@link Layout#parse}, or in CuTe's.
   *
   * @return a refusal names the position and what was expected there
   */
  public static Result<Layout> parse(String text) {
    // Any white space is a blank: a message about the text then fits one line.
    String line = text.replaceAll("\\s", " ");
    return CuteText.looksLike(line) ? CuteText.parse(line) : Layout.parse(line);
  }

  private static long count(Layout layout) {
    Set<Long> values = new HashSet<>();
    for (long x = 0; x < layout.domain().size(); x++) {
      values.add(layout.codomain().flatten(layout.apply(layout.domain().unflatten(x))));
    }
    return values.size();
  }

  /** Whether no two points have the same value. */
  public Optional<Boolean> isInjective() {
    return values.map(count -> count == points);
  }

  /** Whether every point of the codomain is a value. */
  public Optional<Boolean> isSurjective() {
    return values.map(count -> count == layout.codomain().size());
  }

  /** The picture, unless it were too large. */
  public Optional<Picture> picture(Optional<Banks> banks) {
    if (Math.max(points, layout.codomain().size()) > DRAWN) {
      return Optional.empty();
    }
    return Optional.of(
        banks
            .map(b -> Picture.ofBanks(layout, b.elementBytes(), b.count(), b.width()))
            .orElseGet(() -> Picture.of(layout)));
  }

  /**
   * A memory whose banks colour a picture.
   *
   * @param width bytes of a bank
   */
  public record Banks(int count, int width, int elementBytes) {}

  /** Everything but the picture, a line for each fact. */
  public String toText() {
    StringBuilder out = new StringBuilder();
    line(out, "layout", layout.toString());
    line(out, "domain", layout.domain() + ", " + points + " points");
    line(out, "codomain", layout.codomain() + ", " + layout.codomain().size() + " points");
    line(out, "injective", answer(isInjective()));
    line(out, "surjective", answer(isSurjective()));
    layout
        .factorSwizzle()
        .filter(factors -> factors.swizzle().bits() > 0)
        .ifPresent(
            factors -> line(out, "swizzle", factors.swizzle() + " after " + factors.plain()));
    switch (linear) {
      case Result.Ok<LinearMap>(LinearMap map) -> {
        line(out, "F2 matrix", "rank " + map.rank() + ", columns are bits of the domain");
        out.append(matrix(map));
      }
      case Result.Refused<LinearMap>(var reason) ->
          line(out, "F2 matrix", "none: " + reason.sentence());
    }
    return out.toString();
  }

  private static void line(StringBuilder out, String what, String value) {
    out.append("%-10s %s\n".formatted(what, value));
  }

  private static String answer(Optional<Boolean> answer) {
    return answer.map(yes -> yes ? "yes" : "no").orElse("not decided: too many points to count");
  }

  /** A row for every bit of the codomain, a column for every bit of the domain, lowest first. */
  private static String matrix(LinearMap map) {
    List<String> columns = bits(map.domain());
    List<String> rows = bits(map.codomain());
    int margin = rows.stream().mapToInt(String::length).max().orElse(0);
    StringBuilder out = new StringBuilder("  " + " ".repeat(margin));
    columns.forEach(name -> out.append(' ').append(name));
    out.append('\n');
    for (int row = 0; row < rows.size(); row++) {
      int bit = row;
      String cells =
          IntStream.range(0, columns.size())
              .mapToObj(
                  c -> {
                    String name = columns.get(c);
                    String value = (map.columns().get(c) >>> bit & 1) == 0 ? "." : "1";
                    return " ".repeat(name.length()) + value;
                  })
              .collect(Collectors.joining());
      out.append("  ").append(rows.get(row));
      out.append(" ".repeat(margin - rows.get(row).length())).append(cells);
      out.append('\n');
    }
    return out.toString();
  }

  /** The value of every bit on its axis, in the order in which points are packed. */
  private static List<String> bits(Space space) {
    return space.dims().stream()
        .flatMap(
            dim ->
                IntStream.range(0, Long.numberOfTrailingZeros(dim.extent()))
                    .mapToObj(bit -> dim.axis() + ":" + (1L << bit)))
        .toList();
  }
}
