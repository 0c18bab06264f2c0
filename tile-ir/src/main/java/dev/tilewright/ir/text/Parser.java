package dev.tilewright.ir.text;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.text.grammar.TileIrLexer;
import dev.tilewright.ir.text.grammar.TileIrParser;
import dev.tilewright.layout.SizeExpr;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.TerminalNode;

/**
 * Reads the text form of tile IR. It checks words, numbers and names; whether the function makes
 * sense is {@link dev.tilewright.ir.verify.Verifier}'s question.
 */
public final class Parser {
  static final Map<String, String> TOKEN_NAMES =
      Map.of(
          "VALUE", "a value such as %0",
          "SYMBOL", "a name such as @kernel",
          "LAYOUT_LINE", "a layout line such as '#0 = …'",
          "LAYOUT", "a layout such as #0",
          "FLOAT", "a number",
          "SHAPE", "a shape such as 16x8x",
          "INT", "an integer",
          "ID", "a name",
          "STRING", "a text in quotes");

  private final Tokens tokens = new Tokens();
  private final ValueNames<Value> values;

  private Parser(ValueNames<Value> values) {
    this.values = values;
  }

  /**
   * @throws ParseException if the text is not tile IR; the message begins with line and column
   */
  public static KernelFunction parse(String text) {
    TileIrLexer lexer = new TileIrLexer(CharStreams.fromString(text));
    CommonTokenStream stream = new CommonTokenStream(lexer);
    TileIrParser parser = new TileIrParser(stream);
    SyntaxErrors.reportTo(lexer, parser, TOKEN_NAMES);
    TileIrParser.FileContext file = parser.file();
    List<Token> names =
        stream.getTokens().stream().filter(t -> t.getType() == TileIrLexer.VALUE).toList();
    return new Parser(new ValueNames<>(names)).file(file);
  }

  private KernelFunction file(TileIrParser.FileContext file) {
    file.layoutLine().forEach(line -> tokens.defineLayout(line.LAYOUT_LINE().getSymbol()));
    TileIrParser.KernelContext kernel = file.kernel();
    List<Parameter> parameters = kernel.parameter().stream().map(this::parameter).toList();
    List<SizeExpr> grid = kernel.size().stream().map(this::size).toList();
    Optional<KernelFunction.Launch> launch = Optional.ofNullable(kernel.launch()).map(this::launch);
    String name = Names.unquoted(kernel.SYMBOL().getText().substring(1));
    return new KernelFunction(name, parameters, grid, launch, block(kernel.block(), List.of()));
  }

  private KernelFunction.Launch launch(TileIrParser.LaunchContext launch) {
    return new KernelFunction.Launch(
        Names.unquoted(launch.STRING().getText()),
        tokens.int32(launch.INT(0)),
        tokens.int32(launch.INT(1)),
        launch.INT().size() > 2 ? tokens.int32(launch.INT(2)) : 1);
  }

  private Parameter parameter(TileIrParser.ParameterContext parameter) {
    return switch (parameter) {
      case TileIrParser.DimensionParameterContext p -> {
        int divisor = p.INT() == null ? 1 : tokens.int32(p.INT());
        if (divisor < 1) {
          throw tokens.error(p.INT().getSymbol(), "a divisor is at least 1, not " + divisor);
        }
        yield new Parameter.Dimension(
            name(p.name()), define(p.VALUE(), p.type()), divisor, location(p.location()));
      }
      case TileIrParser.ScalarParameterContext p ->
          new Parameter.Scalar(name(p.name()), define(p.VALUE(), p.type()), location(p.location()));
      case TileIrParser.TensorParameterContext p -> {
        int alignment = tokens.int32(p.INT(1));
        if (Integer.bitCount(alignment) != 1 || alignment < 0) {
          throw tokens.error(
              p.INT(1).getSymbol(), "an alignment is a power of two, not " + alignment);
        }
        yield new Parameter.Tensor(
            name(p.name()),
            define(p.VALUE(), p.type()),
            p.size().stream().map(this::size).toList(),
            Parameter.Access.valueOf(p.access().getText().toUpperCase(Locale.ROOT)),
            tokens.int32(p.INT(0)),
            alignment,
            location(p.location()));
      }
      case TileIrParser.WorkspaceParameterContext p -> {
        Value value = define(p.VALUE(), p.type());
        if (!(value.type() instanceof Type.Workspace)) {
          throw tokens.error(
              p.type().getStart(), "a workspace has a type such as workspace<64x64xf32>");
        }
        yield new Parameter.Workspace(
            name(p.name()), value, size(p.size()), p.zeroed != null, location(p.location()));
      }
      default -> throw new IllegalStateException("no such parameter: " + parameter.getText());
    };
  }

  private SizeExpr size(TileIrParser.SizeContext size) {
    return switch (size) {
      case TileIrParser.ConstantSizeContext s -> new SizeExpr.Constant(tokens.int64(s.INT()));
      case TileIrParser.DimensionSizeContext s -> new SizeExpr.Dimension(name(s.name()));
      case TileIrParser.CeilDivSizeContext s ->
          new SizeExpr.CeilDiv(size(s.size(0)), size(s.size(1)));
      case TileIrParser.ProductSizeContext s ->
          new SizeExpr.Product(size(s.size(0)), size(s.size(1)));
      case TileIrParser.SumSizeContext s -> new SizeExpr.Sum(size(s.size(0)), size(s.size(1)));
      default -> throw new IllegalStateException("no such size: " + size.getText());
    };
  }

  private static String name(TileIrParser.NameContext name) {
    return Names.unquoted(name.getText());
  }

  private Block block(TileIrParser.BlockContext block, List<Value> arguments) {
    return new Block(arguments, block.op().stream().map(this::op).toList());
  }

  private Op op(TileIrParser.OpContext op) {
    return switch (op) {
      case TileIrParser.PureOpContext o -> {
        Operations operations = new Operations(tokens, values, location(o.location()));
        // Operands come before the result, so that a value cannot be its own operand.
        var make = operations.of(o.pure());
        yield make.apply(define(o.VALUE(), o.type()));
      }
      case TileIrParser.EffectOpContext o ->
          new Operations(tokens, values, location(o.location())).of(o.effect());
      case TileIrParser.ReduceOpContext o -> {
        Value x = values.use(o.VALUE(1));
        Value result = define(o.VALUE(0), o.type());
        Type.Scalar element = new Type.Scalar(x.type().dtype());
        List<Value> arguments =
            o.arguments().argument().stream().map(a -> argument(a, element)).toList();
        Block combiner = block(o.block(), arguments);
        yield new Op.Reduce(result, x, tokens.int32(o.INT()), combiner, location(o.location()));
      }
      case TileIrParser.ForOpContext o -> loop(o);
      case TileIrParser.WhileOpContext o -> {
        List<Value> inits = o.init == null ? List.of() : use(o.init.VALUE());
        List<Value> results = results(o, o.result, o.types());
        List<Type> types = inits.stream().map(Value::type).toList();
        Block condition = block(o.block(0), arguments(o.arguments(0), types));
        Block body = block(o.block(1), arguments(o.arguments(1), types));
        yield new Op.While(results, inits, condition, body, location(o.location()));
      }
      case TileIrParser.IfOpContext o -> {
        Value condition = values.use(o.VALUE());
        Location location = location(o.location());
        List<Value> results = results(o, o.values(), o.types());
        Block thenBlock = block(o.block(0), List.of());
        Block elseBlock =
            o.block().size() > 1 ? block(o.block(1), List.of()) : Printer.absentElse(location);
        yield new Op.If(results, condition, thenBlock, elseBlock, location);
      }
      case TileIrParser.AsyncOpContext o -> async(o);
      case TileIrParser.RolesOpContext o -> {
        Location location = location(o.location());
        AsyncOperations operations = new AsyncOperations(tokens, values, location);
        yield new AsyncOp.Roles(
            o.role().stream().map(operations::role).toList(),
            o.role().stream().map(role -> block(role.block(), List.of())).toList(),
            location);
      }
      default -> throw new IllegalStateException("no such operation: " + op.getText());
    };
  }

  private Op async(TileIrParser.AsyncOpContext async) {
    var make = new AsyncOperations(tokens, values, location(async.location())).of(async.async());
    List<Value> results = results(async, async.values(), async.types());
    if (!AsyncOperations.fits(async.async(), results.size())) {
      throw tokens.error(
          async.async().getStart(),
          "'"
              + async.async().getStart().getText()
              + "' cannot have "
              + results.size()
              + " results");
    }
    return make.apply(results);
  }

  private Op loop(TileIrParser.ForOpContext loop) {
    Value lower = values.use(loop.VALUE(0));
    Value upper = values.use(loop.VALUE(1));
    Value step = values.use(loop.VALUE(2));
    List<Value> inits = loop.carried().stream().map(c -> values.use(c.VALUE())).toList();
    List<Value> results = results(loop, loop.values(), loop.types());
    List<Value> arguments = new ArrayList<>();
    arguments.add(argument(loop.argument(), lower.type()));
    for (int i = 0; i < inits.size(); i++) {
      Type type = i < results.size() ? results.get(i).type() : inits.get(i).type();
      arguments.add(argument(loop.carried(i).argument(), type));
    }
    Block body = block(loop.block(), arguments);
    return new Op.For(results, lower, upper, step, inits, body, location(loop.location()));
  }

  private List<Value> use(List<TerminalNode> names) {
    return names.stream().map(values::use).toList();
  }

  /** Of a region; those beyond the implied types must have their own. */
  private List<Value> arguments(TileIrParser.ArgumentsContext arguments, List<Type> implied) {
    List<Value> defined = new ArrayList<>();
    for (TileIrParser.ArgumentContext argument : arguments.argument()) {
      if (argument.type() == null && defined.size() >= implied.size()) {
        throw tokens.error(
            argument.getStart(), "the loop carries " + implied.size() + " values; give a type");
      }
      Type type =
          argument.type() == null ? implied.get(defined.size()) : tokens.type(argument.type());
      defined.add(values.define(argument.VALUE(), id -> new Value(id, type)));
    }
    return defined;
  }

  private List<Value> results(
      TileIrParser.OpContext op,
      TileIrParser.ValuesContext names,
      TileIrParser.TypesContext types) {
    int nameCount = names == null ? 0 : names.VALUE().size();
    int typeCount = types == null ? 0 : types.type().size();
    if (nameCount != typeCount) {
      throw Tokens.differentCounts(op.getStart(), nameCount, typeCount);
    }
    List<Value> results = new ArrayList<>();
    for (int i = 0; i < nameCount; i++) {
      results.add(define(names.VALUE(i), types.type(i)));
    }
    return results;
  }

  private Value argument(TileIrParser.ArgumentContext argument, Type impliedType) {
    Type type = argument.type() == null ? impliedType : tokens.type(argument.type());
    return values.define(argument.VALUE(), id -> new Value(id, type));
  }

  private Value define(TerminalNode name, TileIrParser.TypeContext type) {
    Type meant = tokens.type(type);
    return values.define(name, id -> new Value(id, meant));
  }

  private Location location(TileIrParser.LocationContext location) {
    return location == null ? Location.UNKNOWN : tokens.location(location.STRING(), location.INT());
  }
}
