package dev.tilewright.hip;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadPrinter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Writes the statements of one function, operation by operation: a variable for each value. */
final class FunctionPrinter {
  /** The block's local memory in the text. */
  static final String WINDOW = "shared_window";

  private static final String GLOBAL = "__attribute__((address_space(1)))";
  private static final String SHARED = "__attribute__((address_space(3)))";

  private final Text text;
  private final Target target;
  private final Scalars scalars;
  private final Conversions conversions;
  private final Map<ThreadValue, String> names = new HashMap<>();
  private int fresh;

  FunctionPrinter(Text text, Target target) {
    this.text = text;
    this.target = target;
    this.scalars = new Scalars(text);
    this.conversions = new Conversions(text, scalars);
  }

  /** Says under which name a value is known. */
  void define(ThreadValue value, String name) {
    names.put(value, name);
  }

  void print(ThreadBlock block) {
    block.ops().forEach(this::print);
  }

  private void print(ThreadOp op) {
    if (!(op instanceof ThreadOp.Constant || op instanceof ThreadOp.Yield)) {
      text.at(op.location());
    }
    switch (op) {
      case ThreadOp.Constant o -> constant(o);
      case ThreadOp.Special o -> define(o, special(o.register()));
      case ThreadOp.Unary o ->
          elementwise(
              o, e -> scalars.unary(o.kind(), o.x().type().element(), e.get(0), o.location()));
      case ThreadOp.Binary o ->
          elementwise(
              o,
              e ->
                  scalars.binary(
                      o.kind(), o.x().type().element(), e.get(0), e.get(1), o.location()));
      case ThreadOp.Fma o ->
          elementwise(
              o,
              e -> scalars.fma(o.x().type().element(), e.get(0), e.get(1), e.get(2), o.location()));
      case ThreadOp.Compare o -> define(o, compare(o));
      case ThreadOp.Select o ->
          define(o, "%s ? %s : %s".formatted(name(o.condition()), name(o.x()), name(o.y())));
      case ThreadOp.Convert o ->
          elementwise(
              o,
              e ->
                  conversions.convert(
                      o.x().type().element(),
                      o.result().type().element(),
                      o.rounding(),
                      o.saturate(),
                      e.get(0),
                      o.location()));
      case ThreadOp.Bitcast o -> define(o, bitcast(o.x().type(), o.result().type(), name(o.x())));
      case ThreadOp.BytePermute o ->
          define(
              o,
              "__builtin_amdgcn_perm(%s, %s, 0x%08XU)"
                  .formatted(name(o.high()), name(o.low()), bytes(o.selector())));
      case ThreadOp.ByteLookup o ->
          define(
              o,
              "__builtin_amdgcn_perm(%s, %s, %s)"
                  .formatted(name(o.high()), name(o.low()), places(name(o.places()))));
      case ThreadOp.FunnelShift o ->
          define(
              o,
              "__builtin_amdgcn_alignbit(%s, %s, %d)"
                  .formatted(name(o.high()), name(o.low()), o.amount()));
      case ThreadOp.Build o ->
          define(o, vector(o.result(), o.elements().stream().map(this::name).toList()));
      case ThreadOp.Extract o -> define(o, extract(o));
      case ThreadOp.GlobalLoad o -> load(o);
      case ThreadOp.GlobalStore o ->
          guarded(
              o.predicate(),
              "%s = %s;".formatted(global(o.value(), o.address(), o.offset()), name(o.value())));
      case ThreadOp.SharedLoad o -> define(o, shared(o.result(), o.address(), o.offset()));
      case ThreadOp.SharedStore o ->
          guarded(
              o.predicate(),
              "%s = %s;".formatted(shared(o.value(), o.address(), o.offset()), name(o.value())));
      case ThreadOp.Barrier o -> barrier(o);
      case ThreadOp.Mma o -> mma(o);
      case ThreadOp.ShuffleXor o -> shuffle(o, o.x(), lane() + " ^ " + o.laneMask());
      case ThreadOp.ShuffleIndex o -> shuffle(o, o.x(), name(o.lane()));
      case ThreadOp.For o -> loop(o);
      case ThreadOp.While o -> loop(o);
      case ThreadOp.If o -> branch(o);
      case AsyncThreadOp.FetchIncrement o -> fetchIncrement(o);
      case AsyncThreadOp.Signal o -> signal(o);
      case AsyncThreadOp.Await o -> await(o);
      // Its operation moves the values.
      case ThreadOp.Yield _ -> {}
      case AsyncThreadOp _,
          ThreadOp.MatrixDescriptor _,
          ThreadOp.LoadMatrix _,
          ThreadOp.StoreMatrix _,
          ThreadOp.AsyncCopy _,
          ThreadOp.AsyncCommit _,
          ThreadOp.AsyncWait _ ->
          throw new CompileException(
              "TW-H003",
              op.location(),
              "%s has no such instruction: %s"
                  .formatted(target.name(), ThreadPrinter.headline(op)));
    }
  }

  // ---------------------------------------------------------------- values

  private String name(ThreadValue value) {
    return Objects.requireNonNull(names.get(value), value::toString);
  }

  private String type(ThreadValue value, Location location) {
    return HipTypes.name(value.type(), location);
  }

  private void define(ThreadOp op, String expression) {
    ThreadValue result = op.results().getFirst();
    String name = "v" + result.id();
    text.line("%s %s = %s;".formatted(type(result, op.location()), name, expression));
    define(result, name);
  }

  private void constant(ThreadOp.Constant op) {
    ThreadType type = op.result().type();
    String one = HipTypes.literal(type.element(), op.value());
    define(
        op.result(),
        type.isScalar() ? one : vector(op.result(), Collections.nCopies(type.lanes(), one)));
  }

  private String vector(ThreadValue result, List<String> elements) {
    return "(%s){%s}".formatted(type(result, Location.UNKNOWN), String.join(", ", elements));
  }

  private String element(ThreadValue value, int index) {
    return value.type().isScalar() ? name(value) : name(value) + "[" + index + "]";
  }

  /** Computes one element from those of the operands. */
  private interface Lane {
    String compute(List<String> operands);
  }

  private void elementwise(ThreadOp op, Lane lane) {
    ThreadValue result = op.results().getFirst();
    List<String> elements = new ArrayList<>();
    for (int i = 0; i < result.type().lanes(); i++) {
      int index = i;
      elements.add(lane.compute(op.operands().stream().map(x -> element(x, index)).toList()));
    }
    define(op, result.type().isScalar() ? elements.getFirst() : vector(result, elements));
  }

  private String compare(ThreadOp.Compare op) {
    DType type = op.x().type().element();
    String x = comparable(type, name(op.x()));
    String y = comparable(type, name(op.y()));
    return Scalars.compare(op.predicate(), x, y);
  }

  /** A true mask is -1 where it is signed. */
  private String comparable(DType type, String x) {
    if (HipTypes.isPredicate(type) && type.signed()) {
      return "-(i32)" + x;
    }
    return type instanceof FloatType ? scalars.wide(type, x) : x;
  }

  private static String bitcast(ThreadType from, ThreadType to, String x) {
    boolean small = from.isScalar() && to.isScalar() && from.element().bits() < 8;
    if (!small) {
      return "__builtin_bit_cast(%s, %s)".formatted(HipTypes.name(to, Location.UNKNOWN), x);
    }
    if (from.element().bits() == 1) {
      return x;
    }
    IntType bits =
        to.element() instanceof IntType integer ? integer : new IntType(to.element().bits(), false);
    return Scalars.wrap(bits, x);
  }

  /** The selector of {@code v_perm_b32}, which has a byte where {@code prmt} has four bits. */
  private static long bytes(int selector) {
    long bytes = 0;
    for (int i = 0; i < Integer.BYTES; i++) {
      bytes |= (long) (selector >> 4 * i & 7) << Byte.SIZE * i;
    }
    return bytes;
  }

  /** As {@link #bytes}, of a selector that is known only when it runs. */
  private static String places(String selector) {
    return "((%1$s & 7U) | (%1$s & 0x70U) << 4 | (%1$s & 0x700U) << 8 | (%1$s & 0x7000U) << 12)"
        .formatted(selector);
  }

  private String extract(ThreadOp.Extract op) {
    int lanes = op.result().type().lanes();
    if (lanes == 1) {
      return element(op.vector(), op.index());
    }
    String vector = name(op.vector());
    String indices =
        IntStream.range(op.index(), op.index() + lanes)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(", "));
    return "__builtin_shufflevector(%s, %s, %s)".formatted(vector, vector, indices);
  }

  private String special(SpecialRegister register) {
    return switch (register) {
      case THREAD -> "(i32)__builtin_amdgcn_workitem_id_x()";
      case LANE -> lane();
      case WARP ->
          "__builtin_amdgcn_readfirstlane((i32)__builtin_amdgcn_workitem_id_x() / %d)"
              .formatted(target.lanes());
      case BLOCK_X -> "(i32)__builtin_amdgcn_workgroup_id_x()";
      case BLOCK_Y -> "(i32)__builtin_amdgcn_workgroup_id_y()";
      case BLOCK_Z -> "(i32)__builtin_amdgcn_workgroup_id_z()";
      case CLUSTER_RANK, SHARED_BASE -> "0";
    };
  }

  /** Blocks are one-dimensional. */
  private String lane() {
    return "((i32)__builtin_amdgcn_workitem_id_x() %% %d)".formatted(target.lanes());
  }

  // ---------------------------------------------------------------- memory

  private String global(ThreadValue value, ThreadValue address, int offset) {
    return "*(%s %s*)(%s + %d)"
        .formatted(GLOBAL, type(value, Location.UNKNOWN), name(address), offset);
  }

  private String shared(ThreadValue value, ThreadValue address, int offset) {
    return "*(%s %s*)((%s char*)%s + (%s + %d))"
        .formatted(SHARED, type(value, Location.UNKNOWN), SHARED, WINDOW, name(address), offset);
  }

  private void load(ThreadOp.GlobalLoad op) {
    String value = global(op.result(), op.address(), op.offset());
    if (op.predicate().isEmpty()) {
      define(op, value);
      return;
    }
    define(op, "(%s)0".formatted(type(op.result(), op.location())));
    guarded(op.predicate(), "%s = %s;".formatted(name(op.result()), value));
  }

  private void guarded(Optional<ThreadValue> predicate, String statement) {
    text.line(predicate.map(p -> "if (%s) ".formatted(name(p))).orElse("") + statement);
  }

  private void barrier(ThreadOp.Barrier op) {
    if (op.id().isPresent() || op.threads().isPresent()) {
      throw new CompileException(
          "TW-H003",
          op.location(),
          "%s has no barrier for a part of a block".formatted(target.name()));
    }
    text.line("__builtin_amdgcn_fence(__ATOMIC_RELEASE, \"workgroup\");");
    text.line("__builtin_amdgcn_s_barrier();");
    text.line("__builtin_amdgcn_fence(__ATOMIC_ACQUIRE, \"workgroup\");");
  }

  private void signal(AsyncThreadOp.Signal op) {
    guarded(
        op.predicate(),
        "__hip_atomic_store((%s u32*)(%s + %d), 1U, __ATOMIC_RELEASE, __HIP_MEMORY_SCOPE_AGENT);"
            .formatted(GLOBAL, name(op.address()), op.offset()));
  }

  private void await(AsyncThreadOp.Await op) {
    String flag = "(%s u32*)(%s + %d)".formatted(GLOBAL, name(op.address()), op.offset());
    text.open(op.predicate().map(p -> "if (%s)".formatted(name(p))).orElse(""));
    text.line(
        "while (__hip_atomic_load(%s, __ATOMIC_ACQUIRE, __HIP_MEMORY_SCOPE_AGENT) == 0U)"
            .formatted(flag));
    text.line("  __builtin_amdgcn_s_sleep(1);");
    text.line(
        "__hip_atomic_store(%s, 0U, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_AGENT);".formatted(flag));
    text.close();
  }

  private void fetchIncrement(AsyncThreadOp.FetchIncrement op) {
    define(op, "0");
    guarded(
        op.predicate(),
        "%s = (i32)__builtin_amdgcn_atomic_inc32((u32*)(%s + %d), (u32)%s, __ATOMIC_RELAXED, \"agent\", false);"
            .formatted(name(op.result()), name(op.address()), op.offset(), name(op.last())));
  }

  // ---------------------------------------------------------------- wave

  private void mma(ThreadOp.Mma op) {
    MmaInstruction instruction = target.mma(op.instruction()).orElseThrow();
    String a = factor(instruction.a(), op.a());
    String b = factor(instruction.b(), op.b());
    String accumulator = HipTypes.element(instruction.accumulator()) + "x" + op.c().size();
    String c = op.c().stream().map(this::name).collect(Collectors.joining(", "));
    String d = "d" + fresh++;
    text.line(
        "%s %s = __builtin_amdgcn_%s(%s, %s, (%s){%s}, 0, 0, 0);"
            .formatted(accumulator, d, op.instruction(), a, b, accumulator, c));
    for (int i = 0; i < op.results().size(); i++) {
      ThreadValue result = op.results().get(i);
      String name = "v" + result.id();
      text.line("%s %s = %s[%d];".formatted(type(result, op.location()), name, d, i));
      define(result, name);
    }
  }

  /** The fragment in the type that the builtin takes. */
  private String factor(DType type, List<ThreadValue> registers) {
    List<String> words =
        registers.stream().map(r -> "__builtin_bit_cast(u32, %s)".formatted(name(r))).toList();
    int bits = Integer.SIZE * words.size();
    String joined =
        words.size() == 1
            ? words.getFirst()
            : "(u32x%d){%s}".formatted(words.size(), String.join(", ", words));
    String taken =
        type.bits() == 8
            ? bits == 64 ? "i64" : "i32x" + words.size()
            : type.bits() == 32
                ? HipTypes.element(type)
                : (type.equals(DType.BF16) && bits == 64 ? "i16" : HipTypes.element(type))
                    + "x"
                    + bits / type.bits();
    return "__builtin_bit_cast(%s, %s)".formatted(taken, joined);
  }

  private void shuffle(ThreadOp op, ThreadValue x, String lane) {
    ThreadType type = x.type();
    String name = name(x);
    String word =
        switch (type.bits()) {
          case 32 -> "__builtin_bit_cast(i32, %s)".formatted(name);
          case 16 -> "(i32)__builtin_bit_cast(u16, %s)".formatted(name);
          case 8 -> "(i32)__builtin_bit_cast(u8, %s)".formatted(name);
          default -> "(i32)" + name;
        };
    String arrived = "__builtin_amdgcn_ds_bpermute((%s) * 4, %s)".formatted(lane, word);
    String result = HipTypes.name(type, op.location());
    define(
        op,
        switch (type.bits()) {
          case 32 -> "__builtin_bit_cast(%s, %s)".formatted(result, arrived);
          case 16 -> "__builtin_bit_cast(%s, (u16)%s)".formatted(result, arrived);
          case 8 -> "__builtin_bit_cast(%s, (u8)%s)".formatted(result, arrived);
          default -> "(%s)%s".formatted(result, arrived);
        });
  }

  // ---------------------------------------------------------------- control flow

  private void loop(ThreadOp.For op) {
    List<String> carried = declared(op.results(), op.location());
    assign(carried, op.inits());
    List<ThreadValue> arguments = op.body().arguments();
    String counter = "i" + fresh++;
    text.open(
        "for (i32 %s = %s; %s < %s; %s += %s)"
            .formatted(
                counter, name(op.lower()), counter, name(op.upper()), counter, name(op.step())));
    define(arguments.getFirst(), counter);
    for (int i = 0; i < carried.size(); i++) {
      define(arguments.get(i + 1), carried.get(i));
    }
    print(op.body());
    assign(carried, yielded(op.body()));
    text.close();
  }

  private void loop(ThreadOp.While op) {
    List<String> carried = declared(op.results(), op.location());
    assign(carried, op.inits());
    text.open("while (true)");
    for (int i = 0; i < carried.size(); i++) {
      define(op.condition().arguments().get(i), carried.get(i));
      define(op.body().arguments().get(i), carried.get(i));
    }
    print(op.condition());
    text.line("if (!%s) break;".formatted(name(op.decision())));
    print(op.body());
    assign(carried, yielded(op.body()));
    text.close();
  }

  private void branch(ThreadOp.If op) {
    List<String> results = declared(op.results(), op.location());
    text.open("if (%s)".formatted(name(op.condition())));
    print(op.thenBlock());
    assign(results, yielded(op.thenBlock()));
    if (!op.elseBlock().ops().isEmpty()) {
      text.reopen("else");
      print(op.elseBlock());
      assign(results, yielded(op.elseBlock()));
    }
    text.close();
  }

  private List<String> declared(List<ThreadValue> values, Location location) {
    List<String> declared = new ArrayList<>();
    for (ThreadValue value : values) {
      String name = "v" + value.id();
      text.line("%s %s;".formatted(type(value, location), name));
      define(value, name);
      declared.add(name);
    }
    return declared;
  }

  private static List<ThreadValue> yielded(ThreadBlock block) {
    return block.ops().getLast() instanceof ThreadOp.Yield yield ? yield.values() : List.of();
  }

  /** All at once: a value may be a variable that is assigned before it. */
  private void assign(List<String> variables, List<ThreadValue> values) {
    List<String> read = new ArrayList<>();
    for (int i = 0; i < variables.size(); i++) {
      String value = name(values.get(i));
      int place = variables.indexOf(value);
      if (place >= 0 && place < i) {
        String kept = "t" + fresh++;
        text.line("%s %s = %s;".formatted(type(values.get(i), Location.UNKNOWN), kept, value));
        value = kept;
      }
      read.add(value);
    }
    for (int i = 0; i < variables.size(); i++) {
      if (!variables.get(i).equals(read.get(i))) {
        text.line("%s = %s;".formatted(variables.get(i), read.get(i)));
      }
    }
  }
}
