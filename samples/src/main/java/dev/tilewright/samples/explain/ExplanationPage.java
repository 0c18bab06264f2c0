package dev.tilewright.samples.explain;

import static dev.tilewright.samples.explain.Html.escape;

import dev.tilewright.Compilation;
import dev.tilewright.Emit;
import dev.tilewright.SourceFiles;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.text.Printer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An explanation as one page of HTML that needs nothing else: source, IR after each pass, thread IR
 * and code side by side, all lines that come from the same line of the source linked; the figures;
 * pictures of the layouts. Always the same for the same compilation.
 */
public final class ExplanationPage {
  private final Explanation explanation;
  private final SourceFiles sources;
  private final Origins origins = new Origins();
  private final StringBuilder out = new StringBuilder();

  private ExplanationPage(Explanation explanation, SourceFiles sources) {
    this.explanation = explanation;
    this.sources = sources;
  }

  /**
   * @param sources where the text of the kernel's class is looked for; without it, the page has the
   *     numbers of its lines only
   */
  public static String of(Explanation explanation, SourceFiles sources) {
    return new ExplanationPage(explanation, sources).page();
  }

  private String page() {
    String title = explanation.headline();
    out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.append("<title>").append(escape(title)).append("</title>\n");
    out.append("<style>\n").append(PageStyle.CSS).append("</style>\n</head>\n<body>\n");
    out.append("<header>\n<h1>").append(escape(title)).append("</h1>\n<p>");
    out.append(escape(explanation.registersInWords()));
    out.append(". Click a line to mark all that comes from it.</p>\n</header>\n<main>\n");
    List<CodeListing> code = listings();
    // The source stands first on the page, but what all else names in it must be known.
    String codePane = pane("code", code);
    String figures =
        explanation.sections().stream().map(this::section).collect(Collectors.joining());
    out.append("<div class=\"panes\">\n<div>\n");
    sourcePanes(code.getLast());
    out.append("</div>\n").append(codePane).append("</div>\n").append(figures);
    layouts();
    out.append("</main>\n<script>\n").append(PageStyle.SCRIPT).append("</script>\n");
    return out.append("</body>\n</html>\n").toString();
  }

  // ---------------------------------------------------------------- code

  private List<CodeListing> listings() {
    Compilation compilation = explanation.compilation();
    List<CodeListing> listings = new ArrayList<>();
    listings.add(CodeListing.ofIr("Traced", compilation.text(Emit.TILE_IR)));
    for (Compilation.Stage stage : compilation.stages()) {
      String title = listings.size() + " " + stage.pass();
      listings.add(CodeListing.ofIr(title, Printer.print(stage.function())));
    }
    listings.add(CodeListing.ofIr("Thread IR", compilation.text(Emit.THREAD_IR)));
    String language = compilation.code().language().toUpperCase(Locale.ROOT);
    listings.add(CodeListing.ofPtx(language, compilation.code().text()));
    return listings;
  }

  /** A pane with a tab for each listing; the last one is shown first. */
  private String pane(String group, List<CodeListing> listings) {
    StringBuilder to = new StringBuilder();
    to.append("<div class=\"pane\">\n<div class=\"bar\" role=\"tablist\">\n");
    for (int i = 0; i < listings.size(); i++) {
      to.append("<button role=\"tab\" data-group=\"").append(group).append("\" data-tab=\"");
      to.append(group).append('-').append(i).append("\" aria-selected=\"");
      to.append(i == listings.size() - 1).append("\">");
      to.append(escape(listings.get(i).title())).append("</button>\n");
    }
    to.append("</div>\n");
    for (int i = 0; i < listings.size(); i++) {
      to.append("<div class=\"code\" data-group=\"").append(group).append("\" id=\"");
      to.append(group).append('-').append(i).append('"');
      to.append(i == listings.size() - 1 ? ">\n" : " hidden>\n");
      for (CodeListing.Line line : listings.get(i).lines()) {
        line(to, line.text(), origins.name(line.origin()), "");
      }
      to.append("</div>\n");
    }
    return to.append("</div>\n").toString();
  }

  private static void line(StringBuilder to, String text, Optional<String> at, String remark) {
    to.append("<div class=\"l\"");
    at.ifPresent(name -> to.append(" data-at=\"").append(name).append('"'));
    to.append("><span>").append(escape(text)).append("</span>");
    if (!remark.isEmpty()) {
      to.append("<em>").append(remark).append("</em>");
    }
    to.append("</div>\n");
  }

  private void sourcePanes(CodeListing code) {
    Map<String, Integer> instructions = new LinkedHashMap<>();
    for (CodeListing.Line line : code.lines()) {
      if (CodeListing.isInstruction(line.text())) {
        origins.name(line.origin()).ifPresent(at -> instructions.merge(at, 1, Integer::sum));
      }
    }
    for (Origins.SourceFile file : origins.files()) {
      Location example = file.example();
      out.append("<div class=\"pane\">\n<div class=\"bar\"><b>");
      out.append(escape(example.file()))
          .append("</b> and how many instructions each line became</div>\n");
      out.append("<div class=\"code source\">\n");
      List<String> text = sources.text(example).map(t -> t.lines().toList()).orElse(List.of());
      for (int number = 1; number <= Math.max(text.size(), file.lastLine()); number++) {
        Optional<String> at = origins.find(file, number);
        line(
            out,
            number <= text.size() ? text.get(number - 1) : "",
            at,
            at.map(instructions::get).map(Object::toString).orElse(""));
      }
      out.append("</div>\n</div>\n");
    }
  }

  // ---------------------------------------------------------------- figures

  private String section(Section section) {
    StringBuilder to = new StringBuilder();
    to.append("<h2>").append(escape(section.title())).append("</h2>\n");
    if (!section.remark().isEmpty()) {
      to.append("<p class=\"remark\">").append(escape(section.remark())).append("</p>\n");
    }
    if (section.rows().isEmpty()) {
      return to.append("<p>none</p>\n").toString();
    }
    to.append("<div class=\"wide\"><table>\n<tr><th>line</th>");
    for (int i = 0; i < section.columns().size(); i++) {
      to.append(section.isFigure(i) ? "<th class=\"figure\">" : "<th>");
      to.append(escape(section.columns().get(i))).append("</th>");
    }
    to.append("</tr>\n");
    for (Section.Row row : section.rows()) {
      to.append("<tr");
      origins.name(row.location()).ifPresent(at -> to.append(" data-at=\"").append(at).append('"'));
      to.append("><td>").append(escape(row.place())).append("</td>");
      for (int i = 0; i < row.cells().size(); i++) {
        to.append(section.isFigure(i) ? "<td class=\"figure\">" : "<td>");
        to.append(escape(row.cells().get(i))).append("</td>");
      }
      to.append("</tr>\n");
    }
    return to.append("</table></div>\n").toString();
  }

  private void layouts() {
    out.append("<h2>Layouts</h2>\n<p class=\"remark\">");
    out.append("of the staged function, numbered as in its text; large ones from the top left");
    out.append("</p>\n");
    for (LayoutPicture picture :
        LayoutPicture.of(explanation.compilation(), explanation.target())) {
      out.append("<details><summary><b>#").append(picture.number()).append("</b> <code>");
      out.append(escape(picture.layout().toString())).append("</code></summary>\n");
      out.append("<div class=\"picture\"><p>").append(escape(picture.caption())).append("</p>\n");
      picture.svg().ifPresent(out::append);
      out.append("</div></details>\n");
    }
  }
}
