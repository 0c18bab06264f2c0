package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.Compilation;
import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.LoadedImage;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.runtime.spi.LaunchReport;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.kernels.Matmul;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Deletes one synchronisation at a time from generated PTX: the emulator must object every time. A
 * sanitizer that misses one would let the compiler drop it.
 */
class FaultInjectionTest {
  private static final Pattern SYNCHRONISATION =
      Pattern.compile(
          "\\s*(cp\\.async\\.(wait_group|wait_all|commit_group)|bar\\.sync|barrier\\.).*");

  /** Loads in a ring of asynchronous copies; loads staged through registers (odd rows). */
  private static final List<GemmProblem> PROBLEMS =
      List.of(
          GemmProblem.random(64, 64, 192, DType.F16, DType.F16, 1),
          GemmProblem.random(40, 37, 99, DType.F16, DType.F16, 2));

  private static final Matmul KERNEL = new Matmul(DType.F16, DType.F16, 64, 64, 32);

  @Test
  void nothingIsFoundInWhatWasGenerated() {
    for (GemmProblem problem : PROBLEMS) {
      withImage(
          problem,
          (image, device, arguments) ->
              assertTrue(launch(image, device, arguments).findings().isEmpty()));
    }
  }

  @TestFactory
  Stream<DynamicTest> everyDeletionIsFound() {
    return PROBLEMS.stream().flatMap(FaultInjectionTest::deletions);
  }

  private static Stream<DynamicTest> deletions(GemmProblem problem) {
    List<DynamicTest> tests = new ArrayList<>();
    withImage(
        problem,
        (image, _, _) -> {
          List<String> lines = MutatedImage.text(image).lines().toList();
          for (int i = 0; i < lines.size(); i++) {
            if (SYNCHRONISATION.matcher(lines.get(i)).matches()) {
              int deleted = i;
              tests.add(
                  DynamicTest.dynamicTest(
                      "k=%d, line %d: %s".formatted(problem.k(), i + 1, lines.get(i).strip()),
                      () -> requireFinding(problem, deleted)));
            }
          }
        });
    assertFalse(tests.isEmpty(), "the kernel has nothing to delete");
    return tests.stream();
  }

  private static void requireFinding(GemmProblem problem, int deleted) {
    withImage(
        problem,
        (image, device, arguments) -> {
          List<String> lines = new ArrayList<>(MutatedImage.text(image).lines().toList());
          lines.set(deleted, "");
          KernelImage mutant = MutatedImage.of(image, String.join("\n", lines));
          assertFalse(launch(mutant, device, arguments).findings().isEmpty());
        });
  }

  private static LaunchReport launch(KernelImage image, Device device, Arguments arguments) {
    try (LoadedImage loaded = device.load(image)) {
      return loaded.bind(arguments).observe(device.stream());
    }
  }

  private interface Use {
    void use(KernelImage image, Device device, Arguments arguments);
  }

  private static void withImage(GemmProblem problem, Use use) {
    try (Device device = Device.open("emulator:sm_80");
        KernelLauncher launcher = new KernelLauncher(device);
        Tensor a = problem.a().upload(device);
        Tensor b = problem.b().upload(device);
        Tensor c = Tensor.of(device, problem.out(), problem.m(), problem.n())) {
      Arguments arguments = Arguments.of("a", a).with("b", b.transpose()).with("c", c);
      Compilation compilation = launcher.compilation(KERNEL, arguments);
      use.use(compilation.image(), device, arguments);
    }
  }
}
