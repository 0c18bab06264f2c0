package dev.tilewright.samples.bench;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.samples.bench.BitWidthPoint.Chip;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** The bound over the bits of a weight, as SVG. */
public final class BitWidthPlot {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 400;
  private static final int LEFT = 70;
  private static final int RIGHT = 20;
  private static final int TOP = 40;
  private static final int BOTTOM = 50;
  private static final int BITS = 8;
  private static final int TICKS = 5;

  private final StringBuilder svg = new StringBuilder();
  private final double most;

  private BitWidthPlot(double most) {
    this.most = most;
  }

  /**
   * One line for each kind of type, and one for what memory alone takes.
   *
   * @param weights of the problem
   */
  public static String svg(List<BitWidthPoint> points, Chip chip, long weights) {
    double highest = points.stream().mapToDouble(p -> p.roofline(chip, weights)).max().orElse(1);
    return new BitWidthPlot(highest * 1.1).draw(points, chip, weights);
  }

  private String draw(List<BitWidthPoint> points, Chip chip, long weights) {
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
            + " font-size=\"12\">",
        WIDTH, HEIGHT);
    add("<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", WIDTH, HEIGHT);
    add(
        "<text x=\"%d\" y=\"20\">%s, from exact counts of the emulator: bounds, not times</text>",
        LEFT, chip.name());
    axes();
    ToDoubleFunction<BitWidthPoint> bound = p -> p.roofline(chip, weights);
    Predicate<DType> isFloat = FloatType.class::isInstance;
    line(points, isFloat.negate().and(t -> !t.signed()), bound, "unsigned", "#1f77b4", 0);
    line(points, isFloat.negate().and(DType::signed), bound, "signed", "#d62728", 1);
    line(points, isFloat, bound, "float", "#2ca02c", 2);
    line(points, isFloat.negate().and(DType::signed), p -> p.memory(chip), "memory", "#7f7f7f", 3);
    return svg.append("</svg>\n").toString();
  }

  private void axes() {
    for (int bits = 1; bits <= BITS; bits++) {
      add(
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>",
          x(bits), HEIGHT - BOTTOM + 18, bits);
    }
    add(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">bits of a weight</text>",
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12);
    for (int tick = 0; tick <= TICKS; tick++) {
      double value = most * tick / TICKS;
      add(
          "<path d=\"M%d %.1fH%d\" stroke=\"#dddddd\"/><text x=\"%d\" y=\"%.1f\""
              + " text-anchor=\"end\">%.0f µs</text>",
          LEFT, y(value), WIDTH - RIGHT, LEFT - 6, y(value) + 4, value);
    }
  }

  private void line(
      List<BitWidthPoint> points,
      Predicate<DType> kind,
      ToDoubleFunction<BitWidthPoint> value,
      String name,
      String colour,
      int row) {
    StringBuilder path = new StringBuilder();
    for (BitWidthPoint point : points) {
      if (kind.test(point.type())) {
        path.append(path.isEmpty() ? 'M' : 'L')
            .append(
                String.format(
                    Locale.ROOT,
                    "%.1f %.1f",
                    x(point.type().bits()),
                    y(value.applyAsDouble(point))));
      }
    }
    if (!path.isEmpty()) {
      add("<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>", path, colour);
      add(
          "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>",
          LEFT + 12, TOP + 16 + 16 * row, colour, name);
    }
  }

  private static double x(int bits) {
    return LEFT + (bits - 0.5) * (WIDTH - LEFT - RIGHT) / BITS;
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - value / most * (HEIGHT - TOP - BOTTOM);
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
