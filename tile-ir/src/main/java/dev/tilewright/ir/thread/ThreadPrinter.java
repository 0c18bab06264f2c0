package dev.tilewright.ir.thread;

import dev.tilewright.ir.Location;
import dev.tilewright.ir.text.Names;
import dev.tilewright.ir.text.Printer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes thread IR as text, one line per operation; the twin of tile IR's {@link Printer}. {@link
 * dev.tilewright.ir.text.ThreadParser} reads back an equal function.
 */
public final class ThreadPrinter {
  private final boolean locations;
  private final StringBuilder text = new StringBuilder();
  private int depth;

  private ThreadPrinter(boolean locations) {
    this.locations = locations;
  }

  /** The whole function. */
  public static String print(ThreadFunction function) {
    return new ThreadPrinter(true).kernel(function);
  }

  /** The function without source locations. */
  public static String printWithoutLocations(ThreadFunction function) {
    return new ThreadPrinter(false).kernel(function);
  }

  /** One operation as a line, without its regions and location: what error messages show. */
  public static String headline(ThreadOp op) {
    ThreadPrinter printer = new ThreadPrinter(false);
    printer.op(op);
    String line = printer.text.toString().lines().findFirst().orElse("");
    return line.endsWith(" {") ? line.substring(0, line.length() - 2) : line;
  }

  private String kernel(ThreadFunction f) {
    text.append("thread @").append(Names.symbol(f.name())).append('(');
    String separator = "\n";
    for (ThreadParameter parameter : f.parameters()) {
      text.append(separator).append("    ").append(parameter(parameter));
      separator = ",\n";
    }
    text.append(f.parameters().isEmpty() ? "" : "\n")
        .append(") launch(target ")
        .append(Names.quoted(f.target()))
        .append(", threads ")
        .append(f.threads())
        .append(", shared ")
        .append(f.sharedBytes())
        .append(f.cluster() == 1 ? "" : ", cluster " + f.cluster())
        .append(')');
    block(f.body());
    return text.append('\n').toString();
  }

  private static String parameter(ThreadParameter parameter) {
    String what =
        switch (parameter) {
          case ThreadParameter.Pointer p -> "pointer " + Names.quoted(p.tensor());
          case ThreadParameter.Stride p ->
              "stride " + Names.quoted(p.tensor()) + " " + p.dimension();
          case ThreadParameter.Dimension p -> "dim " + Names.quoted(p.name());
          case ThreadParameter.Scalar p -> "scalar " + Names.quoted(p.name());
          case ThreadParameter.TensorMap p ->
              "tensor_map "
                  + Names.quoted(p.tensor())
                  + " order ("
                  + numbers(p.dimensions())
                  + ") box ("
                  + numbers(p.box())
                  + ") swizzle "
                  + p.swizzleBytes();
          case ThreadParameter.Workspace p ->
              "workspace "
                  + Names.quoted(p.name())
                  + " place "
                  + p.placeBytes()
                  + (p.zeroed() ? " zeroed" : "");
        };
    return parameter.value() + " = " + what + " : " + parameter.value().type();
  }

  private void block(ThreadBlock block) {
    text.append(" {\n");
    depth++;
    block.ops().forEach(this::op);
    depth--;
    text.append("  ".repeat(depth)).append('}');
  }

  private void op(ThreadOp op) {
    text.append("  ".repeat(depth));
    if (!op.results().isEmpty()) {
      text.append(values(op.results())).append(" = ");
    }
    text.append(what(op));
    if (!op.results().isEmpty()) {
      text.append(" : ")
          .append(
              op.results().stream()
                  .map(result -> result.type().toString())
                  .collect(Collectors.joining(", ")));
    }
    text.append(locations ? Printer.locationText(op.location()) : "");
    switch (op) {
      case ThreadOp.For loop -> block(loop.body());
      case ThreadOp.While loop -> {
        text.append(" (").append(arguments(loop.condition())).append(')');
        block(loop.condition());
        text.append(" do (").append(arguments(loop.body())).append(')');
        block(loop.body());
      }
      case ThreadOp.If branch -> {
        block(branch.thenBlock());
        if (!isAbsent(branch)) {
          text.append(" else");
          block(branch.elseBlock());
        }
      }
      case AsyncThreadOp.Roles roles -> {
        for (int i = 0; i < roles.bodies().size(); i++) {
          text.append(" warps ").append(roles.warps().get(i));
          block(roles.bodies().get(i));
        }
      }
      case AsyncThreadOp.Single single -> block(single.body());
      case AsyncThreadOp.WarpLeader leader -> block(leader.body());
      default -> {}
    }
    text.append('\n');
  }

  /** What an {@code if} without {@code else} has in its place. */
  public static ThreadBlock absentElse(Location location) {
    return new ThreadBlock(List.of(), List.of(new ThreadOp.Yield(List.of(), location)));
  }

  private boolean isAbsent(ThreadOp.If branch) {
    List<ThreadOp> ops = branch.elseBlock().ops();
    return locations
        ? branch.elseBlock().equals(absentElse(branch.location()))
        : ops.size() == 1 && ops.getFirst() instanceof ThreadOp.Yield y && y.values().isEmpty();
  }

  private String what(ThreadOp op) {
    return switch (op) {
      case ThreadOp.Constant o -> "constant " + Printer.literal(o.value());
      case ThreadOp.Special o -> "special " + lower(o.register());
      case ThreadOp.Unary o -> lower(o.kind()) + " " + o.x();
      case ThreadOp.Binary o -> lower(o.kind()) + " " + values(o.operands());
      case ThreadOp.Fma o -> "fma " + values(o.operands());
      case ThreadOp.Compare o -> "compare " + lower(o.predicate()) + " " + values(o.operands());
      case ThreadOp.Select o -> "select " + values(o.operands());
      case ThreadOp.Convert o ->
          "convert " + o.x() + " " + lower(o.rounding()) + (o.saturate() ? " saturate" : "");
      case ThreadOp.Bitcast o -> "bitcast " + o.x();
      case ThreadOp.ByteLookup o ->
          "byte_lookup %s at %s".formatted(values(List.of(o.low(), o.high())), o.places());
      case ThreadOp.BytePermute o ->
          "byte_permute %s [%d, %d, %d, %d]"
              .formatted(values(o.operands()), o.source(0), o.source(1), o.source(2), o.source(3));
      case ThreadOp.FunnelShift o -> "funnel_shift " + values(o.operands()) + " by " + o.amount();
      case ThreadOp.Build o -> "build " + values(o.elements());
      case ThreadOp.Extract o -> "extract " + o.vector() + "[" + o.index() + "]";
      case ThreadOp.GlobalLoad o ->
          "global_load " + address(o.address(), o.offset()) + guard(o.predicate());
      case ThreadOp.GlobalStore o ->
          "global_store "
              + o.value()
              + " to "
              + address(o.address(), o.offset())
              + guard(o.predicate());
      case ThreadOp.SharedLoad o -> "shared_load " + address(o.address(), o.offset());
      case ThreadOp.SharedStore o ->
          "shared_store "
              + o.value()
              + " to "
              + address(o.address(), o.offset())
              + guard(o.predicate());
      case ThreadOp.LoadMatrix o ->
          "load_matrix " + (o.transposed() ? "transposed " : "") + address(o.address(), o.offset());
      case ThreadOp.AsyncCopy o ->
          "async_copy "
              + o.bytes()
              + " "
              + address(o.global(), o.globalOffset())
              + " to "
              + address(o.shared(), o.sharedOffset())
              + o.sourceBytes().map(bytes -> " bytes " + bytes).orElse("")
              + guard(o.predicate());
      case ThreadOp.AsyncCommit _ -> "async_commit";
      case ThreadOp.AsyncWait o -> "async_wait " + o.pending();
      case ThreadOp.StoreMatrix o ->
          "store_matrix "
              + (o.transposed() ? "transposed " : "")
              + values(o.values())
              + " to "
              + address(o.address(), o.offset());
      case ThreadOp.MatrixDescriptor o ->
          "matrix_descriptor " + address(o.address(), o.offset()) + " bits " + o.bits();
      case ThreadOp.Barrier o -> "barrier" + number(" ", o.id()) + number(" threads ", o.threads());
      case AsyncThreadOp o -> what(o);
      case ThreadOp.Mma o ->
          "mma "
              + Names.quoted(o.instruction())
              + " ("
              + values(o.a())
              + ") ("
              + values(o.b())
              + ") ("
              + values(o.c())
              + ")";
      case ThreadOp.ShuffleIndex o -> "shuffle_index " + o.x() + ", " + o.lane();
      case ThreadOp.ShuffleXor o -> "shuffle_xor " + o.x() + " " + o.laneMask();
      case ThreadOp.For o -> loop(o);
      case ThreadOp.While o -> "while" + (o.inits().isEmpty() ? "" : " " + values(o.inits()));
      case ThreadOp.If o -> "if " + o.condition();
      case ThreadOp.Yield o -> o.values().isEmpty() ? "yield" : "yield " + values(o.values());
    };
  }

  private static String what(AsyncThreadOp op) {
    return switch (op) {
      case AsyncThreadOp.Roles _ -> "roles";
      case AsyncThreadOp.Single _ -> "single";
      case AsyncThreadOp.WarpLeader _ -> "warp_leader";
      case AsyncThreadOp.SetMaxRegisters o ->
          "set_max_registers " + (o.increase() ? "increase " : "decrease ") + o.count();
      case AsyncThreadOp.MbarrierInit o ->
          "mbarrier_init " + address(o.address(), o.offset()) + " count " + o.count();
      case AsyncThreadOp.MbarrierExpect o ->
          "mbarrier_expect " + address(o.address(), o.offset()) + " bytes " + o.bytes();
      case AsyncThreadOp.MbarrierArrive o ->
          "mbarrier_arrive "
              + address(o.address(), o.offset())
              + o.rank().map(rank -> " rank " + rank).orElse("");
      case AsyncThreadOp.MbarrierWait o ->
          "mbarrier_wait " + address(o.address(), o.offset()) + " parity " + o.parity();
      case AsyncThreadOp.FenceMbarrierInit _ -> "fence_mbarrier_init";
      case AsyncThreadOp.FenceProxyAsync _ -> "fence_proxy_async";
      case AsyncThreadOp.ClusterArrive o -> "cluster_arrive" + (o.relaxed() ? " relaxed" : "");
      case AsyncThreadOp.ClusterWait _ -> "cluster_wait";
      case AsyncThreadOp.BulkLoad o ->
          "bulk_load "
              + box(o.map(), o.coordinates())
              + " to "
              + address(o.shared(), o.sharedOffset())
              + " barrier "
              + address(o.barrier(), o.barrierOffset())
              + o.multicastMask().map(mask -> " multicast " + mask).orElse("");
      case AsyncThreadOp.BulkStore o ->
          "bulk_store "
              + address(o.shared(), o.sharedOffset())
              + " to "
              + box(o.map(), o.coordinates());
      case AsyncThreadOp.BulkCommit _ -> "bulk_commit";
      case AsyncThreadOp.BulkWait o -> "bulk_wait " + o.pending() + (o.readOnly() ? " read" : "");
      case AsyncThreadOp.PrefetchTensorMap o -> "prefetch_tensor_map " + o.map();
      case AsyncThreadOp.GroupMma o ->
          "group_mma "
              + Names.quoted(o.instruction())
              + " ("
              + values(o.a())
              + ") "
              + o.b()
              + " ("
              + values(o.c())
              + ")"
              + guard(o.accumulate())
              + (o.transposeA() ? " transpose_a" : "")
              + (o.transposeB() ? " transpose_b" : "");
      case AsyncThreadOp.Signal o ->
          "signal " + address(o.address(), o.offset()) + guard(o.predicate());
      case AsyncThreadOp.Await o ->
          "await " + address(o.address(), o.offset()) + guard(o.predicate());
      case AsyncThreadOp.FetchIncrement o ->
          "fetch_increment "
              + address(o.address(), o.offset())
              + " last "
              + o.last()
              + guard(o.predicate());
      case AsyncThreadOp.GroupMmaFence _ -> "group_mma_fence";
      case AsyncThreadOp.GroupMmaCommit _ -> "group_mma_commit";
      case AsyncThreadOp.GroupMmaWait o ->
          "group_mma_wait " + o.pending() + (o.values().isEmpty() ? "" : " " + values(o.values()));
    };
  }

  private static String box(ThreadValue map, List<ThreadValue> coordinates) {
    return map + " (" + values(coordinates) + ")";
  }

  private static String number(String before, OptionalInt number) {
    return number.isPresent() ? before + number.getAsInt() : "";
  }

  private static String numbers(List<Integer> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  private static String arguments(ThreadBlock block) {
    return block.arguments().stream()
        .map(a -> a + ": " + a.type())
        .collect(Collectors.joining(", "));
  }

  private static String loop(ThreadOp.For loop) {
    String header =
        "for %s%s = %s to %s step %s"
            .formatted(
                loop.induction(),
                typeUnless(loop.induction(), loop.lower().type()),
                loop.lower(),
                loop.upper(),
                loop.step());
    if (loop.inits().isEmpty()) {
      return header;
    }
    return header
        + IntStream.range(0, loop.inits().size())
            .mapToObj(
                i ->
                    loop.carried().get(i)
                        + typeUnless(loop.carried().get(i), loop.results().get(i).type())
                        + " = "
                        + loop.inits().get(i))
            .collect(Collectors.joining(", ", " carry (", ")"));
  }

  private static String typeUnless(ThreadValue value, ThreadType implied) {
    return value.type().equals(implied) ? "" : ": " + value.type();
  }

  private static String address(ThreadValue base, int offset) {
    return offset == 0 ? "[" + base + "]" : "[" + base + " + " + offset + "]";
  }

  private static String guard(Optional<ThreadValue> predicate) {
    return predicate.map(p -> " when " + p).orElse("");
  }

  private static String values(List<ThreadValue> values) {
    return values.stream().map(ThreadValue::toString).collect(Collectors.joining(", "));
  }

  private static String lower(Enum<?> kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
