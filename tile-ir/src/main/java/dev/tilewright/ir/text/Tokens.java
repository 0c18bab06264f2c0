package dev.tilewright.ir.text;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.text.grammar.TileIrParser;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.TerminalNode;

/** The meaning of the text's smallest parts: numbers, types, layouts. */
final class Tokens {
  private final Map<String, Layout> layouts = new HashMap<>();

  ParseException error(Token token, String problem) {
    return at(token, problem);
  }

  static ParseException at(Token token, String problem) {
    return new ParseException(token.getLine(), token.getCharPositionInLine() + 1, problem);
  }

  void defineLayout(Token line) {
    int equals = line.getText().indexOf('=');
    String name = line.getText().substring(0, equals).strip();
    String text = line.getText().substring(equals + 1).strip();
    switch (Layout.parse(text)) {
      case Result.Ok<Layout>(Layout layout) -> {
        if (layouts.putIfAbsent(name, layout) != null) {
          throw at(line, name + " is defined twice; expected a new number");
        }
      }
      case Result.Refused<Layout>(var reason) -> throw at(line, reason.sentence());
    }
  }

  Layout layout(TerminalNode name) {
    Layout layout = layouts.get(name.getText());
    if (layout == null) {
      throw at(
          name.getSymbol(), "expected a layout defined above the kernel, found " + name.getText());
    }
    return layout;
  }

  Type type(TileIrParser.TypeContext type) {
    return switch (type) {
      case TileIrParser.ScalarTypeContext t -> new Type.Scalar(dtype(t.dtype()));
      case TileIrParser.TileTypeContext t ->
          new Type.Tile(shape(t.SHAPE()), dtype(t.dtype()), optionalLayout(t.LAYOUT()));
      case TileIrParser.SharedTypeContext t ->
          new Type.Shared(shape(t.SHAPE()), dtype(t.dtype()), optionalLayout(t.LAYOUT()));
      case TileIrParser.TensorTypeContext t -> new Type.Tensor(dtype(t.dtype()), int32(t.INT()));
      default -> throw new IllegalStateException("no such type: " + type.getText());
    };
  }

  private Optional<Layout> optionalLayout(TerminalNode name) {
    return Optional.ofNullable(name).map(this::layout);
  }

  private List<Integer> shape(TerminalNode shape) {
    if (shape == null) {
      return List.of();
    }
    List<Integer> extents = new ArrayList<>();
    for (String extent : shape.getText().split("x")) {
      try {
        extents.add(Integer.parseInt(extent));
      } catch (NumberFormatException _) {
        throw at(shape.getSymbol(), "the extent " + extent + " does not fit 32 bits");
      }
    }
    return extents;
  }

  private DType dtype(TileIrParser.DtypeContext dtype) {
    try {
      return DType.parse(dtype.getText());
    } catch (IllegalArgumentException e) {
      throw at(dtype.getStart(), String.valueOf(e.getMessage()));
    }
  }

  long int64(TerminalNode number) {
    try {
      return Long.parseLong(number.getText());
    } catch (NumberFormatException _) {
      throw at(number.getSymbol(), "the integer " + number.getText() + " does not fit 64 bits");
    }
  }

  int int32(TerminalNode number) {
    try {
      return Integer.parseInt(number.getText());
    } catch (NumberFormatException _) {
      throw at(number.getSymbol(), "the integer " + number.getText() + " does not fit 32 bits");
    }
  }

  Literal literal(TileIrParser.LiteralContext literal) {
    if (literal.INT() != null) {
      return Literal.of(int64(literal.INT()));
    }
    String text = literal.FLOAT().getText();
    return switch (text) {
      case "nan" -> Literal.of(Double.NaN);
      case "inf" -> Literal.of(Double.POSITIVE_INFINITY);
      case "-inf" -> Literal.of(Double.NEGATIVE_INFINITY);
      default -> {
        double value = Double.parseDouble(text);
        if (Double.isInfinite(value)) {
          throw at(
              literal.getStart(),
              "the number " + text + " is beyond the range of f64; expected it smaller, or inf");
        }
        yield Literal.of(value);
      }
    };
  }
}
