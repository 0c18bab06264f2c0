package dev.tilewright.ir.text;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.text.grammar.TileIrParser;
import dev.tilewright.ir.thread.ThreadType;
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

  static ParseException differentCounts(Token start, int names, int types) {
    return at(
        start,
        "expected as many result types after ':' as results before '=', found "
            + types
            + " types for "
            + names
            + " results");
  }

  /**
   * @param texts the file, then the class
   */
  Location location(List<TerminalNode> texts, TerminalNode line) {
    return new Location(
        Names.unquoted(texts.get(1).getText()),
        Names.unquoted(texts.get(0).getText()),
        int32(line));
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
      case TileIrParser.ArefTypeContext t -> aref(t);
      case TileIrParser.WriteTokenTypeContext _ -> new Type.Token(Type.Side.WRITE);
      case TileIrParser.ReadTokenTypeContext _ -> new Type.Token(Type.Side.READ);
      case TileIrParser.PendingTypeContext _ -> new Type.Pending();
      case TileIrParser.MbarriersTypeContext t -> new Type.Mbarriers(int32(t.INT()));
      case TileIrParser.WorkspaceTypeContext t ->
          new Type.Workspace(shape(t.SHAPE()), dtype(t.dtype()));
      default -> throw new IllegalStateException("no such type: " + type.getText());
    };
  }

  private Type aref(TileIrParser.ArefTypeContext aref) {
    int depth = int32(aref.INT());
    if (depth < 1) {
      throw at(aref.INT().getSymbol(), "an aref has one slot or more, not " + depth);
    }
    List<Type.Shared> payload = new ArrayList<>();
    for (TileIrParser.TypeContext type : aref.type()) {
      if (!(type(type) instanceof Type.Shared shared)) {
        throw at(
            type.getStart(), "a slot holds shared buffers; expected a type such as shared<8xf16>");
      }
      payload.add(shared);
    }
    Type.Scope scope = aref.cluster == null ? Type.Scope.BLOCK : Type.Scope.CLUSTER;
    return new Type.Aref(payload, depth, scope);
  }

  /** {@code f32}, or {@code f16x8} for eight of them. */
  static ThreadType threadType(Token type) {
    String text = type.getText();
    int x = text.indexOf('x');
    if (x < 0) {
      return ThreadType.scalar(dtype(type, text));
    }
    DType element = dtype(type, text.substring(0, x));
    try {
      return ThreadType.vector(element, Integer.parseInt(text.substring(x + 1)));
    } catch (IllegalArgumentException _) {
      throw at(
          type, "no thread type " + text + "; expected lanes that fit 128 bits, such as f16x8");
    }
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

  private static DType dtype(TileIrParser.DtypeContext dtype) {
    return dtype(dtype.getStart(), dtype.getText());
  }

  private static DType dtype(Token at, String name) {
    try {
      return DType.parse(name);
    } catch (IllegalArgumentException e) {
      throw at(at, String.valueOf(e.getMessage()));
    }
  }

  long int64(TerminalNode number) {
    return int64(number.getSymbol());
  }

  private static long int64(Token number) {
    try {
      return Long.parseLong(number.getText());
    } catch (NumberFormatException _) {
      throw at(number, "the integer " + number.getText() + " does not fit 64 bits");
    }
  }

  int int32(TerminalNode number) {
    return int32(number.getSymbol());
  }

  static int int32(Token number) {
    try {
      return Integer.parseInt(number.getText());
    } catch (NumberFormatException _) {
      throw at(number, "the integer " + number.getText() + " does not fit 32 bits");
    }
  }

  Literal literal(Token literal) {
    String text = literal.getText();
    if (text.matches("-?[0-9]+")) {
      return Literal.of(int64(literal));
    }
    return switch (text) {
      case "nan" -> Literal.of(Double.NaN);
      case "inf" -> Literal.of(Double.POSITIVE_INFINITY);
      case "-inf" -> Literal.of(Double.NEGATIVE_INFINITY);
      default -> {
        double value = Double.parseDouble(text);
        if (Double.isInfinite(value)) {
          throw at(
              literal,
              "the number " + text + " is beyond the range of f64; expected it smaller, or inf");
        }
        yield Literal.of(value);
      }
    };
  }
}
