package dev.tilewright.samples.explain;

import dev.tilewright.Compilation;
import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.pass.BulkTraffic;
import dev.tilewright.ir.pass.CompileReport;
import dev.tilewright.ir.pass.ConversionCost;
import dev.tilewright.ir.pass.GlobalTraffic;
import dev.tilewright.ir.pass.LowerConversions;
import dev.tilewright.ir.pass.SharedRange;
import dev.tilewright.ir.pass.SharedTraffic;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.thread.RegisterEstimate;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.analysis.BankConflicts;
import dev.tilewright.layout.analysis.Conversion;
import dev.tilewright.ptx.Ptxas;
import dev.tilewright.samples.explain.Section.Row;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a compilation comes to, in figures: how memory is accessed, what layouts cost, what is used.
 *
 * @param assembly what {@code ptxas} says of the code, where it was run
 */
public record Explanation(
    Compilation compilation, Target target, Optional<Ptxas.Assembly> assembly) {

  /** One line: what was compiled, and how a block is made up. */
  public String headline() {
    KernelFunction.Launch launch = compilation.staged().launch().orElseThrow();
    return "%s for %s: %d %s, %d bytes of shared memory"
        .formatted(
            compilation.staged().name(),
            target.name(),
            launch.warps(),
            launch.warps() == 1 ? "warp" : "warps",
            launch.sharedBytes());
  }

  /** One line: the registers of a thread. */
  String registersInWords() {
    return assembly
        .map(
            a ->
                "%d registers of a thread and %d bytes spilled, by ptxas"
                    .formatted(a.registers(), a.spillStoreBytes()))
        .orElseGet(
            () ->
                "about %d registers of a thread, an estimate"
                    .formatted(RegisterEstimate.of(compilation.threads())));
  }

  /** All figures, in a fixed order. */
  public List<Section> sections() {
    return List.of(global(), bulk(), shared(), conversions(), registers(), map(), notes());
  }

  /** The whole as plain text. */
  public String toText() {
    return headline()
        + "\n\n"
        + sections().stream().map(Section::toText).collect(Collectors.joining("\n"));
  }

  // ---------------------------------------------------------------- accesses

  private Section global() {
    return new Section(
            "Global memory",
            "sectors of 32 bytes for each request of a warp, where rows start on a sector",
            List.of("access", "tensor", "bytes per thread", "requests", "sectors", "ideal"),
            GlobalTraffic.of(compilation.staged(), target).stream()
                .map(
                    traffic -> {
                      long requests = traffic.sectors().requests();
                      return Row.of(
                          traffic.op().location(),
                          name(traffic.op()),
                          traffic.tensor().name() + " " + traffic.tensor().dtype().name(),
                          traffic.vectorBytes(),
                          requests,
                          average(traffic.sectors().sectors(), requests),
                          average(traffic.sectors().ideal(), requests));
                    })
                .toList())
        .counted();
  }

  private Section bulk() {
    return new Section(
            "Bulk copies",
            "boxes that one thread of a block has copied, for a tile; sectors where rows start on"
                + " one",
            List.of("access", "tensor", "box", "swizzled lines", "boxes", "sectors"),
            BulkTraffic.of(compilation.staged(), target).stream()
                .map(
                    traffic ->
                        Row.of(
                            traffic.op().location(),
                            access(traffic),
                            traffic.tensor().name() + " " + traffic.tensor().dtype().name(),
                            box(traffic),
                            traffic.boxes().swizzle().isNone()
                                ? "-"
                                : traffic.boxes().swizzle().lineBytes() + " bytes",
                            traffic.boxes().boxes(),
                            traffic.sectors()))
                .toList())
        .counted();
  }

  private static String access(BulkTraffic traffic) {
    String name = traffic.op() instanceof AsyncOp.BulkStore ? "bulk store" : "bulk load";
    return traffic.parts() == 1 ? name : name + " to %d blocks".formatted(traffic.parts());
  }

  /** The extents, the axis that is contiguous in the tensor last, as in a tile's shape. */
  private static String box(BulkTraffic traffic) {
    List<Space.Dim> dims = traffic.boxes().box().dims();
    return dims.reversed().stream()
        .map(dim -> dim.extent() / (dim.equals(dims.getLast()) ? traffic.parts() : 1))
        .map(Object::toString)
        .collect(Collectors.joining("×"));
  }

  private static String name(Op op) {
    return switch (op) {
      case Op.CopyAsync _ -> "async copy";
      case Op.Store _ -> "store";
      default -> "load";
    };
  }

  private static String average(long sum, long count) {
    return sum % count == 0
        ? Long.toString(sum / count)
        : String.format(Locale.ROOT, "%.2f", (double) sum / count);
  }

  private Section shared() {
    return new Section(
            "Shared memory accesses",
            "of all warps of a block; plain is the same buffer without swizzle and padding",
            List.of(
                "access",
                "buffer",
                "bytes per thread",
                "requests",
                "plain wavefronts",
                "plain conflicts",
                "placed wavefronts",
                "placed conflicts"),
            SharedTraffic.of(compilation.staged(), target).stream()
                .map(
                    traffic ->
                        Row.of(
                            traffic.op().location(),
                            traffic.instruction(),
                            shape(traffic.buffer()),
                            traffic.bytes(),
                            traffic.placed().requests(),
                            figure(traffic.plain(), BankConflicts::wavefronts),
                            figure(traffic.plain(), BankConflicts::conflicts),
                            traffic.placed().wavefronts(),
                            traffic.placed().conflicts()))
                .toList())
        .counted();
  }

  private static String figure(
      Optional<BankConflicts> count, Function<BankConflicts, Long> figure) {
    return count.map(figure).map(Object::toString).orElse("-");
  }

  private static String shape(Type.Shaped type) {
    return type.shape().stream().map(Object::toString).collect(Collectors.joining("×"))
        + " "
        + type.dtype().name();
  }

  // ---------------------------------------------------------------- conversions

  private Section conversions() {
    return new Section(
        "Layout conversions",
        "the plan is the cheapest known, its cost in issue slots of a warp",
        List.of("tile", "plan", "cost", "compiled to"),
        beforeLowering()
            .map(
                function ->
                    ConversionCost.of(function, target).stream()
                        .map(Explanation::conversion)
                        .toList())
            .orElse(List.of()));
  }

  private static Row conversion(ConversionCost conversion) {
    return Row.of(
        conversion.op().location(),
        shape(conversion.op().x().tile()),
        switch (conversion.plan()) {
          case Result.Ok<Conversion>(Conversion plan) -> plan(plan);
          case Result.Refused<Conversion>(var reason) -> reason.sentence();
        },
        switch (conversion.plan()) {
          case Result.Ok<Conversion>(Conversion plan) -> Long.toString(plan.cost());
          case Result.Refused<Conversion> _ -> "-";
        },
        conversion.staysWithinWarps()
            ? "what is planned"
            : "a store to and a load from shared memory");
  }

  private static String plan(Conversion plan) {
    return switch (plan) {
      case Conversion.Nothing _ -> "nothing to do";
      case Conversion.Renaming _ -> "renumbered registers";
      case Conversion.BytePermutes permutes ->
          "%d instructions on packed registers".formatted(permutes.cost());
      case Conversion.Shuffles shuffles ->
          "%d warp shuffles in %d rounds".formatted(shuffles.shuffles(), shuffles.rounds().size());
      case Conversion.ThroughMemory memory ->
          "through shared memory, %d bank conflicts".formatted(memory.memory().conflicts());
    };
  }

  /** The function that {@link LowerConversions} was given. */
  private Optional<KernelFunction> beforeLowering() {
    String lowering = new LowerConversions().name();
    KernelFunction before = compilation.traced();
    for (Compilation.Stage stage : compilation.stages()) {
      if (stage.pass().equals(lowering)) {
        return Optional.of(before);
      }
      before = stage.function();
    }
    return Optional.empty();
  }

  // ---------------------------------------------------------------- what is used

  private Section registers() {
    int most = target.registersPerThread();
    Row row =
        assembly
            .map(
                a ->
                    Row.of(
                        Location.UNKNOWN,
                        "ptxas",
                        a.registers(),
                        most,
                        a.spillStoreBytes(),
                        a.spillLoadBytes(),
                        a.stackBytes(),
                        a.barriers()))
            .orElseGet(
                () ->
                    Row.of(
                        Location.UNKNOWN,
                        "estimate",
                        RegisterEstimate.of(compilation.threads()),
                        most,
                        "-",
                        "-",
                        "-",
                        "-"));
    return new Section(
        "Registers",
        assembly.isPresent()
            ? "as ptxas assigned them"
            : "ptxas was not run: the estimate is the most values in use at once in thread IR",
        List.of(
            "source",
            "per thread",
            "of at most",
            "spill stores, bytes",
            "spill loads, bytes",
            "stack, bytes",
            "barriers"),
        List.of(row));
  }

  private Section map() {
    List<SharedRange> ranges = SharedRange.of(compilation.staged());
    return new Section(
        "Shared memory map",
        "",
        List.of("offset", "bytes", "what", "shares bytes with"),
        ranges.stream()
            .map(
                range ->
                    Row.of(
                        range.location(),
                        range.offset(),
                        range.bytes(),
                        shape(range.buffer()),
                        sharers(range, ranges)))
            .toList());
  }

  private static String sharers(SharedRange range, List<SharedRange> all) {
    String sharers =
        all.stream()
            .filter(other -> other != range && other.shares(range))
            .map(other -> shape(other.buffer()) + " of " + other.location())
            .collect(Collectors.joining(", "));
    return sharers.isEmpty() ? "-" : sharers;
  }

  private Section notes() {
    List<CompileReport.Note> notes = compilation.report().notes();
    return new Section(
        "Notes of the passes",
        "",
        List.of("pass", "note"),
        notes.stream().map(note -> Row.of(note.location(), note.pass(), note.text())).toList());
  }
}
