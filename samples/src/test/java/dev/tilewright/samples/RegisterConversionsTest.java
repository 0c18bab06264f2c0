package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.expand.ExpandTiles;
import dev.tilewright.ir.pass.CompileReport;
import dev.tilewright.ir.pass.LowerConversions;
import dev.tilewright.ir.pass.PassContext;
import dev.tilewright.ir.pass.PlanMemory;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.verify.Verifier;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.SizeExpr;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.analysis.Conversion;
import dev.tilewright.layout.analysis.RegisterProgram.Step;
import dev.tilewright.ptx.PtxBackend;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.LoadedImage;
import dev.tilewright.runtime.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Conversions between random register layouts, lowered as the pipeline lowers them and executed by
 * the emulator: whatever way is chosen, every element arrives, and nobody races.
 */
class RegisterConversionsTest {
  private static final PtxBackend BACKEND = new PtxBackend();

  private static final Target TARGET =
      BACKEND.targets().stream().filter(t -> t.name().equals("sm_80")).findFirst().orElseThrow();

  private static final List<DType> DTYPES =
      List.of(DType.I8, DType.U8, DType.F16, DType.BF16, DType.I32, DType.F32, DType.F64);

  @Property(tries = 150, edgeCases = EdgeCasesMode.NONE)
  void anyLayoutBecomesAnyOther(@ForAll long seed) {
    Random random = new Random(seed);
    int warps = pick(random, List.of(1, 2, 4));
    List<Integer> shape = List.of(1 << random.nextInt(5), pick(random, List.of(1, 2, 3, 8, 12)));
    check(
        pick(random, DTYPES),
        warps,
        List.of(layout(random, shape, warps), layout(random, shape, warps)));
  }

  /** Without warps to choose from, many conversions are shuffles. */
  @Property(tries = 150, edgeCases = EdgeCasesMode.NONE)
  void thereAndBackWithinAWarp(@ForAll long seed) {
    Random random = new Random(seed);
    List<Integer> shape = List.of(1 << random.nextInt(5), 1 << random.nextInt(4));
    Layout first = layout(random, shape, 1);
    check(pick(random, DTYPES), 1, List.of(first, layout(random, shape, 1), first));
  }

  /**
   * What a thread loaded in words, in another order within the thread: the program of the plan and
   * not one permute more, from the load on to the words that leave.
   */
  @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
  void wordsArePermutedAsPlanned(@ForAll long seed) {
    Random random = new Random(seed);
    DType dtype = pick(random, List.of(DType.I8, DType.U8, DType.F8E4M3, DType.F16, DType.I16));
    int bits = 2 + random.nextInt(4);
    List<Long> strides = new ArrayList<>();
    for (int bit = 0; bit < bits; bit++) {
      strides.add(1L << bit);
    }
    Layout loaded = row(strides);
    Collections.shuffle(strides, random);
    Layout wanted = row(strides);
    ThreadFunction threads =
        check(dtype, 1, List.of(loaded, wanted), Math.min(16, dtype.bits() / 8 << bits));
    long planned =
        Conversion.withinWarps(loaded, wanted, dtype.bits())
                instanceof Result.Ok<Conversion>(Conversion.BytePermutes permutes)
            ? permutes.program().steps().stream().filter(Step.Permute.class::isInstance).count()
            : 0;
    assertEquals(planned, permutes(threads.body()), () -> loaded + " to " + wanted);
  }

  /** A row of the tile in each lane, its elements in registers of the given strides. */
  private static Layout row(List<Long> strides) {
    LayoutBuilder builder = Layout.into(Space.tile(32, 1L << strides.size()));
    for (long stride : strides) {
      builder.digit(new Digit(Axis.REGISTER, 2, new TreeMap<>(Map.of(Axis.dim(1), stride))));
    }
    builder.digit(new Digit(Axis.LANE, 32, new TreeMap<>(Map.of(Axis.dim(0), 1L))));
    return builder.digit(Axis.WARP, 1).build();
  }

  private static long permutes(ThreadBlock block) {
    return block.ops().stream()
        .mapToLong(
            op ->
                (op instanceof ThreadOp.BytePermute ? 1 : 0)
                    + op.regions().stream().mapToLong(RegisterConversionsTest::permutes).sum())
        .sum();
  }

  private static <T> T pick(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  /** The prime digits of the tile, dealt to registers, lanes and warps; what is left replicates. */
  private static Layout layout(Random random, List<Integer> shape, int warps) {
    LayoutBuilder builder = Layout.into(Space.tile(shape.get(0), shape.get(1)));
    builder.digit(Axis.REGISTER, 1).digit(Axis.LANE, 1).digit(Axis.WARP, 1);
    List<Digit> digits = new ArrayList<>();
    for (int d = 0; d < 2; d++) {
      long stride = 1;
      for (long rest = shape.get(d); rest > 1; ) {
        long prime = rest % 2 == 0 ? 2 : rest;
        digits.add(new Digit(Axis.REGISTER, prime, new TreeMap<>(Map.of(Axis.dim(d), stride))));
        stride *= prime;
        rest /= prime;
      }
    }
    Collections.shuffle(digits, random);
    int lanes = TARGET.lanes();
    int left = warps;
    for (Digit digit : digits) {
      int choice = random.nextInt(6);
      Axis axis = Axis.REGISTER;
      if (digit.extent() == 2 && lanes > 1 && choice < 3) {
        axis = Axis.LANE;
        lanes /= 2;
      } else if (digit.extent() == 2 && left > 1 && choice == 3) {
        axis = Axis.WARP;
        left /= 2;
      }
      builder.digit(new Digit(axis, digit.extent(), digit.strides()));
      if (lanes > 1 && choice == 5) {
        builder.digit(Axis.LANE, 2);
        lanes /= 2;
      }
    }
    return builder.digit(Axis.LANE, lanes).digit(Axis.WARP, left).build();
  }

  /** Loads a tensor under the first layout, converts to each other in turn, and stores it. */
  private static void check(DType dtype, int warps, List<Layout> layouts) {
    check(dtype, warps, layouts, Math.max(1, dtype.bits() / 8));
  }

  /**
   * As {@link #check(DType, int, List)}.
   *
   * @param alignment of the tensors, in bytes
   * @return what was run, before its simplification
   */
  private static ThreadFunction check(DType dtype, int warps, List<Layout> layouts, int alignment) {
    KernelFunction function = function(dtype, warps, layouts, alignment);
    PassContext context = new PassContext(TARGET, Schedule.AUTOMATIC, new CompileReport());
    KernelFunction lowered = new LowerConversions().run(function, context);
    KernelFunction staged = new PlanMemory().run(lowered, context);
    Verifier.verifyStagedOrThrow(staged);
    long[] shape = layouts.getFirst().codomain().extents();
    double[] values = new double[(int) (shape[0] * shape[1])];
    Arrays.setAll(values, i -> dtype.decode(i % 120));
    ThreadFunction threads = ExpandTiles.expand(staged, TARGET);
    try (Device device = Device.open("emulator:sm_80");
        Tensor x = Tensor.of(device, dtype, values, shape);
        Tensor y = Tensor.zeros(device, dtype, shape);
        LoadedImage image = device.load(StagedImage.of(staged, threads, BACKEND, TARGET))) {
      image.launch(Arguments.of("x", x).with("y", y));
      device.synchronize();
      assertArrayEquals(values, y.toDoubles(), () -> layouts + " " + context.report().notes());
    }
    return threads;
  }

  private static KernelFunction function(
      DType dtype, int warps, List<Layout> layouts, int alignment) {
    OpBuilder b = new OpBuilder(100);
    long[] extents = layouts.getFirst().codomain().extents();
    List<Integer> shape = Arrays.stream(extents).mapToObj(Math::toIntExact).toList();
    Parameter.Tensor x = tensor(b, "x", dtype, extents, Parameter.Access.IN, alignment);
    Parameter.Tensor y = tensor(b, "y", dtype, extents, Parameter.Access.OUT, alignment);
    Value zero = b.i32(0);
    Type.Tile type = new Type.Tile(shape, dtype, Optional.of(layouts.getFirst()));
    Literal outside = Literal.zero(dtype);
    List<Boolean> inside = List.of(false, false);
    Value tile =
        b.add(
                new Op.Load(
                    b.fresh(type),
                    x.value(),
                    List.of(zero, zero),
                    inside,
                    outside,
                    Location.UNKNOWN))
            .result();
    for (Layout layout : layouts.subList(1, layouts.size())) {
      tile = b.convertLayout(tile, layout);
    }
    b.store(y.value(), List.of(zero, zero), tile, inside);
    return new KernelFunction(
        "convert",
        List.of(x, y),
        List.of(new SizeExpr.Constant(1)),
        Optional.of(new KernelFunction.Launch(TARGET.name(), warps, 0)),
        b.block(List.of()));
  }

  private static Parameter.Tensor tensor(
      OpBuilder b, String name, DType dtype, long[] shape, Parameter.Access access, int alignment) {
    List<SizeExpr> sizes = new ArrayList<>();
    for (long extent : shape) {
      sizes.add(new SizeExpr.Constant(extent));
    }
    Value value = b.fresh(new Type.Tensor(dtype, shape.length));
    return new Parameter.Tensor(name, value, sizes, access, 1, alignment, Location.UNKNOWN);
  }
}
