package dev.tilewright.emulator.ptx;

import dev.tilewright.emulator.ptx.grammar.PtxLexer;
import dev.tilewright.emulator.ptx.grammar.PtxParser;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.atn.PredictionMode;
import org.jspecify.annotations.Nullable;

/** Reads PTX text into a {@link Module}. */
public final class PtxReader {
  private String version = "";
  private String target = "";
  private int addressSize = 64;
  private final Map<Integer, String> files = new HashMap<>();
  private final List<Variable> variables = new ArrayList<>();
  private final List<Function> functions = new ArrayList<>();
  private Optional<SourcePosition> position = Optional.empty();

  /** The line that is being read. */
  private int current = 1;

  private PtxReader() {}

  /**
   * @throws PtxException with code {@code EMU-SYNTAX} if the text is not PTX
   */
  public static Module read(String text) {
    var errors = new ThrowingListener();
    var lexer = new PtxLexer(CharStreams.fromString(text));
    lexer.removeErrorListeners();
    lexer.addErrorListener(errors);
    var parser = new PtxParser(new CommonTokenStream(lexer));
    parser.removeErrorListeners();
    parser.addErrorListener(errors);
    parser.getInterpreter().setPredictionMode(PredictionMode.SLL);
    var reader = new PtxReader();
    try {
      parser.module().directive().forEach(reader::directive);
    } catch (NumberFormatException e) {
      throw new PtxException(
          "EMU-SYNTAX", reader.current, "number out of range: " + e.getMessage());
    }
    return new Module(
        reader.version,
        reader.target,
        reader.addressSize,
        reader.files,
        reader.variables,
        reader.functions);
  }

  private void directive(PtxParser.DirectiveContext directive) {
    current = line(directive);
    switch (directive) {
      case PtxParser.VersionDirectiveContext d -> version = d.FLOAT().getText();
      case PtxParser.TargetDirectiveContext d -> target = d.ID(0).getText();
      case PtxParser.AddressSizeDirectiveContext d ->
          addressSize = (int) Numbers.integer(d.INTEGER().getText());
      case PtxParser.FileItemContext d -> file(d.fileDirective());
      case PtxParser.FunctionItemContext d -> functions.add(function(d.function()));
      case PtxParser.VariableItemContext d -> variables.addAll(variables(d.variable()));
      // Locations outside functions, debug sections, pragmas and aliases change no meaning.
      default -> {}
    }
  }

  private void file(PtxParser.FileDirectiveContext file) {
    String path = file.path.getText();
    files.put((int) Numbers.integer(file.index.getText()), path.substring(1, path.length() - 1));
  }

  private Function function(PtxParser.FunctionContext f) {
    position = Optional.empty();
    // One parameter list belongs to the results when it stands before the name.
    List<Variable> results = List.of();
    List<Variable> parameters = List.of();
    for (PtxParser.ParametersContext list : f.parameters()) {
      List<Variable> declared = new ArrayList<>();
      list.variable().forEach(v -> declared.addAll(variables(v)));
      if (list.start.getTokenIndex() < f.ID().getSymbol().getTokenIndex()) {
        results = declared;
      } else {
        parameters = declared;
      }
    }
    Map<String, List<Integer>> attributes = new HashMap<>();
    for (PtxParser.FunctionAttributeContext a : f.functionAttribute()) {
      if (a.dotted() != null) {
        attributes.put(
            a.dotted().getText().substring(1),
            a.integer().stream().map(i -> (int) Numbers.integer(i.getText())).toList());
      }
    }
    return new Function(
        f.ID().getText(),
        f.kind.getType() == PtxParser.ENTRY,
        results,
        parameters,
        attributes,
        f.body() != null,
        f.body() == null ? List.of() : statements(f.body().statement()),
        line(f));
  }

  private List<Variable> variables(PtxParser.VariableContext v) {
    StateSpace space = space(v.space());
    boolean external = v.linkage().stream().anyMatch(l -> l.EXTERN() != null);
    int alignment = 0;
    int vector = 1;
    @Nullable PtxType type = null;
    for (PtxParser.QualifierContext q : v.qualifier()) {
      if (q.ALIGN() != null) {
        alignment = (int) Numbers.integer(q.INTEGER().getText());
      } else if (q.DOTTED() != null) {
        String word = q.DOTTED().getText().substring(1);
        switch (word) {
          case "v2" -> vector = 2;
          case "v4" -> vector = 4;
          case "v8" -> vector = 8;
          default -> {
            PtxType named = PtxType.named(word);
            type = named == null ? type : named;
          }
        }
      }
    }
    if (type == null) {
      throw new PtxException(
          "EMU-INVALID-MODULE", line(v), "variable has no type the emulator knows: " + text(v));
    }
    List<Variable> result = new ArrayList<>();
    for (PtxParser.DeclaratorContext d : v.declarator()) {
      long elements = vector;
      for (PtxParser.DimensionContext dimension : d.dimension()) {
        elements *=
            dimension.INTEGER() == null ? 0 : Numbers.integer(dimension.INTEGER().getText());
      }
      result.add(
          new Variable(
              space,
              type,
              Math.max(alignment, type.bytes() * vector),
              d.ID().getText(),
              d.INTEGER() == null ? -1 : (int) Numbers.integer(d.INTEGER().getText()),
              vector,
              elements,
              external,
              d.initializer() == null
                  ? Optional.empty()
                  : Optional.of(initializer(d.initializer())),
              line(v)));
    }
    return result;
  }

  private static StateSpace space(PtxParser.SpaceContext space) {
    return switch (space.start.getType()) {
      case PtxParser.REG -> StateSpace.REG;
      case PtxParser.PARAM -> StateSpace.PARAM;
      case PtxParser.SHARED -> StateSpace.SHARED;
      case PtxParser.GLOBAL -> StateSpace.GLOBAL;
      case PtxParser.LOCAL -> StateSpace.LOCAL;
      default -> StateSpace.CONST;
    };
  }

  private static Variable.Initializer initializer(PtxParser.InitializerContext i) {
    if (i.constant() != null) {
      return new Variable.Initializer.Number(constant(i.constant()));
    }
    if (i.ID() == null) {
      return new Variable.Initializer.Elements(
          i.initializer().stream().map(PtxReader::initializer).toList());
    }
    String name = i.ID().getText();
    if (!i.initializer().isEmpty()) {
      if (name.equals("generic")
          && initializer(i.initializer(0)) instanceof Variable.Initializer.AddressOf a) {
        return new Variable.Initializer.AddressOf(a.name(), a.offset(), true);
      }
      throw new PtxException("EMU-INVALID-MODULE", line(i), "unknown initializer " + text(i));
    }
    long offset = i.integer() == null ? 0 : Numbers.integer(i.integer().getText());
    boolean minus = i.getChildCount() > 1 && i.getChild(1).getText().equals("-");
    return new Variable.Initializer.AddressOf(name, minus ? -offset : offset, false);
  }

  private List<Statement> statements(List<PtxParser.StatementContext> contexts) {
    List<Statement> result = new ArrayList<>();
    for (PtxParser.StatementContext context : contexts) {
      current = line(context);
      switch (context) {
        case PtxParser.LabelContext s -> result.add(new Statement.Label(s.ID().getText(), line(s)));
        case PtxParser.BranchTargetsContext s -> result.add(targets(s.ID(0).getText(), s.ID(), s));
        case PtxParser.CallTargetsContext s -> result.add(targets(s.ID(0).getText(), s.ID(), s));
        case PtxParser.CallPrototypeContext s ->
            result.add(new Statement.Prototype(s.ID(0).getText(), line(s)));
        case PtxParser.LocalVariableContext s ->
            variables(s.variable()).forEach(v -> result.add(new Statement.Declaration(v)));
        case PtxParser.ScopeContext s ->
            result.add(new Statement.Scope(statements(s.body().statement()), line(s)));
        case PtxParser.LocStatementContext s -> location(s.locDirective());
        case PtxParser.FileStatementContext s -> file(s.fileDirective());
        case PtxParser.InstructionStatementContext s -> result.add(instruction(s.instruction()));
        // Pragmas are hints to ptxas.
        default -> {}
      }
    }
    return result;
  }

  private static Statement targets(
      String name, List<org.antlr.v4.runtime.tree.TerminalNode> ids, ParserRuleContext at) {
    return new Statement.Targets(
        name, ids.subList(1, ids.size()).stream().map(t -> t.getText()).toList(), line(at));
  }

  private void location(PtxParser.LocDirectiveContext loc) {
    // For inlined code the caller's line is the user's own.
    boolean inlined = loc.inLine != null;
    int file = (int) Numbers.integer((inlined ? loc.inFile : loc.file).getText());
    int line = (int) Numbers.integer((inlined ? loc.inLine : loc.line).getText());
    position = Optional.of(new SourcePosition(file, line));
  }

  private Statement.Instruction instruction(PtxParser.InstructionContext i) {
    return new Statement.Instruction(
        i.guard() == null ? Optional.empty() : Optional.of(i.guard().ID().getText()),
        i.guard() != null && i.guard().not != null,
        i.opcode.getText(),
        i.dotted().stream().map(d -> d.getText().substring(1)).toList(),
        i.operand().stream().map(PtxReader::operand).toList(),
        line(i),
        position);
  }

  private static Operand operand(PtxParser.OperandContext operand) {
    return switch (operand) {
      case PtxParser.VectorOperandContext o ->
          new Operand.Vector(o.operand().stream().map(PtxReader::operand).toList());
      case PtxParser.AddressOperandContext o -> {
        List<Operand> all = o.operand().stream().map(PtxReader::operand).toList();
        yield new Operand.Address(all.getFirst(), all.subList(1, all.size()));
      }
      case PtxParser.ListOperandContext o ->
          new Operand.Arguments(o.operand().stream().map(PtxReader::operand).toList());
      case PtxParser.PairOperandContext o ->
          new Operand.Pair(
              new Operand.Name(o.first.getText(), "", 0),
              new Operand.Name(o.second.getText(), "", 0));
      case PtxParser.InvertedOperandContext o ->
          new Operand.Inverted(new Operand.Name(o.ID().getText(), "", 0));
      case PtxParser.NameOperandContext o ->
          new Operand.Name(
              o.ID().getText(),
              o.dotted() == null ? "" : o.dotted().getText().substring(1),
              o.offset() == null ? 0 : offset(o.offset()));
      case PtxParser.ConstantOperandContext o -> constant(o.constant());
      default -> throw new IllegalStateException("operand form " + text(operand));
    };
  }

  private static long offset(PtxParser.OffsetContext offset) {
    return offset.integer() != null
        ? Numbers.integer(offset.integer().getText())
        : -Numbers.integer(offset.INTEGER().getText());
  }

  private static Operand constant(PtxParser.ConstantContext c) {
    String text = c.getText();
    if (c.FLOAT_BITS() != null) {
      int bits = Integer.parseUnsignedInt(text.substring(2), 16);
      long wide = Double.doubleToRawLongBits(Float.intBitsToFloat(bits));
      return new Operand.FloatConstant(wide, true, bits);
    }
    if (c.DOUBLE_BITS() != null) {
      return new Operand.FloatConstant(Long.parseUnsignedLong(text.substring(2), 16), false, 0);
    }
    if (c.FLOAT() != null) {
      return new Operand.FloatConstant(
          Double.doubleToRawLongBits(Double.parseDouble(text)), false, 0);
    }
    return new Operand.IntegerConstant(Numbers.integer(text));
  }

  private static int line(ParserRuleContext context) {
    return context.start.getLine();
  }

  private static String text(ParserRuleContext context) {
    return context.getText();
  }

  private static final class ThrowingListener extends BaseErrorListener {
    @Override
    public void syntaxError(
        @Nullable Recognizer<?, ?> recognizer,
        @Nullable Object symbol,
        int line,
        int column,
        @Nullable String message,
        @Nullable RecognitionException cause) {
      throw new PtxException("EMU-SYNTAX", line, "column " + (column + 1) + ": " + message);
    }
  }
}
