package dev.tilewright.samples.programs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.Compilation;
import dev.tilewright.Kernel;
import dev.tilewright.KernelLauncher;
import dev.tilewright.ReferenceRun;
import dev.tilewright.dtype.DType;
import dev.tilewright.ir.interpret.HostTensor;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.samples.kernels.RoleMatmul;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Random programs under random schedules: the emulator runs what was generated and gives, bit for
 * bit, what the interpreter makes of the program as it was written.
 */
class RandomProgramsTest {
  private static final List<String> OUTPUTS = List.of("c", "sums", "o");

  @Property(tries = 16, edgeCases = EdgeCasesMode.NONE)
  void oneRole(@ForAll long seed) {
    check(seed, "emulator:sm_80");
  }

  @Property(tries = 32, edgeCases = EdgeCasesMode.NONE)
  void roles(@ForAll long seed) {
    check(seed, "emulator:sm_90a");
  }

  @Property(tries = 8, edgeCases = EdgeCasesMode.NONE)
  void chainedProductsOfOneRole(@ForAll long seed) {
    checkChained(seed, "emulator:sm_80");
  }

  @Property(tries = 16, edgeCases = EdgeCasesMode.NONE)
  void chainedProductsOfRoles(@ForAll long seed) {
    checkChained(seed, "emulator:sm_90a");
  }

  @Property(tries = 6, edgeCases = EdgeCasesMode.NONE)
  void writtenRolesWithoutThem(@ForAll long seed) {
    checkRoles(seed, "emulator:sm_80");
  }

  @Property(tries = 8, edgeCases = EdgeCasesMode.NONE)
  void writtenRoles(@ForAll long seed) {
    checkRoles(seed, "emulator:sm_90a");
  }

  /**
   * Many programs, the same each time: {@code -Dprograms=2000}, as the nightly profile has it, and
   * from another first one on with {@code -Dprograms.first=N}.
   */
  @TestFactory
  Stream<DynamicTest> manyPrograms() {
    int count = Integer.getInteger("programs", 0);
    int first = Integer.getInteger("programs.first", 0);
    return IntStream.range(first, first + count)
        .mapToObj(i -> DynamicTest.dynamicTest("program " + i, () -> checkAny(i)));
  }

  /** On both targets. Of eight programs five are random, two chained and one has written roles. */
  static void checkAny(long number) {
    for (String deviceName : List.of("emulator:sm_80", "emulator:sm_90a")) {
      switch ((int) (number % 8)) {
        case 5, 6 -> checkChained(number, deviceName);
        case 7 -> checkRoles(number, deviceName);
        default -> check(number, deviceName);
      }
    }
  }

  private static void checkRoles(long seed, String deviceName) {
    SplittableRandom random = new SplittableRandom(seed);
    RoleMatmul program =
        new RoleMatmul(
            pick(random, List.of(DType.F16, DType.BF16)),
            pick(random, List.of(DType.F16, DType.F32)),
            64,
            pick(random, List.of(32, 64)),
            pick(random, List.of(16, 32, 64)),
            random.nextInt(1, 5),
            random.nextInt(1, 3));
    Schedule schedule = schedule(random, deviceName.equals("emulator:sm_90a"));
    int grain = pick(random, List.of(1, 8, 16));
    int m = random.nextInt(1, 200);
    int n = Math.ceilDiv(random.nextInt(1, 2 * program.bn() + 1), grain) * grain;
    int k = Math.ceilDiv(random.nextInt(1, 5 * program.bk() + 1), grain) * grain;
    SequencedMap<String, Elements> tensors = new LinkedHashMap<>();
    tensors.put("a", Elements.random(program.in(), random, m, k));
    tensors.put("b", Elements.random(program.in(), random, n, k));
    tensors.put("c", Elements.zeros(program.out(), m, n));
    String what = "seed %d: %s %s m %d n %d k %d".formatted(seed, program, schedule, m, n, k);
    Map<String, double[]> expected = interpret(program, tensors);
    run(program, schedule, tensors, deviceName, what, false)
        .forEach((name, values) -> assertArrayEquals(expected.get(name), values, what));
  }

  private static void checkChained(long seed, String deviceName) {
    SplittableRandom random = new SplittableRandom(seed);
    ChainedProducts program =
        new ChainedProducts(
            pick(random, List.of(DType.F16, DType.BF16)),
            pick(random, List.of(64, 128)),
            pick(random, List.of(32, 64)),
            64,
            random.nextBoolean());
    Schedule schedule = schedule(random, deviceName.equals("emulator:sm_90a"));
    int m = random.nextInt(1, 2 * program.bm() + 1);
    int n = random.nextInt(1, 4 * program.bn() + 1);
    SequencedMap<String, Elements> tensors = new LinkedHashMap<>();
    tensors.put("q", Elements.random(program.in(), random, m, program.d()));
    tensors.put("k", Elements.random(program.in(), random, n, program.d()));
    tensors.put("v", Elements.random(program.in(), random, n, program.d()));
    tensors.put("o", Elements.zeros(DType.F32, m, program.d()));
    String what = "seed %d: %s %s m %d n %d".formatted(seed, program, schedule, m, n);
    compare(program, schedule, tensors, deviceName, what);
  }

  /** A tensor's elements, small integers, row-major. */
  record Elements(DType dtype, double[] values, int... shape) {
    static Elements random(DType dtype, SplittableRandom random, int... shape) {
      int count = 1;
      for (int extent : shape) {
        count *= extent;
      }
      double[] values = new double[count];
      for (int i = 0; i < count; i++) {
        values[i] = random.nextInt(-1, 2);
      }
      return new Elements(dtype, values, shape);
    }

    static Elements zeros(DType dtype, int... shape) {
      int count = 1;
      for (int extent : shape) {
        count *= extent;
      }
      return new Elements(dtype, new double[count], shape);
    }

    long[] extents() {
      long[] extents = new long[shape.length];
      for (int i = 0; i < shape.length; i++) {
        extents[i] = shape[i];
      }
      return extents;
    }
  }

  private static <T> T pick(SplittableRandom random, List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  static Schedule schedule(SplittableRandom random, boolean roles) {
    Schedule schedule = Schedule.AUTOMATIC;
    if (random.nextInt(3) == 0) {
      schedule = schedule.withPersistent(random.nextBoolean());
    }
    if (random.nextInt(3) == 0) {
      schedule = schedule.withBlocks(pick(random, List.of(2, 4, 8)));
    }
    if (roles && random.nextInt(4) == 0) {
      schedule = schedule.withCluster(2);
    }
    if (random.nextInt(4) == 0) {
      schedule = schedule.withPingPong(true);
    }
    if (random.nextInt(3) == 0) {
      schedule = schedule.withMmaDepth(random.nextInt(1, 4));
    }
    if (random.nextInt(3) == 0) {
      schedule = schedule.withStages(random.nextInt(1, 4));
    }
    if (random.nextInt(4) == 0) {
      schedule = schedule.withDynamic(true);
    }
    if (roles && random.nextInt(4) == 0) {
      schedule = schedule.withStoreRole(true);
    }
    return schedule;
  }

  static void check(long seed, String deviceName) {
    SplittableRandom random = new SplittableRandom(seed);
    RandomProgram program =
        new RandomProgram(
            pick(random, List.of(RandomProgram.Shape.values())),
            pick(random, List.of(DType.F16, DType.BF16)),
            pick(random, List.of(64, 128)),
            pick(random, List.of(32, 64, 96)),
            pick(random, List.of(32, 64)),
            random.nextBoolean(),
            pick(random, List.of(RandomProgram.Epilogue.values())));
    Schedule schedule = schedule(random, deviceName.equals("emulator:sm_90a"));
    int grain = pick(random, List.of(1, 16, 16, 16));
    int m = random.nextInt(1, 2 * program.bm() + 1);
    int n = Math.ceilDiv(random.nextInt(1, 2 * program.bn() + 1), grain) * grain;
    int k = Math.ceilDiv(random.nextInt(1, 4 * program.bk() + 1), grain) * grain;
    DType in = program.in();
    DType first = program.shape() == RandomProgram.Shape.CONVERTED ? DType.I8 : in;
    SequencedMap<String, Elements> tensors = new LinkedHashMap<>();
    tensors.put("a", Elements.random(first, random, m, k));
    for (String name : List.of("b", "b2")) {
      tensors.put(
          name,
          program.transposed()
              ? Elements.random(in, random, n, k)
              : Elements.random(in, random, k, n));
    }
    tensors.put("bias", Elements.random(DType.F32, random, n));
    tensors.put("scale", Elements.random(DType.F32, random, k));
    tensors.put("c", Elements.zeros(program.out(), m, n));
    tensors.put("sums", Elements.zeros(DType.F32, m));
    String what = "seed %d: %s %s m %d n %d k %d".formatted(seed, program, schedule, m, n, k);

    compare(program, schedule, tensors, deviceName, what);
  }

  static void compare(
      Kernel program,
      Schedule schedule,
      SequencedMap<String, Elements> tensors,
      String deviceName,
      String what) {
    Map<String, double[]> expected = interpret(program, tensors);
    Map<String, double[]> found = run(program, schedule, tensors, deviceName, what, true);
    expected.forEach(
        (name, values) -> assertArrayEquals(values, found.get(name), what + " " + name));
  }

  private static Map<String, double[]> interpret(
      Kernel program, SequencedMap<String, Elements> tensors) {
    ReferenceRun reference = ReferenceRun.of(program);
    Map<String, HostTensor> outputs = new LinkedHashMap<>();
    for (Map.Entry<String, Elements> entry : tensors.entrySet()) {
      Elements x = entry.getValue();
      HostTensor tensor = HostTensor.of(x.dtype(), x.values(), x.extents());
      reference = reference.with(entry.getKey(), tensor);
      if (OUTPUTS.contains(entry.getKey())) {
        outputs.put(entry.getKey(), tensor);
      }
    }
    reference.run();
    Map<String, double[]> values = new LinkedHashMap<>();
    outputs.forEach(
        (name, tensor) -> {
          double[] elements = new double[(int) tensor.elements()];
          Arrays.setAll(elements, tensor::number);
          values.put(name, elements);
        });
    return values;
  }

  private static Map<String, double[]> run(
      Kernel program,
      Schedule schedule,
      SequencedMap<String, Elements> tensors,
      String deviceName,
      String what,
      boolean asksForReason) {
    List<Tensor> made = new ArrayList<>();
    try (Device device = Device.open(deviceName);
        KernelLauncher launcher = new KernelLauncher(device, schedule)) {
      Arguments arguments = Arguments.none();
      Map<String, Tensor> outputs = new LinkedHashMap<>();
      for (Map.Entry<String, Elements> entry : tensors.entrySet()) {
        Elements x = entry.getValue();
        Tensor tensor = Tensor.of(device, x.dtype(), x.values(), x.extents());
        made.add(tensor);
        arguments = arguments.with(entry.getKey(), tensor);
        if (OUTPUTS.contains(entry.getKey())) {
          outputs.put(entry.getKey(), tensor);
        }
      }
      Compilation compilation = launcher.compilation(program, arguments);
      if (asksForReason) {
        checkReason(compilation, deviceName, what);
      }
      launcher.bind(program, arguments).run(device.stream());
      device.synchronize();
      Map<String, double[]> values = new LinkedHashMap<>();
      outputs.forEach((name, tensor) -> values.put(name, tensor.toDoubles()));
      made.forEach(Tensor::close);
      return values;
    } catch (RuntimeException e) {
      throw new AssertionError(what + ": " + e.getMessage(), e);
    }
  }

  /** A program for warp groups that has no roles says why. */
  private static void checkReason(Compilation compilation, String deviceName, String what) {
    boolean roles = compilation.code().text().contains("wgmma");
    boolean reason =
        compilation.report().notes().stream().anyMatch(n -> n.text().contains("have one role:"));
    assertTrue(roles != reason || !deviceName.equals("emulator:sm_90a"), what);
  }
}
