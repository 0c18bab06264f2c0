package dev.tilewright.samples.access;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.analysis.BankConflicts;
import dev.tilewright.layout.analysis.BankModel;
import dev.tilewright.layout.analysis.Ldmatrix;
import dev.tilewright.layout.analysis.Sectors;
import dev.tilewright.layout.analysis.VectorWidth;
import dev.tilewright.ptx.NvidiaTargets;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.LoadedImage;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.runtime.spi.LaunchReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;

/**
 * What the layout algebra predicts of an access is what the emulator counts when generated code
 * makes it: vector widths through the number of requests, sectors, wavefronts and bank conflicts,
 * exactly. The two share nothing: one reasons about layouts, the other watches addresses.
 */
class AnalysesEqualCountersTest {
  private static final int SECTOR = 32;
  private static final int MATRIX_ROW = 16;
  private static final BankModel BANKS = NvidiaTargets.SM_80.sharedBanks();

  @Property(tries = 400, edgeCases = EdgeCasesMode.NONE)
  void predictionsAreExact(@ForAll long seed) {
    RandomAccess access = RandomAccess.of(seed);
    int alignment = alignment(access);
    SequencedMap<String, Long> predicted = new LinkedHashMap<>();
    predictGlobal(access, alignment, predicted);
    predictShared(access, predicted);
    Map<String, Long> counted = run(access, new CopyThroughShared(access, alignment));
    SequencedMap<String, Long> compared = new LinkedHashMap<>();
    predicted.keySet().forEach(name -> compared.put(name, counted.getOrDefault(name, -1L)));
    assertEquals(predicted, compared, access::toString);
    Statistics.label("swizzled").collect(access.isSwizzled());
    Statistics.label("ldmatrix")
        .collect(predicted.getOrDefault("inst.memory.shared.matrix", 0L) != 0);
    Statistics.label("conflicts").collect(predicted.getOrDefault("conflicts.shared", 0L) != 0);
  }

  // ---------------------------------------------------------------- prediction

  private static int bytes(DType dtype) {
    return dtype.bits() / Byte.SIZE;
  }

  /** The power of two that divides the stride of the tensors, in bytes. */
  private static int alignment(RandomAccess access) {
    long stride = access.strides()[1 - access.unit()] * bytes(access.dtype());
    return (int) Math.min(16, Long.lowestOneBit(stride));
  }

  private static void predictGlobal(
      RandomAccess access, int alignment, SequencedMap<String, Long> predicted) {
    Layout memory =
        Layout.strided(new long[] {access.shape().get(0), access.shape().get(1)}, access.strides());
    Sectors loads = sectors(access, memory, access.written(), access.written(), alignment);
    predicted.put("requests.global.load", loads.requests());
    predicted.put("sectors.global.load", loads.sectors());
    // Of the threads that hold the same, one writes.
    Sectors stores = sectors(access, memory, access.read(), unique(access.read()), alignment);
    predicted.put("requests.global.store", stores.requests());
    predicted.put("sectors.global.store", stores.sectors());
  }

  /** Code does not know how far rows are apart, and makes no vector of two. */
  private static Sectors sectors(
      RandomAccess access, Layout memory, Layout held, Layout moved, int alignment) {
    int bytes = bytes(access.dtype());
    int row = Integer.lowestOneBit(access.shape().get(access.unit())) * bytes;
    int most = Math.min(Math.min(access.vectorBytes(), alignment), row);
    int vector = width(memory.compose(held).orThrow(), access.dtype(), most);
    return Sectors.of(memory.compose(moved).orThrow(), bytes, vector, SECTOR);
  }

  private static int width(Layout addresses, DType dtype, int most) {
    return VectorWidth.of(addresses, dtype.bits(), most).elements();
  }

  private static Layout unique(Layout registers) {
    return registers.withoutReplication(Axis.LANE).withoutReplication(Axis.WARP);
  }

  private static void predictShared(RandomAccess access, SequencedMap<String, Long> predicted) {
    int bytes = bytes(access.dtype());
    Layout stored = access.shared().compose(access.written()).orThrow();
    BankConflicts stores =
        BankConflicts.wavefronts(
            access.shared().compose(unique(access.written())).orThrow(),
            bytes,
            width(stored, access.dtype(), access.vectorBytes()),
            BANKS);
    BankConflicts loads;
    boolean matrices = false;
    if (matrices(access) instanceof Result.Ok<Ldmatrix>(Ldmatrix plan)) {
      matrices = true;
      loads =
          BankConflicts.ofRows(
              access.shared().compose(plan.rows()).orThrow(), bytes, MATRIX_ROW / bytes, BANKS);
    } else {
      Layout loaded = access.shared().compose(access.read()).orThrow();
      int vector = width(loaded, access.dtype(), access.vectorBytes());
      loads = BankConflicts.wavefronts(loaded, bytes, vector, BANKS);
    }
    predicted.put("inst.memory.shared.store", requestsOfAllWarps(access, stores));
    predicted.put("wavefronts.shared.store", stores.wavefronts());
    predicted.put("inst.memory.shared.load", matrices ? 0 : loads.requests());
    predicted.put("inst.memory.shared.matrix", matrices ? loads.requests() : 0);
    predicted.put("wavefronts.shared.load", loads.wavefronts());
    predicted.put("conflicts.shared", stores.conflicts() + loads.conflicts());
  }

  /** A warp issues the store also where it has nothing to write. */
  private static long requestsOfAllWarps(RandomAccess access, BankConflicts stores) {
    long writing = unique(access.written()).domain().extent(Axis.WARP);
    return stores.requests() * access.warps() / writing;
  }

  private static Result<Ldmatrix> matrices(RandomAccess access) {
    int bytes = bytes(access.dtype());
    if (!access.matrixLoads()) {
      return new Result.Refused<>(new dev.tilewright.layout.Reason.NotAFactor("not offered"));
    }
    Result<Ldmatrix> plain = Ldmatrix.applies(access.shared(), access.read(), bytes, false);
    return plain.isOk() ? plain : Ldmatrix.applies(access.shared(), access.read(), bytes, true);
  }

  // ---------------------------------------------------------------- execution

  /** Copies random elements, checks that they arrived, and returns the counters. */
  private static Map<String, Long> run(RandomAccess access, CopyThroughShared copy) {
    int rows = access.shape().get(0);
    int columns = access.shape().get(1);
    double[] values = values(access.dtype(), rows * columns);
    long extent = (rows - 1) * access.strides()[0] + (columns - 1) * access.strides()[1] + 1;
    try (Device device = Device.open("emulator:sm_80");
        LoadedImage image = device.load(copy.image());
        Tensor source = Tensor.zeros(device, access.dtype(), extent);
        Tensor target = Tensor.zeros(device, access.dtype(), extent)) {
      Tensor x = source.asStrided(new long[] {rows, columns}, access.strides(), 0);
      Tensor y = target.asStrided(new long[] {rows, columns}, access.strides(), 0);
      assertEquals(0, x.address() % SECTOR + y.address() % SECTOR);
      x.upload(values);
      LaunchReport report = image.bind(Arguments.of("x", x).with("y", y)).run(device.stream());
      assertArrayEquals(values, y.toDoubles(), access::toString);
      return report.counters();
    }
  }

  private static double[] values(DType dtype, int count) {
    SplittableRandom random = new SplittableRandom(count);
    List<Integer> range = dtype instanceof IntType ? List.of(-128, 128) : List.of(-1000, 1000);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextInt(range.get(0), range.get(1));
    }
    return values;
  }
}
