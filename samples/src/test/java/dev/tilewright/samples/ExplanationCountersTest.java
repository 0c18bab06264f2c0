package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.pass.BulkTraffic;
import dev.tilewright.ir.pass.GlobalTraffic;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.ir.pass.SharedTraffic;
import dev.tilewright.ir.target.Target;
import dev.tilewright.runtime.Device;
import dev.tilewright.samples.gemm.GemmCase;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.gemm.GemmRun;
import dev.tilewright.samples.kernels.Matmul;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is explained from the layouts is what the emulator counts when it executes the code: one
 * block on whole tiles, whose rows start on sectors. Two readings that share no code.
 */
class ExplanationCountersTest {
  private static final int STEPS = 5;

  @ParameterizedTest
  @CsvSource({
    "f16, f16, 64, 64, 32",
    "f16, f32, 128, 64, 64",
    "bf16, bf16, 32, 64, 32",
    "tf32, f32, 64, 32, 32",
    "i8, i32, 64, 64, 64",
    "f16, f16, 48, 96, 32",
  })
  void figuresAreTheEmulatorsCounters(String in, String out, int bm, int bn, int bk) {
    Matmul kernel = new Matmul(type(in), type(out), bm, bn, bk);
    GemmProblem problem =
        new GemmCase(kernel, Schedule.AUTOMATIC, bm, bn, STEPS * bk, true, 1).problem();
    try (Device device = Device.open("emulator:sm_80");
        KernelLauncher launcher = new KernelLauncher(device, Schedule.AUTOMATIC)) {
      GemmRun run = GemmRun.of(device, launcher, kernel, problem);
      Map<String, Long> counted = run.report().counters();
      Target target = dev.tilewright.Compiler.forTarget("sm_80").target();
      KernelFunction staged = run.compilation().staged();
      List<SharedTraffic> shared = SharedTraffic.of(staged, target);
      List<GlobalTraffic> global = GlobalTraffic.of(staged, target);
      Set<Op> repeated =
          Traversal.ops(staged)
              .filter(Op.For.class::isInstance)
              .flatMap(loop -> Traversal.ops(loop).skip(1))
              .collect(Collectors.toSet());
      assertAll(
          () ->
              assertEquals(
                  counted.get("sectors.global.load"), loaded(global, t -> t.sectors().sectors())),
          () ->
              assertEquals(
                  counted.get("requests.global.load"), loaded(global, t -> t.sectors().requests())),
          () ->
              assertEquals(
                  counted.get("sectors.global.store"),
                  global.stream()
                      .filter(t -> t.op() instanceof Op.Store)
                      .mapToLong(t -> t.sectors().sectors())
                      .sum()),
          () ->
              assertEquals(
                  counted.get("wavefronts.shared.load"),
                  shared.stream()
                      .filter(t -> t.op() instanceof Op.SharedLoad)
                      .mapToLong(
                          t -> t.placed().wavefronts() * (repeated.contains(t.op()) ? STEPS : 1))
                      .sum()),
          () ->
              assertEquals(
                  counted.get("conflicts.shared"),
                  shared.stream().mapToLong(t -> t.placed().conflicts()).sum()));
    }
  }

  /** Blocks of a cluster copy their parts of what they share: whole tiles, all of them together. */
  @ParameterizedTest
  @CsvSource({
    "f16, f16, 128, 128, 64, 1",
    "bf16, f32, 128, 256, 64, 1",
    "f16, f16, 128, 64, 32, 1",
    "i8, i32, 128, 128, 128, 1",
    "f16, f16, 128, 128, 64, 2",
    "f16, f16, 128, 128, 64, 4",
  })
  void bulkCopiesAreTheEmulatorsCounters(
      String in, String out, int bm, int bn, int bk, int cluster) {
    Matmul kernel = new Matmul(type(in), type(out), bm, bn, bk);
    Schedule schedule = Schedule.AUTOMATIC.withCluster(cluster).withPersistent(false);
    GemmProblem problem =
        new GemmCase(kernel, schedule, cluster * bm, bn, STEPS * bk, true, 1).problem();
    try (Device device = Device.open("emulator:sm_90a");
        KernelLauncher launcher = new KernelLauncher(device, schedule)) {
      GemmRun run = GemmRun.of(device, launcher, kernel, problem);
      Map<String, Long> counted = run.report().counters();
      Target target = dev.tilewright.Compiler.forTarget("sm_90a").target();
      List<BulkTraffic> bulk = BulkTraffic.of(run.compilation().staged(), target);
      assertAll(
          () ->
              assertEquals(
                  counted.get("sectors.global.load"),
                  cluster * STEPS * sectors(bulk, AsyncOp.BulkLoad.class)),
          () ->
              assertEquals(
                  counted.get("sectors.global.store"),
                  cluster * sectors(bulk, AsyncOp.BulkStore.class)));
    }
  }

  private static long sectors(List<BulkTraffic> bulk, Class<? extends AsyncOp> kind) {
    return bulk.stream().filter(b -> kind.isInstance(b.op())).mapToLong(BulkTraffic::sectors).sum();
  }

  /** Wherever its copies stand, each tensor is copied once for each step. */
  private static long loaded(List<GlobalTraffic> global, ToLongFunction<GlobalTraffic> figure) {
    Map<String, Long> once = new HashMap<>();
    global.stream()
        .filter(t -> t.op() instanceof Op.CopyAsync)
        .forEach(t -> once.put(t.tensor().name(), figure.applyAsLong(t)));
    return STEPS * once.values().stream().mapToLong(Long::longValue).sum();
  }

  private static DType type(String name) {
    return List.of(DType.F16, DType.BF16, DType.TF32, DType.F32, DType.I8, DType.I32).stream()
        .filter(type -> type.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
