package dev.tilewright.ptx;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadPrinter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Writes the instructions of one function, operation by operation. */
final class FunctionPrinter {
  private final Code code;
  private final Values values;
  private final Fusion fusion;
  private final Accumulators accumulators;
  private final Conversions conversions;
  private final ByteFloats bytes;
  private final boolean byteConversions;
  private final Scalars scalars;
  private final PackedHalves halves;
  private final Vectors vectors;
  private final MemoryAccess memory;
  private final boolean clusters;
  private final ControlFlow control;
  private final WarpRoles warps;
  private final AsyncInstructions async;
  private final GroupProducts products;

  /**
   * @param architecture the number in the target's name
   */
  FunctionPrinter(Code code, Values values, ThreadFunction function, int architecture) {
    boolean bf16Arithmetic = architecture >= 90;
    this.byteConversions = architecture >= ByteFloats.ARCHITECTURE;
    this.code = code;
    this.values = values;
    this.fusion = new Fusion(function);
    this.accumulators = new Accumulators(function);
    this.conversions = new Conversions(code);
    this.bytes = new ByteFloats(code);
    this.scalars = new Scalars(code, conversions, bf16Arithmetic);
    this.halves = new PackedHalves(code, bf16Arithmetic);
    this.vectors = new Vectors(code);
    this.memory = new MemoryAccess(code, values);
    this.clusters = function.cluster() > 1;
    this.control = new ControlFlow(code, values, accumulators, this::print);
    this.warps = new WarpRoles(code, function);
    this.async = new AsyncInstructions(code, values);
    this.products = new GroupProducts(code, values, accumulators);
  }

  void print(ThreadBlock block) {
    for (int i = 0; i < block.ops().size(); i++) {
      ThreadOp op = block.ops().get(i);
      if (op instanceof AsyncThreadOp.GroupMmaFence) {
        code.at(op.location());
        products.fence(block.ops().subList(i + 1, block.ops().size()));
      } else {
        print(op);
      }
    }
  }

  private void print(ThreadOp op) {
    checkTypes(op);
    if (op instanceof ThreadOp.Pure pure && fusion.isSwallowed(pure.result())) {
      return;
    }
    if (!(op instanceof ThreadOp.Constant || op instanceof ThreadOp.Yield)) {
      code.at(op.location());
    }
    switch (op) {
      case ThreadOp.Constant o -> values.defineConstant(o.result(), o.value());
      case ThreadOp.Special o -> special(o);
      case ThreadOp.Unary o -> unary(o);
      case ThreadOp.Binary o -> binary(o);
      case ThreadOp.Fma o -> fma(o);
      case ThreadOp.Compare o ->
          one(
              o.result(),
              scalars.compare(
                  o.predicate(), o.x().type().element(), first(o.x(), o.y()), operand(o.y())));
      case ThreadOp.Select o -> select(o);
      case ThreadOp.Convert o -> convert(o);
      case ThreadOp.Bitcast o ->
          values.define(
              o.result(), vectors.bitcast(o.x().type(), o.result().type(), values.of(o.x())));
      case ThreadOp.BytePermute o ->
          code.emit(
              "prmt.b32",
              values.define(o.result()).getFirst(),
              values.operand(o.low()),
              values.operand(o.high()),
              "0x%04X".formatted(o.selector()));
      case ThreadOp.ByteLookup o ->
          code.emit(
              "prmt.b32",
              values.define(o.result()).getFirst(),
              values.operand(o.low()),
              values.operand(o.high()),
              values.operand(o.places()));
      case ThreadOp.FunnelShift o ->
          code.emit(
              "shf.r.wrap.b32",
              values.define(o.result()).getFirst(),
              values.operand(o.low()),
              values.operand(o.high()),
              Integer.toString(o.amount()));
      case ThreadOp.Build o ->
          values.define(
              o.result(),
              vectors.pack(
                  o.result().type(), o.elements().stream().map(values::register).toList()));
      case ThreadOp.Extract o ->
          values.define(
              o.result(),
              vectors.part(o.vector().type(), values.of(o.vector()), o.index(), o.result().type()));
      case ThreadOp.GlobalLoad o ->
          memory.load("global", o.result(), o.address(), o.offset(), o.predicate());
      case ThreadOp.GlobalStore o ->
          memory.store("global", o.address(), o.offset(), o.value(), o.predicate());
      case ThreadOp.SharedLoad o ->
          memory.load("shared", o.result(), o.address(), o.offset(), Optional.empty());
      case ThreadOp.SharedStore o ->
          memory.store("shared", o.address(), o.offset(), o.value(), o.predicate());
      case ThreadOp.LoadMatrix o -> memory.loadMatrix(o);
      case ThreadOp.AsyncCopy o -> memory.asyncCopy(o);
      case ThreadOp.AsyncCommit _ -> code.emit("cp.async.commit_group");
      case ThreadOp.AsyncWait o -> code.emit("cp.async.wait_group", Integer.toString(o.pending()));
      case ThreadOp.StoreMatrix o -> memory.storeMatrix(o);
      case ThreadOp.Barrier o -> barrier(o);
      case ThreadOp.Mma o -> mma(o);
      case ThreadOp.ShuffleXor o ->
          shuffle(o.result(), o.x(), "bfly", Integer.toString(o.laneMask()));
      case ThreadOp.ShuffleIndex o -> shuffle(o.result(), o.x(), "idx", operand(o.lane()));
      case ThreadOp.MatrixDescriptor o ->
          throw new IllegalStateException("not lowered: " + ThreadPrinter.headline(o));
      case AsyncThreadOp o -> print(o);
      case ThreadOp.For o -> control.loop(o);
      case ThreadOp.While o -> control.loop(o);
      case ThreadOp.If o -> control.branch(o);
      // Its operation moves the values.
      case ThreadOp.Yield _ -> {}
    }
  }

  private void checkTypes(ThreadOp op) {
    switch (op) {
      case ThreadOp.GlobalStore o -> PtxTypes.checkStored(o.value().type(), o.location());
      case ThreadOp.SharedStore o -> PtxTypes.checkStored(o.value().type(), o.location());
      default -> {
        boolean loads = op instanceof ThreadOp.GlobalLoad || op instanceof ThreadOp.SharedLoad;
        op.results().stream()
            .filter(r -> loads || !r.type().isScalar())
            .forEach(r -> PtxTypes.checkStored(r.type(), op.location()));
      }
    }
    switch (op) {
      case ThreadOp.Convert o -> {
        checkConverted(o.x(), o);
        checkConverted(o.result(), o);
      }
      case ThreadOp.Compare o -> PtxTypes.check(o.x().type().element(), o.location());
      case ThreadOp.Unary _, ThreadOp.Binary _, ThreadOp.Fma _ ->
          PtxTypes.check(op.results().getFirst().type().element(), op.location());
      default -> op.results().forEach(r -> PtxTypes.checkMoved(r.type().element(), op.location()));
    }
  }

  private void checkConverted(ThreadValue value, ThreadOp op) {
    DType type = value.type().element();
    if (!byteConversions || !ByteFloats.has(type)) {
      PtxTypes.check(type, op.location());
    }
  }

  private void print(AsyncThreadOp op) {
    switch (op) {
      case AsyncThreadOp.Roles o -> warps.roles(o, this::print);
      case AsyncThreadOp.Single o -> warps.single(o, this::print);
      case AsyncThreadOp.WarpLeader o -> warps.leader(o, this::print);
      case AsyncThreadOp.SetMaxRegisters o -> {
        warps.requireGroups(o);
        async.setMaxRegisters(o);
      }
      case AsyncThreadOp.MbarrierInit o -> async.init(o);
      case AsyncThreadOp.MbarrierExpect o -> async.expect(o);
      case AsyncThreadOp.MbarrierArrive o -> async.arrive(o);
      case AsyncThreadOp.MbarrierWait o -> async.await(o);
      case AsyncThreadOp.FenceMbarrierInit _ -> code.emit("fence.mbarrier_init.release.cluster");
      case AsyncThreadOp.FenceProxyAsync _ -> code.emit("fence.proxy.async.shared::cta");
      case AsyncThreadOp.ClusterArrive o ->
          code.emit("barrier.cluster.arrive" + (o.relaxed() ? ".relaxed" : "") + ".aligned");
      case AsyncThreadOp.ClusterWait _ -> code.emit("barrier.cluster.wait.aligned");
      case AsyncThreadOp.Signal o -> memory.signal(o);
      case AsyncThreadOp.Await o -> memory.await(o);
      case AsyncThreadOp.FetchIncrement o -> memory.fetchIncrement(o);
      case AsyncThreadOp.BulkLoad o -> async.load(o);
      case AsyncThreadOp.BulkStore o -> async.store(o);
      case AsyncThreadOp.BulkCommit _ -> code.emit("cp.async.bulk.commit_group");
      case AsyncThreadOp.BulkWait o -> async.await(o);
      case AsyncThreadOp.PrefetchTensorMap o -> async.prefetch(o);
      case AsyncThreadOp.GroupMma o -> {
        warps.requireGroups(o);
        products.product(o);
      }
      case AsyncThreadOp.GroupMmaFence _ -> throw new IllegalStateException("printed by its block");
      case AsyncThreadOp.GroupMmaCommit _ -> code.emit("wgmma.commit_group.sync.aligned");
      case AsyncThreadOp.GroupMmaWait o -> products.await(o);
    }
  }

  private void barrier(ThreadOp.Barrier op) {
    String id = Integer.toString(op.id().orElse(0));
    if (op.threads().isPresent()) {
      code.emit("bar.sync", id, Integer.toString(op.threads().getAsInt()));
    } else {
      code.emit("bar.sync", id);
    }
  }

  private String operand(ThreadValue value) {
    return values.operand(value);
  }

  /** The first of two operands: a register, unless the second is one. */
  private String first(ThreadValue x, ThreadValue y) {
    return values.immediates().containsKey(y) ? values.register(x) : values.operand(x);
  }

  private void one(ThreadValue result, String register) {
    values.define(result, List.of(register));
  }

  // ---------------------------------------------------------------- arithmetic

  private void special(ThreadOp.Special op) {
    if (op.register() == SpecialRegister.WARP) {
      one(op.result(), warps.warp());
      return;
    }
    String name =
        switch (op.register()) {
          case THREAD -> "%tid.x";
          case LANE -> "%laneid";
          case WARP -> throw new IllegalStateException("computed once");
          case BLOCK_X -> "%ctaid.x";
          case BLOCK_Y -> "%ctaid.y";
          case BLOCK_Z -> "%ctaid.z";
          case CLUSTER_RANK -> clusters ? "%cluster_ctarank" : "0";
          case SHARED_BASE -> PtxBackend.SHARED_WINDOW;
        };
    one(op.result(), code.compute(RegisterKind.B32, "mov.u32", name));
  }

  /** Computes one scalar from those of the operands. */
  private interface Lane {
    String compute(List<String> operands);
  }

  /** Applies {@code lane} to every element. */
  private void elementwise(ThreadValue result, List<ThreadValue> operands, Lane lane) {
    List<List<String>> elements = new ArrayList<>();
    for (ThreadValue operand : operands) {
      elements.add(vectors.unpack(operand.type(), values.of(operand)));
    }
    List<String> computed = new ArrayList<>();
    for (int i = 0; i < result.type().lanes(); i++) {
      int element = i;
      computed.add(lane.compute(elements.stream().map(e -> e.get(element)).toList()));
    }
    values.define(result, vectors.pack(result.type(), computed));
  }

  /** Applies {@code lane} to every register of packed operands; false if it cannot. */
  private boolean packed(
      ThreadValue result,
      List<ThreadValue> operands,
      Function<List<String>, Optional<String>> lane) {
    List<List<String>> held = operands.stream().map(values::of).toList();
    List<String> computed = new ArrayList<>();
    for (int i = 0; i < PtxTypes.registers(result.type()); i++) {
      int register = i;
      Optional<String> word = lane.apply(held.stream().map(h -> h.get(register)).toList());
      if (word.isEmpty()) {
        return false;
      }
      computed.add(word.get());
    }
    values.define(result, computed);
    return true;
  }

  private static boolean packedHalves(ThreadType type) {
    return !type.isScalar() && PtxTypes.isHalf(type.element());
  }

  private void unary(ThreadOp.Unary op) {
    DType type = op.x().type().element();
    boolean done =
        packedHalves(op.x().type())
            && packed(op.result(), op.operands(), r -> halves.unary(op.kind(), type, r.get(0)));
    if (!done) {
      elementwise(op.result(), op.operands(), r -> scalars.unary(op.kind(), type, r.get(0)));
    }
  }

  private void binary(ThreadOp.Binary op) {
    DType type = op.x().type().element();
    BinaryKind kind = op.kind();
    Optional<Fusion.Sum> sum = fusion.sumOf(op.result());
    if (sum.isPresent()) {
      multiplyAdd(op.result(), sum.get());
    } else if (fusion.wideProductOf(op.result()).isPresent()) {
      one(op.result(), wide("mul.wide.s32", fusion.wideProductOf(op.result()).get()));
    } else if (op.result().type().isScalar()) {
      boolean swap = commutes(kind) && values.immediates().containsKey(op.x());
      ThreadValue x = swap ? op.y() : op.x();
      ThreadValue y = swap ? op.x() : op.y();
      one(op.result(), scalars.binary(kind, type, first(x, y), operand(y)));
    } else {
      boolean done =
          packedHalves(op.x().type())
              && packed(
                  op.result(), op.operands(), r -> halves.binary(kind, type, r.get(0), r.get(1)));
      if (!done && PtxTypes.isPacked(op.x().type()) && bitwise(kind)) {
        packed(
            op.result(),
            op.operands(),
            r -> Optional.of(scalars.binary(kind, DType.U32, r.get(0), r.get(1))));
      } else if (!done) {
        elementwise(
            op.result(), op.operands(), r -> scalars.binary(kind, type, r.get(0), r.get(1)));
      }
    }
  }

  private static boolean commutes(BinaryKind kind) {
    return switch (kind) {
      case ADD, MUL, MIN, MAX, AND, OR, XOR -> true;
      case SUB, DIV, REM, SHL, SHR -> false;
    };
  }

  private static boolean bitwise(BinaryKind kind) {
    return kind == BinaryKind.AND || kind == BinaryKind.OR || kind == BinaryKind.XOR;
  }

  private void multiplyAdd(ThreadValue result, Fusion.Sum sum) {
    ThreadOp.Binary product = sum.product();
    Optional<Fusion.WideProduct> factors = fusion.wideProductOf(product.result());
    String addend = operand(sum.addend());
    if (factors.isPresent()) {
      one(result, wide("mad.wide.s32", factors.get(), addend));
      return;
    }
    DType type = result.type().element();
    boolean swap = values.immediates().containsKey(product.x());
    ThreadValue x = swap ? product.y() : product.x();
    ThreadValue y = swap ? product.x() : product.y();
    one(
        result,
        code.compute(
            PtxTypes.kind(type),
            "mad.lo." + PtxTypes.arithmetic(type),
            first(x, y),
            operand(y),
            addend));
  }

  private String wide(String opcode, Fusion.WideProduct product, String... addend) {
    String x = values.register(product.x());
    String y =
        product.literal().isPresent()
            ? PtxTypes.immediate(DType.I64, product.literal().get())
            : operand(product.y().orElseThrow());
    return addend.length == 0
        ? code.compute(RegisterKind.B64, opcode, x, y)
        : code.compute(RegisterKind.B64, opcode, x, y, addend[0]);
  }

  private void fma(ThreadOp.Fma op) {
    DType type = op.x().type().element();
    if (op.result().type().isScalar()) {
      one(
          op.result(),
          scalars.fma(type, values.register(op.x()), operand(op.y()), operand(op.z())));
    } else if (packedHalves(op.x().type())) {
      packed(op.result(), op.operands(), r -> halves.fma(type, r.get(0), r.get(1), r.get(2)));
    } else {
      elementwise(op.result(), op.operands(), r -> scalars.fma(type, r.get(0), r.get(1), r.get(2)));
    }
  }

  private void select(ThreadOp.Select op) {
    String condition = values.register(op.condition());
    RegisterKind kind = PtxTypes.kind(op.result().type());
    List<String> x = values.sources(op.x());
    List<String> y = values.sources(op.y());
    values.define(
        op.result(),
        IntStream.range(0, x.size())
            .mapToObj(i -> scalars.select(kind, condition, x.get(i), y.get(i)))
            .toList());
  }

  private void convert(ThreadOp.Convert op) {
    DType from = op.x().type().element();
    DType to = op.result().type().element();
    if (ByteFloats.has(from) && !op.x().type().isScalar() && !op.saturate()) {
      widenBytes(op, bytes.toHalves(from, values.of(op.x())));
      return;
    }
    boolean narrowBytes =
        ByteFloats.has(to)
            && op.saturate()
            && op.rounding() == Rounding.NEAREST_EVEN
            && op.result().type().lanes() % 4 == 0;
    if (narrowBytes && from.equals(DType.F32)) {
      values.define(op.result(), bytes.fromF32(to, values.of(op.x())));
      return;
    }
    if (narrowBytes && from.equals(DType.F16)) {
      values.define(op.result(), bytes.fromHalves(to, values.of(op.x())));
      return;
    }
    boolean pairs =
        !op.saturate()
            && from.equals(DType.F32)
            && PtxTypes.isHalf(to)
            && op.result().type().lanes() % 2 == 0;
    if (pairs) {
      List<String> held = values.of(op.x());
      String opcode = "cvt." + Conversions.mode(op.rounding()) + "." + to.name() + "x2.f32";
      List<String> packed = new ArrayList<>();
      for (int i = 0; i < held.size(); i += 2) {
        packed.add(code.compute(RegisterKind.B32, opcode, held.get(i + 1), held.get(i)));
      }
      values.define(op.result(), packed);
      return;
    }
    elementwise(
        op.result(),
        op.operands(),
        r -> conversions.convert(from, to, op.rounding(), op.saturate(), r.get(0)));
  }

  /**
   * @param halves the elements as pairs of {@code f16}, and perhaps more
   */
  private void widenBytes(ThreadOp.Convert op, List<String> halves) {
    ThreadType type = op.result().type();
    if (type.element().equals(DType.F16)) {
      values.define(op.result(), halves.subList(0, PtxTypes.registers(type)));
      return;
    }
    List<String> elements = new ArrayList<>();
    for (String pair : halves) {
      String low = code.fresh(RegisterKind.B16);
      String high = code.fresh(RegisterKind.B16);
      code.emit("mov.b32", Code.vector(List.of(low, high)), pair);
      for (String half : List.of(low, high)) {
        elements.add(conversions.convert(DType.F16, type.element(), op.rounding(), false, half));
      }
    }
    values.define(op.result(), vectors.pack(type, elements.subList(0, type.lanes())));
  }

  // ---------------------------------------------------------------- warp

  /** {@code mma.SHAPE.TYPES} is {@code mma.sync.aligned.SHAPE.row.col.TYPES}. */
  private void mma(ThreadOp.Mma op) {
    String[] name = op.instruction().split("\\.", 3);
    String opcode = "mma.sync.aligned." + name[1] + ".row.col." + name[2];
    if (name[2].contains("e4m3") || name[2].contains("e5m2")) {
      code.needs(84);
    }
    String a = fragment(op.a());
    String b = fragment(op.b());
    String c = fragment(op.c());
    List<String> d = new ArrayList<>();
    for (int i = 0; i < op.results().size(); i++) {
      ThreadValue result = op.results().get(i);
      if (accumulators.isOverwritten(op.c().get(i))) {
        values.define(result, values.of(op.c().get(i)));
      } else {
        values.define(result);
      }
      d.add(values.register(result));
    }
    code.emit(opcode, Code.vector(d), a, b, c);
  }

  private String fragment(List<ThreadValue> registers) {
    return Code.vector(registers.stream().map(values::register).toList());
  }

  private void shuffle(ThreadValue result, ThreadValue x, String mode, String lane) {
    ThreadType type = x.type();
    List<String> shuffled = new ArrayList<>();
    for (String word : vectors.words(type, values.of(x))) {
      shuffled.add(
          code.compute(
              RegisterKind.B32, "shfl.sync." + mode + ".b32", word, lane, "31", "0xFFFFFFFF"));
    }
    values.define(result, vectors.fromWords(type, shuffled));
  }
}
