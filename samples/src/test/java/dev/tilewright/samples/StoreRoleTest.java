package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.ir.pass.CompileReport;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.LoadedImage;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.gemm.GemmRun;
import dev.tilewright.samples.kernels.Matmul;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** A role of its own has computed tiles copied out: it is fed through an aref, as consumers are. */
class StoreRoleTest {
  private static final String TARGET = "emulator:sm_90a";

  /** Bit for bit what consumers that store by themselves compute, whatever else is chosen. */
  @Property(tries = 6, edgeCases = EdgeCasesMode.NONE)
  void productsAreThoseOfConsumersThatStore(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    DType in = random.nextBoolean() ? DType.F16 : DType.I8;
    DType out = random.nextBoolean() ? GemmProblem.defaultOut(in) : DType.F32;
    Matmul kernel = new Matmul(in, out, 64 << random.nextInt(2), 64, 64);
    GemmProblem problem =
        GemmProblem.random(
            random.nextInt(1, 300),
            16 * random.nextInt(1, 13),
            16 * random.nextInt(1, 20),
            in,
            out,
            seed);
    Schedule schedule =
        Schedule.AUTOMATIC
            .withBlocks(random.nextInt(1, 5))
            .withDynamic(random.nextBoolean())
            .withPersistent(true);
    if (random.nextInt(3) == 0) {
      schedule = schedule.withDynamic(false).withCluster(2).withBlocks(4);
    }
    String device = TARGET + "?seed=" + random.nextInt(1000);
    GemmRun expected = run(TARGET, kernel, problem, schedule);
    GemmRun found = run(device, kernel, problem, schedule.withStoreRole(true));
    assertArrayEquals(expected.product(), found.product());
    assertEquals(0, found.report().counters().get("conflicts.shared"));
    assertEquals(
        expected.report().counters().get("bytes.bulk.store"),
        found.report().counters().get("bytes.bulk.store"));
    assertTrue(
        found.report().counters().getOrDefault("barriers.partial", 0L)
            < expected.report().counters().getOrDefault("barriers.partial", 0L),
        "consumers do not meet to store");
  }

  private static GemmRun run(String name, Matmul kernel, GemmProblem problem, Schedule schedule) {
    try (Device device = Device.open(name);
        KernelLauncher launcher = new KernelLauncher(device, schedule)) {
      return GemmRun.of(device, launcher, kernel, problem);
    }
  }

  // ---------------------------------------------------------------- where it cannot be

  private static List<String> notes(Schedule schedule, Matmul kernel) {
    GemmProblem problem = GemmProblem.random(64, 64, 64, DType.F16, DType.F16, 1);
    try (Device device = Device.open(TARGET);
        KernelLauncher launcher = new KernelLauncher(device, schedule.withStoreRole(true));
        Tensor a = problem.a().upload(device);
        Tensor b = problem.b().upload(device);
        Tensor c = Tensor.of(device, DType.F16, 64, 64)) {
      Arguments arguments = Arguments.of("a", a).with("b", b.transpose()).with("c", c);
      return launcher.compilation(kernel, arguments).report().notes().stream()
          .map(CompileReport.Note::text)
          .filter(text -> text.contains("of its own"))
          .toList();
    }
  }

  @Test
  void otherwiseConsumersStoreAndTheReportSaysWhy() {
    Matmul small = new Matmul(DType.F16, DType.F16, 64, 64, 64);
    Matmul large = new Matmul(DType.F16, DType.F16, 128, 256, 64);
    assertEquals(
        List.of("a role of its own has the tiles of 1 stores copied out"),
        notes(Schedule.AUTOMATIC, small));
    assertEquals(
        List.of(
            "no role of its own stores: one of two consumers stores while the other multiplies"),
        notes(Schedule.AUTOMATIC.withPingPong(true), small));
    assertEquals(
        List.of(
            "no role of its own stores: its warps would leave 128 registers of each thread for 128"
                + " of sums"),
        notes(Schedule.AUTOMATIC, large));
  }

  // ---------------------------------------------------------------- faults

  /** What hands the tile over and back, in the order of the code. */
  private static final List<String> HANDED =
      List.of(
          "the consumers' wait for the slot",
          "the consumers' arrival",
          "the storer's wait for the tile",
          "the storer's arrival");

  /** The number of the barriers of the stored tile: those after the loop's and the numbers'. */
  @Test
  void everyBarrierOfTheStoredTileIsNeeded() {
    Matmul kernel = new Matmul(DType.F16, DType.F16, 64, 64, 64);
    GemmProblem problem = GemmProblem.random(200, 144, 80, DType.F16, DType.F16, 5);
    Schedule schedule =
        Schedule.AUTOMATIC.withPersistent(true).withBlocks(1).withStages(2).withStoreRole(true);
    try (Device device = Device.open(TARGET + "?steps=400000");
        KernelLauncher launcher = new KernelLauncher(device, schedule);
        Tensor a = problem.a().upload(device);
        Tensor b = problem.b().upload(device);
        Tensor c = Tensor.zeros(device, DType.F16, 200, 144)) {
      Arguments arguments = Arguments.of("a", a).with("b", b.transpose()).with("c", c);
      launcher.launch(kernel, arguments);
      double[] expected = c.toDoubles();
      KernelImage image = launcher.compilation(kernel, arguments).image();
      List<String> lines = MutatedImage.text(image).lines().toList();
      List<Integer> handed = handed(lines);
      assertEquals(HANDED.size(), handed.size());
      for (int i = 0; i < handed.size(); i++) {
        String[] mutated = lines.toArray(String[]::new);
        int at = handed.get(i);
        mutated[at] =
            mutated[at].contains("try_wait")
                ? mutated[at].replaceAll(
                    "mbarrier\\.try_wait\\S*\\s+(%\\w+), .*;", "setp.eq.u32 $1, 0, 0;")
                : "";
        KernelImage mutant = MutatedImage.of(image, String.join("\n", mutated));
        try (LoadedImage loaded = device.load(mutant)) {
          c.upload(new double[expected.length]);
          boolean seen = !loaded.bind(arguments).observe(device.stream()).findings().isEmpty();
          assertTrue(
              seen || !Arrays.equals(expected, c.toDoubles()),
              "nobody sees the code without " + HANDED.get(i));
        }
      }
    }
  }

  /** The last wait before the tile is written, the first arrival after it, and so for the copy. */
  private static List<Integer> handed(List<String> lines) {
    int copy = indexOf(lines, "cp.async.bulk.tensor", 0, 1, "global.shared::cta");
    int wait = indexOf(lines, "mbarrier.try_wait", copy, -1, "");
    int arrival = indexOf(lines, "mbarrier.arrive", copy, 1, "");
    int written = indexOf(lines, "st.shared", wait, -1, "");
    return List.of(
        indexOf(lines, "mbarrier.try_wait", written, -1, ""),
        indexOf(lines, "mbarrier.arrive", written, 1, ""),
        wait,
        arrival);
  }

  private static int indexOf(
      List<String> lines, String instruction, int from, int step, String and) {
    for (int i = from; ; i += step) {
      if (lines.get(i).contains(instruction) && lines.get(i).contains(and)) {
        return i;
      }
    }
  }
}
