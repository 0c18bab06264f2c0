package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongFunction;

/**
 * Pictures of layouts as text and as SVG.
 *
 * <p>A layout into a tile is drawn as the tile: every cell says {@code thread:register} for the
 * slot that holds the element, threads being all hardware axes but {@code register} counted
 * together; a {@code +} marks an element that further slots hold too. A layout into a memory is
 * drawn as the tile it is read from: every cell says its offset. Dimensions beyond the last one are
 * put below each other.
 */
public final class Picture {

  private static final long CELLS = 1 << 16;

  private static final int WIDTH = 44;
  private static final int HEIGHT = 22;
  private static final int MARGIN = 36;

  /** One cell: its label, and the number that chooses its colour, or -1 for an empty cell. */
  private record Cell(String label, long colour) {}

  private static final Cell EMPTY = new Cell(".", -1);

  private final List<String> rowNames;
  private final Cell[][] cells;
  private final String caption;

  private Picture(List<String> rowNames, Cell[][] cells, String caption) {
    this.rowNames = rowNames;
    this.cells = cells;
    this.caption = caption;
  }

  /**
   * Draws a layout; a memory layout is coloured by runs of 8 elements.
   *
   * @throws IllegalArgumentException if the tile has more than 65536 elements
   */
  public static Picture of(Layout layout) {
    return layout.codomain().rank() == 1 && layout.codomain().has(Axis.OFFSET)
        ? memory(layout, offset -> offset / 8, "offset in elements")
        : registers(layout);
  }

  /**
   * Draws a memory layout, every cell labelled with its offset and coloured by its bank.
   *
   * @param memory tile dimensions to offsets in elements
   * @param banks the number of banks
   * @param bytesPerBank the width of a bank in bytes
   */
  public static Picture ofBanks(Layout memory, int elementBytes, int banks, int bytesPerBank) {
    return memory(
        memory,
        offset -> offset * elementBytes / bytesPerBank % banks,
        "offset in elements, coloured by bank (%d banks of %d bytes)"
            .formatted(banks, bytesPerBank));
  }

  private static Picture registers(Layout layout) {
    Grid grid = Grid.of(layout.codomain());
    Cell[][] cells = grid.empty();
    Space threads = layout.domain().without(Set.of(Axis.REGISTER));
    int register = layout.domain().indexOf(Axis.REGISTER);
    for (long x = 0; x < layout.domain().size(); x++) {
      long[] point = layout.domain().unflatten(x);
      long[] own = new long[threads.rank()];
      for (int i = 0; i < own.length; i++) {
        own[i] = point[layout.domain().indexOf(threads.axis(i))];
      }
      long thread = threads.flatten(own);
      long slot = register < 0 ? 0 : point[register];
      grid.put(cells, layout.apply(point), new Cell(thread + ":" + slot, thread));
    }
    return new Picture(grid.rowNames(), cells, "thread:register, " + layout);
  }

  private static Picture memory(Layout layout, LongFunction<Long> colour, String what) {
    Grid grid = Grid.of(layout.domain());
    Cell[][] cells = grid.empty();
    for (long x = 0; x < layout.domain().size(); x++) {
      long[] point = layout.domain().unflatten(x);
      long offset = layout.apply(point)[0];
      grid.put(cells, point, new Cell(Long.toString(offset), colour.apply(offset)));
    }
    return new Picture(grid.rowNames(), cells, what + ", " + layout);
  }

  /** The part at the top left, where the whole is too large to look at. */
  public Picture corner(int rows, int columns) {
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException("no corner of " + rows + " by " + columns + " cells");
    }
    Cell[][] part =
        Arrays.stream(cells)
            .limit(rows)
            .map(row -> Arrays.copyOf(row, Math.min(columns, row.length)))
            .toArray(Cell[][]::new);
    return new Picture(rowNames.subList(0, part.length), part, caption);
  }

  /** A space laid out on paper: the last axis across, all others down. */
  private record Grid(Space space, int rows, int columns) {
    static Grid of(Space space) {
      if (space.size() > CELLS) {
        throw new IllegalArgumentException(
            "a picture of " + space + " would have more than " + CELLS + " cells");
      }
      int last = space.rank() - 1;
      int columns = last < 0 ? 1 : (int) space.extent(last);
      return new Grid(space, (int) (space.size() / columns), columns);
    }

    Cell[][] empty() {
      Cell[][] cells = new Cell[rows][columns];
      for (Cell[] row : cells) {
        Arrays.fill(row, EMPTY);
      }
      return cells;
    }

    void put(Cell[][] cells, long[] point, Cell cell) {
      int row = 0;
      for (int i = 0; i < point.length - 1; i++) {
        row = row * (int) space.extent(i) + (int) point[i];
      }
      int column = point.length == 0 ? 0 : (int) point[point.length - 1];
      Cell before = cells[row][column];
      cells[row][column] =
          before.colour() < 0
              ? cell
              : new Cell(before.label().replace("+", "") + "+", before.colour());
    }

    /** The coordinates of every row, without those of axes of extent 1. */
    List<String> rowNames() {
      List<String> names = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        StringBuilder name = new StringBuilder();
        int rest = row;
        for (int i = space.rank() - 2; i >= 0; i--) {
          int extent = (int) space.extent(i);
          if (extent > 1 || name.isEmpty()) {
            name.insert(0, rest % extent + (name.isEmpty() ? "" : ","));
          }
          rest /= extent;
        }
        names.add(name.toString());
      }
      return names;
    }
  }

  /** The picture as a table in plain text. */
  public String toAscii() {
    int width = Integer.toString(cells[0].length - 1).length();
    for (Cell[] row : cells) {
      for (Cell cell : row) {
        width = Math.max(width, cell.label().length());
      }
    }
    int margin = rowNames.stream().mapToInt(String::length).max().orElse(0);
    StringBuilder out = new StringBuilder(" ".repeat(margin));
    for (int column = 0; column < cells[0].length; column++) {
      out.append(' ').append(padded(Integer.toString(column), width));
    }
    out.append('\n');
    for (int row = 0; row < cells.length; row++) {
      out.append(padded(rowNames.get(row), margin));
      for (Cell cell : cells[row]) {
        out.append(' ').append(padded(cell.label(), width));
      }
      out.append('\n');
    }
    return out.toString();
  }

  private static String padded(String text, int width) {
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }

  /** The picture as a self-contained SVG image. */
  public String toSvg() {
    int width = MARGIN + cells[0].length * WIDTH + 2;
    int height = MARGIN + cells.length * HEIGHT + 2;
    StringBuilder out = new StringBuilder();
    out.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" \
        font-family="ui-monospace, monospace" font-size="11" text-anchor="middle">
        <title>%s</title>
        <rect width="100%%" height="100%%" fill="white"/>
        """
            .formatted(width, height, width, height, escaped(caption)));
    for (int column = 0; column < cells[0].length; column++) {
      out.append(text(MARGIN + column * WIDTH + WIDTH / 2, MARGIN - 8, Integer.toString(column)));
    }
    for (int row = 0; row < cells.length; row++) {
      int y = MARGIN + row * HEIGHT;
      out.append(text(MARGIN / 2, y + HEIGHT - 7, rowNames.get(row)));
      for (int column = 0; column < cells[row].length; column++) {
        Cell cell = cells[row][column];
        int x = MARGIN + column * WIDTH;
        out.append(
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\" stroke=\"#444\"/>\n"
                .formatted(x, y, WIDTH, HEIGHT, colour(cell.colour())));
        out.append(text(x + WIDTH / 2, y + HEIGHT - 7, cell.label()));
      }
    }
    return out.append("</svg>\n").toString();
  }

  private static String text(int x, int y, String text) {
    return "<text x=\"%d\" y=\"%d\">%s</text>\n".formatted(x, y, escaped(text));
  }

  /** Neighbouring numbers get hues far apart (the golden angle); every 32 get a darker shade. */
  private static String colour(long number) {
    if (number < 0) {
      return "#eeeeee";
    }
    double hue = number * 137.50776 % 360;
    long lightness = 82 - number / 32 % 4 * 8;
    return String.format(Locale.ROOT, "hsl(%.1f, 65%%, %d%%)", hue, lightness);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
