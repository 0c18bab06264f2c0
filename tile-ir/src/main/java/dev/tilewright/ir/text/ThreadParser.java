package dev.tilewright.ir.text;

import dev.tilewright.ir.Location;
import dev.tilewright.ir.text.grammar.ThreadIrLexer;
import dev.tilewright.ir.text.grammar.ThreadIrParser;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.ThreadPrinter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.TerminalNode;
import org.jspecify.annotations.Nullable;

/** Reads the text form of thread IR that {@link ThreadPrinter} writes. */
public final class ThreadParser {
  private final Tokens tokens = new Tokens();
  private final ValueNames<ThreadValue> values;

  private ThreadParser(ValueNames<ThreadValue> values) {
    this.values = values;
  }

  /**
   * @throws ParseException if the text is not thread IR; the message begins with line and column
   */
  public static ThreadFunction parse(String text) {
    ThreadIrLexer lexer = new ThreadIrLexer(CharStreams.fromString(text));
    CommonTokenStream stream = new CommonTokenStream(lexer);
    ThreadIrParser parser = new ThreadIrParser(stream);
    SyntaxErrors.reportTo(lexer, parser, Parser.TOKEN_NAMES);
    ThreadIrParser.KernelContext kernel = parser.kernel();
    List<Token> names =
        stream.getTokens().stream().filter(t -> t.getType() == ThreadIrLexer.VALUE).toList();
    return new ThreadParser(new ValueNames<>(names)).kernel(kernel);
  }

  private ThreadFunction kernel(ThreadIrParser.KernelContext kernel) {
    List<ThreadParameter> parameters = kernel.parameter().stream().map(this::parameter).toList();
    return new ThreadFunction(
        Names.unquoted(kernel.SYMBOL().getText().substring(1)),
        Names.unquoted(kernel.STRING().getText()),
        parameters,
        tokens.int32(kernel.INT(0)),
        tokens.int32(kernel.INT(1)),
        kernel.INT().size() > 2 ? tokens.int32(kernel.INT(2)) : 1,
        block(kernel.block(), List.of()));
  }

  private ThreadParameter parameter(ThreadIrParser.ParameterContext parameter) {
    return switch (parameter) {
      case ThreadIrParser.PointerParameterContext p ->
          new ThreadParameter.Pointer(name(p.name()), define(p.VALUE(), p.type()));
      case ThreadIrParser.StrideParameterContext p ->
          new ThreadParameter.Stride(
              name(p.name()), tokens.int32(p.INT()), define(p.VALUE(), p.type()));
      case ThreadIrParser.DimensionParameterContext p ->
          new ThreadParameter.Dimension(name(p.name()), define(p.VALUE(), p.type()));
      case ThreadIrParser.ScalarParameterContext p ->
          new ThreadParameter.Scalar(name(p.name()), define(p.VALUE(), p.type()));
      case ThreadIrParser.TensorMapParameterContext p ->
          new ThreadParameter.TensorMap(
              name(p.name()),
              numbers(p.numbers(0)),
              numbers(p.numbers(1)),
              tokens.int32(p.INT()),
              define(p.VALUE(), p.type()));
      case ThreadIrParser.WorkspaceParameterContext p ->
          new ThreadParameter.Workspace(
              name(p.name()), tokens.int64(p.INT()), p.zeroed != null, define(p.VALUE(), p.type()));
      default -> throw new IllegalStateException("no such parameter: " + parameter.getText());
    };
  }

  private List<Integer> numbers(ThreadIrParser.NumbersContext numbers) {
    return numbers.INT().stream().map(tokens::int32).toList();
  }

  private static String name(ThreadIrParser.NameContext name) {
    return Names.unquoted(name.getText());
  }

  private ThreadBlock block(ThreadIrParser.BlockContext block, List<ThreadValue> arguments) {
    return new ThreadBlock(arguments, block.op().stream().map(this::op).toList());
  }

  private ThreadOp op(ThreadIrParser.OpContext op) {
    return switch (op) {
      case ThreadIrParser.ValuedOpContext o -> {
        var make = operations(o.location()).of(o.valued());
        yield make.apply(define(o.VALUE(), o.type()));
      }
      case ThreadIrParser.SeveralOpContext o -> {
        var make = operations(o.location()).of(o.several());
        yield make.apply(results(o, o.values(), o.types()));
      }
      case ThreadIrParser.EffectOpContext o -> operations(o.location()).of(o.effect());
      case ThreadIrParser.ForOpContext o -> loop(o);
      case ThreadIrParser.WhileOpContext o -> {
        List<ThreadValue> inits =
            o.init == null ? List.of() : o.init.VALUE().stream().map(values::use).toList();
        List<ThreadValue> results = results(o, o.result, o.types());
        ThreadBlock condition = block(o.block(0), arguments(o.arguments(0), inits));
        ThreadBlock body = block(o.block(1), arguments(o.arguments(1), inits));
        yield new ThreadOp.While(results, inits, condition, body, location(o.location()));
      }
      case ThreadIrParser.IfOpContext o -> {
        ThreadValue condition = values.use(o.VALUE());
        Location location = location(o.location());
        List<ThreadValue> results = results(o, o.values(), o.types());
        ThreadBlock thenBlock = block(o.block(0), List.of());
        ThreadBlock elseBlock =
            o.block().size() > 1
                ? block(o.block(1), List.of())
                : ThreadPrinter.absentElse(location);
        yield new ThreadOp.If(results, condition, thenBlock, elseBlock, location);
      }
      case ThreadIrParser.RolesOpContext o ->
          new AsyncThreadOp.Roles(
              o.role().stream().map(role -> tokens.int32(role.INT())).toList(),
              o.role().stream().map(role -> block(role.block(), List.of())).toList(),
              location(o.location()));
      case ThreadIrParser.SingleOpContext o ->
          new AsyncThreadOp.Single(block(o.block(), List.of()), location(o.location()));
      case ThreadIrParser.WarpLeaderOpContext o ->
          new AsyncThreadOp.WarpLeader(block(o.block(), List.of()), location(o.location()));
      default -> throw new IllegalStateException("no such operation: " + op.getText());
    };
  }

  private ThreadOperations operations(ThreadIrParser.@Nullable LocationContext location) {
    return new ThreadOperations(tokens, values, location(location));
  }

  private ThreadOp loop(ThreadIrParser.ForOpContext loop) {
    ThreadValue lower = values.use(loop.VALUE(0));
    ThreadValue upper = values.use(loop.VALUE(1));
    ThreadValue step = values.use(loop.VALUE(2));
    List<ThreadValue> inits = loop.carried().stream().map(c -> values.use(c.VALUE())).toList();
    List<ThreadValue> results = results(loop, loop.values(), loop.types());
    List<ThreadValue> arguments = new ArrayList<>();
    arguments.add(argument(loop.argument(), lower.type()));
    for (int i = 0; i < inits.size(); i++) {
      ThreadType type = i < results.size() ? results.get(i).type() : inits.get(i).type();
      arguments.add(argument(loop.carried(i).argument(), type));
    }
    ThreadBlock body = block(loop.block(), arguments);
    return new ThreadOp.For(results, lower, upper, step, inits, body, location(loop.location()));
  }

  /** Of a region; those beyond what the loop carries must have their own types. */
  private List<ThreadValue> arguments(
      ThreadIrParser.ArgumentsContext arguments, List<ThreadValue> inits) {
    List<ThreadValue> defined = new ArrayList<>();
    for (ThreadIrParser.ArgumentContext argument : arguments.argument()) {
      if (argument.type() == null && defined.size() >= inits.size()) {
        throw tokens.error(
            argument.getStart(), "the loop carries " + inits.size() + " values; give a type");
      }
      defined.add(
          argument.type() == null
              ? argument(argument, inits.get(defined.size()).type())
              : define(argument.VALUE(), argument.type()));
    }
    return defined;
  }

  private List<ThreadValue> results(
      ThreadIrParser.OpContext op,
      ThreadIrParser.@Nullable ValuesContext names,
      ThreadIrParser.@Nullable TypesContext types) {
    List<TerminalNode> named = names == null ? List.of() : names.VALUE();
    List<ThreadIrParser.TypeContext> typed = types == null ? List.of() : types.type();
    if (named.size() != typed.size()) {
      throw Tokens.differentCounts(op.getStart(), named.size(), typed.size());
    }
    List<ThreadValue> results = new ArrayList<>();
    for (int i = 0; i < named.size(); i++) {
      results.add(define(named.get(i), typed.get(i)));
    }
    return results;
  }

  private ThreadValue argument(ThreadIrParser.ArgumentContext argument, ThreadType impliedType) {
    return argument.type() == null
        ? values.define(argument.VALUE(), id -> new ThreadValue(id, impliedType))
        : define(argument.VALUE(), argument.type());
  }

  private ThreadValue define(TerminalNode name, ThreadIrParser.TypeContext type) {
    ThreadType meant = Tokens.threadType(type.getStart());
    return values.define(name, id -> new ThreadValue(id, meant));
  }

  private Location location(ThreadIrParser.@Nullable LocationContext location) {
    return location == null ? Location.UNKNOWN : tokens.location(location.STRING(), location.INT());
  }
}
