package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.ir.pass.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tilewright explain --html}: the page stands alone, is well formed, and is linked. */
class ExplanationPageTest {
  private static final Pattern TAG =
      Pattern.compile("<(/?)([a-z0-9]+)((?: [a-zA-Z:-]+(?:=\"[^\"<>]*\")?)*)(/?)>");
  private static final Pattern LINE =
      Pattern.compile("<div class=\"l\"(?: data-at=\"([^\"]*)\")?><span>(.*?)</span>");
  private static final Set<String> VOID = Set.of("meta", "rect");

  @TempDir private Path folder;

  private static Outcome run(String... arguments) {
    return Outcome.of(arguments);
  }

  private Outcome write(String file) {
    return run(
        "explain",
        "gemm",
        "--tile",
        "32x32x32",
        "--warps",
        "1",
        "--no-ptxas",
        "--html",
        folder.resolve(file).toString());
  }

  private String page(String file) throws IOException {
    Outcome outcome = write(file);
    assertEquals(0, outcome.status(), outcome.err());
    assertEquals("", outcome.out());
    return Files.readString(folder.resolve(file));
  }

  /** What the browser reads as markup: without the doctype, style and script. */
  private static String markup(String page) {
    return page.replaceFirst("<!DOCTYPE html>\n", "")
        .replaceAll("(?s)<(style|script)>.*?</\\1>", "");
  }

  @Test
  void isWellFormed() throws IOException {
    String markup = markup(page("a.html"));
    Deque<String> open = new ArrayDeque<>();
    Matcher tags = TAG.matcher(markup);
    int end = 0;
    while (tags.find()) {
      assertText(markup.substring(end, tags.start()));
      end = tags.end();
      String name = tags.group(2);
      if (!tags.group(1).isEmpty()) {
        assertEquals(open.pop(), name);
      } else if (!VOID.contains(name) && tags.group(4).isEmpty()) {
        open.push(name);
      }
    }
    assertText(markup.substring(end));
    assertEquals(0, open.size(), open::toString);
  }

  /** Between tags there is no bare bracket, and no ampersand but those of entities. */
  private static void assertText(String text) {
    assertFalse(text.matches("(?s).*[<>].*"), text);
    assertFalse(text.matches("(?s).*&(?!amp;|lt;|gt;|quot;|#39;).*"), text);
  }

  @Test
  void needsNothingElseAndIsAlwaysTheSame() throws IOException {
    String page = page("a.html");
    assertAll(
        () -> assertEquals(page, page("b.html")),
        () -> assertFalse(page.contains(" src="), "an external script or image"),
        () -> assertFalse(page.contains("<link"), "an external style"),
        () -> assertFalse(page.contains(" href="), "a link"),
        () -> assertFalse(page.contains("url("), "an external image"),
        () -> assertFalse(page.contains("@import"), "an external style"));
  }

  /**
   * Every line of the source that code names is there to be clicked, and says what is on it: the
   * product became matrix instructions, in tile IR, thread IR and PTX.
   */
  @Test
  void linesAreLinkedFromSourceToCode() throws IOException {
    String page = page("a.html");
    String source = pane(page, "<div class=\"code source\">");
    List<String> product =
        LINE.matcher(source)
            .results()
            .filter(line -> line.group(2).contains("acc.mma("))
            .map(line -> line.group(1))
            .toList();
    assertEquals(1, product.size());
    String last = Pipeline.passes().size() + " " + Pipeline.passes().getLast().name();
    for (String title : List.of("Traced", last, "Thread IR", "PTX")) {
      String id = idOf(page, title);
      String listing = pane(page, "id=\"" + id + "\"");
      assertTrue(
          LINE.matcher(listing)
              .results()
              .anyMatch(
                  line ->
                      product.getFirst().equals(line.group(1)) && line.group(2).contains("mma")),
          title);
      Set<String> origins = origins(listing);
      origins.removeAll(origins(source));
      assertEquals(Set.of(), origins, "lines of " + title + " that the source does not have");
    }
  }

  private static String idOf(String page, String title) {
    Matcher button =
        Pattern.compile("data-tab=\"([^\"]*)\" aria-selected=\"[a-z]*\">" + title + "<")
            .matcher(page);
    assertTrue(button.find(), title);
    return button.group(1);
  }

  private static String pane(String page, String start) {
    int from = page.indexOf(start);
    assertTrue(from >= 0, start);
    return page.substring(from, page.indexOf("</div>\n</div>", from));
  }

  private static Set<String> origins(String listing) {
    return LINE.matcher(listing)
        .results()
        .filter(line -> line.group(1) != null)
        .map(line -> line.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void layoutsAreDrawn() throws IOException {
    String page = page("a.html");
    long layouts = Pattern.compile("<details>").matcher(page).results().count();
    long pictures = Pattern.compile("<svg ").matcher(page).results().count();
    assertTrue(layouts >= 5, "layouts: " + layouts);
    assertEquals(layouts, pictures);
    assertTrue(page.contains("coloured by bank: "), "shared memory is coloured by bank");
  }

  @Test
  void saysWhenTheFileCannotBeWritten() {
    Outcome outcome = write("missing/a.html");
    assertAll(
        () -> assertEquals(ExitStatus.USAGE, outcome.status()),
        () -> assertTrue(outcome.err().contains("cannot be written"), outcome.err()),
        () -> assertEquals(1, outcome.err().strip().lines().count(), outcome.err()));
  }
}
