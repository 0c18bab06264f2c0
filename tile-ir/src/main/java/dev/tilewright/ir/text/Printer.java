package dev.tilewright.ir.text;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.SizeExpr;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes tile IR as text, one line per operation. Every layout is written once, above the function,
 * and referred to by its number. A function that {@link dev.tilewright.ir.verify.Verifier} refuses
 * is printed as well.
 */
public final class Printer {
  private final boolean locations;
  private final boolean showLayouts;
  private final StringBuilder text = new StringBuilder();
  private final Map<Layout, Integer> layouts = new LinkedHashMap<>();
  private int depth;

  private Printer(boolean locations, boolean showLayouts) {
    this.locations = locations;
    this.showLayouts = showLayouts;
  }

  /** The whole function: {@link Parser#parse} reads back an equal one. */
  public static String print(KernelFunction function) {
    return new Printer(true, true).kernel(function);
  }

  /** The function without source locations. */
  public static String printWithoutLocations(KernelFunction function) {
    return new Printer(false, true).kernel(function);
  }

  /** The function's layouts, each at the place of its number in {@link #print}. */
  public static List<Layout> layouts(KernelFunction function) {
    Printer printer = new Printer(false, true);
    printer.kernel(function);
    return List.copyOf(printer.layouts.keySet());
  }

  /**
   * One operation as a line, without its regions, layouts and location: what error messages show.
   */
  public static String headline(Op op) {
    Printer printer = new Printer(false, false);
    printer.op(op);
    String line = printer.text.toString().lines().findFirst().orElse("").strip();
    return line.endsWith(" {") ? line.substring(0, line.length() - 2) : line;
  }

  /** The type as in the text form, with its layout written out. */
  public static String type(Type type) {
    return switch (type) {
      case Type.Scalar scalar -> scalar.dtype().name();
      case Type.Tile tile -> shaped("tile", tile, tile.layout().map(Layout::toString));
      case Type.Shared shared -> shaped("shared", shared, shared.layout().map(Layout::toString));
      case Type.Tensor tensor ->
          "tensor<" + tensor.dtype().name() + ", rank " + tensor.rank() + ">";
      case Type.Aref aref -> aref(aref, Printer::type);
      case Type.Token token -> lower(token.side()) + "_token";
      case Type.Pending _ -> "pending";
      case Type.Mbarriers mbarriers -> "mbarriers<" + mbarriers.count() + ">";
      case Type.Workspace workspace ->
          "workspace<" + shape(workspace.shape()) + workspace.dtype().name() + ">";
    };
  }

  /** The literal as in the text form: floats are exact. */
  public static String literal(Literal literal) {
    return switch (literal) {
      case Literal.Int i -> Long.toString(i.value());
      case Literal.Float f -> {
        double value = f.value();
        if (Double.isNaN(value)) {
          yield "nan";
        }
        if (Double.isInfinite(value)) {
          yield value < 0 ? "-inf" : "inf";
        }
        yield Double.toString(value);
      }
    };
  }

  /** What ends the line of an operation made at that location; empty when it is unknown. */
  public static String locationText(Location location) {
    return location.equals(Location.UNKNOWN)
        ? ""
        : " loc("
            + Names.quoted(location.file())
            + ":"
            + location.line()
            + " in "
            + Names.quoted(location.className())
            + ")";
  }

  // ---------------------------------------------------------------- function

  private String kernel(KernelFunction f) {
    text.append("kernel @").append(Names.symbol(f.name())).append('(');
    String separator = "\n";
    for (Parameter parameter : f.parameters()) {
      text.append(separator).append("    ");
      parameter(parameter);
      separator = ",\n";
    }
    if (!f.parameters().isEmpty()) {
      text.append('\n');
    }
    text.append(") grid (").append(sizes(f.grid())).append(')');
    f.launch()
        .ifPresent(
            launch ->
                text.append(" launch(target ")
                    .append(Names.quoted(launch.target()))
                    .append(", warps ")
                    .append(launch.warps())
                    .append(", shared ")
                    .append(launch.sharedBytes())
                    .append(launch.cluster() == 1 ? "" : ", cluster " + launch.cluster())
                    .append(')'));
    block(f.body());
    text.append('\n');
    if (layouts.isEmpty()) {
      return text.toString();
    }
    String header =
        layouts.entrySet().stream()
            .map(entry -> "#" + entry.getValue() + " = " + entry.getKey() + "\n")
            .collect(Collectors.joining());
    return header + "\n" + text;
  }

  private void parameter(Parameter parameter) {
    text.append(parameter.value()).append(" = ");
    switch (parameter) {
      case Parameter.Dimension dimension -> {
        text.append("dim ").append(Names.name(dimension.name()));
        if (dimension.divisor() != 1) {
          text.append(" divisor ").append(dimension.divisor());
        }
      }
      case Parameter.Scalar scalar -> text.append("scalar ").append(Names.name(scalar.name()));
      case Parameter.Tensor tensor ->
          text.append(tensor.access().name().toLowerCase(Locale.ROOT))
              .append(' ')
              .append(Names.name(tensor.name()))
              .append(" [")
              .append(sizes(tensor.shape()))
              .append("] unit ")
              .append(tensor.unitDimension())
              .append(" align ")
              .append(tensor.alignment());
      case Parameter.Workspace workspace ->
          text.append("workspace ")
              .append(Names.name(workspace.name()))
              .append(" [")
              .append(size(workspace.places()))
              .append(workspace.zeroed() ? "] zeroed" : "]");
    }
    text.append(" : ").append(typeText(parameter.value().type()));
    location(parameter.location());
  }

  private static String sizes(List<SizeExpr> sizes) {
    return sizes.stream().map(Printer::size).collect(Collectors.joining(", "));
  }

  private static String size(SizeExpr size) {
    return switch (size) {
      case SizeExpr.Constant constant -> Long.toString(constant.value());
      case SizeExpr.Dimension dimension -> Names.name(dimension.name());
      case SizeExpr.CeilDiv(SizeExpr x, SizeExpr y) -> "ceildiv(" + size(x) + ", " + size(y) + ")";
      case SizeExpr.Product(SizeExpr x, SizeExpr y) -> "mul(" + size(x) + ", " + size(y) + ")";
      case SizeExpr.Sum(SizeExpr x, SizeExpr y) -> "add(" + size(x) + ", " + size(y) + ")";
    };
  }

  private void block(Block block) {
    text.append(" {\n");
    depth++;
    block.ops().forEach(this::op);
    depth--;
    indent();
    text.append('}');
  }

  private void indent() {
    text.append("  ".repeat(depth));
  }

  // ---------------------------------------------------------------- operations

  private void op(Op op) {
    indent();
    if (!op.results().isEmpty()) {
      text.append(values(op.results())).append(" = ");
    }
    text.append(what(op));
    if (!op.results().isEmpty()) {
      text.append(" : ");
      text.append(
          op.results().stream().map(r -> typeText(r.type())).collect(Collectors.joining(", ")));
    }
    location(op.location());
    switch (op) {
      case Op.Reduce reduce -> {
        text.append(" (").append(arguments(reduce.combiner())).append(')');
        block(reduce.combiner());
      }
      case Op.For loop -> block(loop.body());
      case Op.While loop -> {
        text.append(" (").append(arguments(loop.condition())).append(')');
        block(loop.condition());
        text.append(" do (").append(arguments(loop.body())).append(')');
        block(loop.body());
      }
      case Op.If branch -> {
        block(branch.thenBlock());
        if (!isAbsent(branch.elseBlock(), branch.location())) {
          text.append(" else");
          block(branch.elseBlock());
        }
      }
      case AsyncOp.Roles roles -> roles(roles);
      default -> {}
    }
    text.append('\n');
  }

  private String arguments(Block block) {
    return block.arguments().stream()
        .map(a -> a + ": " + typeText(a.type()))
        .collect(Collectors.joining(", "));
  }

  private void roles(AsyncOp.Roles roles) {
    text.append(" {\n");
    depth++;
    for (int i = 0; i < roles.roles().size(); i++) {
      indent();
      text.append(AsyncText.of(roles.roles().get(i)));
      block(roles.bodies().get(i));
      text.append('\n');
    }
    depth--;
    indent();
    text.append('}');
  }

  private boolean isAbsent(Block elseBlock, Location location) {
    return locations
        ? elseBlock.equals(absentElse(location))
        : elseBlock.ops().size() == 1
            && elseBlock.ops().getFirst() instanceof Op.Yield yield
            && yield.values().isEmpty();
  }

  /** What an {@code if} without {@code else} has in its place. */
  static Block absentElse(Location location) {
    return new Block(List.of(), List.of(new Op.Yield(List.of(), location)));
  }

  private String what(Op op) {
    return switch (op) {
      case Op.Constant o -> "constant " + literal(o.value());
      case Op.Unary o -> lower(o.kind()) + " " + o.x();
      case Op.Binary o -> lower(o.kind()) + " " + values(o.operands());
      case Op.Fma o -> "fma " + values(o.operands());
      case Op.Compare o -> "compare " + lower(o.predicate()) + " " + values(o.operands());
      case Op.Select o -> "select " + values(o.operands());
      case Op.Cast o ->
          "cast " + o.x() + " " + lower(o.rounding()) + (o.saturate() ? " saturate" : "");
      case Op.Iota _ -> "iota";
      case Op.Splat o -> "splat " + o.x();
      case Op.Extract o -> "extract " + o.x();
      case Op.Broadcast o -> "broadcast " + o.x();
      case Op.Reshape o -> "reshape " + o.x();
      case Op.View o -> "view " + o.x();
      case Op.Transpose o -> "transpose " + o.x() + " " + o.permutation();
      case Op.Reduce o -> "reduce " + o.x() + " axis " + o.axis();
      case Op.Mma o ->
          "mma "
              + values(o.operands())
              + o.instruction().map(i -> " using " + Names.quoted(i)).orElse("");
      case Op.ConvertLayout o -> "convert_layout " + o.x();
      case Op.ProgramId o -> "program_id " + o.axis();
      case Op.Load o ->
          "load " + place(o.tensor(), o.offsets(), o.bounds()) + " fill " + literal(o.fill());
      case Op.Store o -> "store " + o.value() + " to " + place(o.tensor(), o.offsets(), o.bounds());
      case Op.SharedAlloc o ->
          "shared_alloc" + (o.offset().isPresent() ? " at " + o.offset().getAsInt() : "");
      case Op.SharedSlice o -> "shared_slice " + o.shared() + "[" + o.index() + "]";
      case Op.SharedLoad o -> "shared_load " + o.shared();
      case Op.SharedStore o -> "shared_store " + o.value() + " to " + o.shared();
      case Op.CopyAsync o ->
          "copy_async "
              + place(o.tensor(), o.offsets(), o.bounds())
              + " to "
              + o.shared()
              + o.layout().filter(_ -> showLayouts).map(l -> " layout " + layout(l)).orElse("");
      case Op.AsyncCommit _ -> "async_commit";
      case Op.AsyncWait o -> "async_wait " + o.pending();
      case Op.Barrier _ -> "barrier";
      case AsyncOp o -> AsyncText.of(o);
      case WorkspaceOp.Keep o -> "keep " + o.tile() + " in " + kept(o);
      case WorkspaceOp.AddKept o -> "add_kept " + kept(o) + ", " + o.x();
      case WorkspaceOp.Signal o -> "signal " + kept(o);
      case WorkspaceOp.Await o -> "await " + kept(o);
      case WorkspaceOp.FetchIncrement o ->
          "fetch_increment " + kept(o) + " below " + o.limit() + " to " + o.shared();
      case Op.For o -> loop(o);
      case Op.While o -> "while" + (o.inits().isEmpty() ? "" : " " + values(o.inits()));
      case Op.If o -> "if " + o.condition();
      case Op.Yield o -> o.values().isEmpty() ? "yield" : "yield " + values(o.values());
    };
  }

  private String loop(Op.For loop) {
    Value induction = loop.induction();
    boolean counted = induction.type().equals(loop.lower().type());
    String header =
        "for "
            + induction
            + (counted ? "" : ": " + typeText(induction.type()))
            + " = "
            + loop.lower()
            + " to "
            + loop.upper()
            + " step "
            + loop.step();
    if (loop.inits().isEmpty()) {
      return header;
    }
    return header
        + IntStream.range(0, loop.inits().size())
            .mapToObj(i -> carried(loop, i))
            .collect(Collectors.joining(", ", " carry (", ")"));
  }

  private String carried(Op.For loop, int i) {
    Value argument = loop.carried().get(i);
    boolean asResult =
        i < loop.results().size() && loop.results().get(i).type().equals(argument.type());
    String type = asResult ? "" : ": " + typeText(argument.type());
    return argument + type + " = " + loop.inits().get(i);
  }

  static String place(Value tensor, List<Value> offsets, List<Boolean> bounds) {
    return tensor
        + IntStream.range(0, offsets.size())
            .mapToObj(i -> offsets.get(i) + (i < bounds.size() && bounds.get(i) ? " checked" : ""))
            .collect(Collectors.joining(", ", "[", "]"));
  }

  private static String kept(WorkspaceOp op) {
    return op.workspace() + "[" + op.index() + "]";
  }

  static String values(List<Value> values) {
    return values.stream().map(Value::toString).collect(Collectors.joining(", "));
  }

  static String lower(Enum<?> kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  // ---------------------------------------------------------------- types, layouts, locations

  private String typeText(Type type) {
    return switch (type) {
      case Type.Tile tile -> shaped("tile", tile, shown(tile));
      case Type.Shared shared -> shaped("shared", shared, shown(shared));
      case Type.Aref aref -> aref(aref, this::typeText);
      default -> type(type);
    };
  }

  private Optional<String> shown(Type.Shaped type) {
    return showLayouts ? type.layout().map(this::layout) : Optional.empty();
  }

  private static String shaped(String keyword, Type.Shaped type, Optional<String> layout) {
    return keyword
        + "<"
        + shape(type.shape())
        + type.dtype().name()
        + layout.map(l -> ", " + l).orElse("")
        + ">";
  }

  private static String shape(List<Integer> shape) {
    return shape.stream().map(extent -> extent + "x").collect(Collectors.joining());
  }

  private static String aref(Type.Aref aref, Function<Type, String> text) {
    return aref.payload().stream()
        .map(text)
        .collect(
            Collectors.joining(
                ", ",
                "aref<"
                    + aref.depth()
                    + (aref.scope() == Type.Scope.CLUSTER ? ", cluster" : "")
                    + (aref.payload().isEmpty() ? "" : ", "),
                ">"));
  }

  private String layout(Layout layout) {
    return "#" + layouts.computeIfAbsent(layout, _ -> layouts.size());
  }

  private void location(Location location) {
    if (locations) {
      text.append(locationText(location));
    }
  }
}
