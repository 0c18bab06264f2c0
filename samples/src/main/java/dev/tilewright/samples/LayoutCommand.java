package dev.tilewright.samples;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Picture;
import dev.tilewright.layout.Result;
import dev.tilewright.samples.explain.LayoutDescription;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "layout",
    description = "Describe and draw a layout.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  tilewright layout '[register:2 -> dim1*1, lane:4 -> dim1*2, lane:8 -> dim0*1] :"
          + " (dim0:8, dim1:8)'",
      "  tilewright layout '[dim0:8 -> offset^36, dim1:32 -> offset^1] : (offset:256)'"
          + " --bank-width 4",
      "  tilewright layout '((2,2),4):((1,8),2)'"
    })
final class LayoutCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "EXPR",
      description =
          "[AXIS:EXTENT -> TARGET*STRIDE, ...] : (TARGET:EXTENT, ...), with ^ instead of * for"
              + " strides over F2; or CuTe's SHAPE:STRIDE, such as (4,2):(1,16), which becomes a"
              + " layout from dim0 to offset")
  private String expression = "";

  @Option(names = "--svg", paramLabel = "FILE", description = "write the picture to this file")
  private Optional<Path> svg = Optional.empty();

  @Option(
      names = "--bank-width",
      paramLabel = "BYTES",
      description = "colour a memory layout by bank; banks have this many bytes")
  private Optional<Integer> bankWidth = Optional.empty();

  @Option(
      names = "--banks",
      paramLabel = "N",
      defaultValue = "32",
      description = "how many banks there are (default: ${DEFAULT-VALUE})")
  private int banks = 32;

  @Option(
      names = "--element-bytes",
      paramLabel = "BYTES",
      defaultValue = "4",
      description = "bytes of an element (default: ${DEFAULT-VALUE})")
  private int elementBytes = 4;

  @Override
  public Integer call() {
    Layout layout =
        switch (LayoutDescription.parse(expression)) {
          case Result.Ok<Layout>(Layout parsed) -> parsed;
          case Result.Refused<Layout>(var reason) -> throw new InputException(reason.sentence());
        };
    LayoutDescription description = LayoutDescription.of(layout);
    Optional<Picture> picture = description.picture(banksOf(layout));
    svg.ifPresent(
        file ->
            OutputFile.write(
                file,
                picture
                    .map(Picture::toSvg)
                    .orElseThrow(
                        () ->
                            new InputException(
                                "a layout of %d points is too large for a picture"
                                    .formatted(description.points())))));
    PrintWriter out = spec.commandLine().getOut();
    out.print(description.toText());
    out.println();
    picture.ifPresentOrElse(
        drawn -> out.print(drawn.toAscii()), () -> out.println("(too large for a picture)"));
    return ExitStatus.OK;
  }

  private Optional<LayoutDescription.Banks> banksOf(Layout layout) {
    if (bankWidth.isEmpty()) {
      return Optional.empty();
    }
    requirePositive("--bank-width", bankWidth.get());
    requirePositive("--banks", banks);
    requirePositive("--element-bytes", elementBytes);
    if (layout.codomain().rank() != 1 || !layout.codomain().has(Axis.OFFSET)) {
      throw new InputException(
          "--bank-width colours layouts into a memory, to (offset), not to " + layout.codomain());
    }
    return Optional.of(new LayoutDescription.Banks(banks, bankWidth.get(), elementBytes));
  }

  private static void requirePositive(String option, int value) {
    if (value < 1 || value > 4096) {
      throw new InputException(option + " must be from 1 to 4096, not " + value);
    }
  }
}
