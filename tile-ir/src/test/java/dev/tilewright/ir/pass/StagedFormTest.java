package dev.tilewright.ir.pass;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.pass.Kernels.Gemm;
import dev.tilewright.ir.target.Target;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever kernel goes in, the pipeline ends in the staged form. */
final class StagedFormTest {
  private static final Map<String, KernelFunction> KERNELS = kernels();

  private static Map<String, KernelFunction> kernels() {
    Map<String, KernelFunction> kernels = new LinkedHashMap<>();
    Gemm half = Gemm.of(DType.F16, DType.F32, DType.F16, 128, 128, 32);
    kernels.put("gemm of f16", half.build());
    kernels.put("gemm of f16, divisible", half.facts(128, 16).build());
    kernels.put("gemm of f16, rows at any address", half.facts(1, 2).build());
    kernels.put("gemm of f16, b not transposed", half.withPlainB().build());
    kernels.put("one instruction", Gemm.of(DType.F16, DType.F32, DType.F32, 16, 8, 16).build());
    kernels.put("odd tiles", Gemm.of(DType.BF16, DType.F32, DType.BF16, 48, 24, 48).build());
    kernels.put(
        "gemm of tf32",
        Gemm.of(DType.F32, DType.F32, DType.F32, 64, 64, 16).withFactor(DType.TF32).build());
    kernels.put("gemm of i8", Gemm.of(DType.I8, DType.I32, DType.I32, 64, 64, 64).build());
    kernels.put(
        "gemm of f8 cast to f16",
        Gemm.of(DType.F8E4M3, DType.F32, DType.F16, 64, 64, 32).withFactor(DType.F16).build());
    kernels.put("softmax", Kernels.softmax(DType.F16, 4, 128));
    kernels.put("softmax of one row", Kernels.softmax(DType.F32, 1, 1024));
    kernels.put("transpose", Kernels.transpose(DType.F16, 64, 64));
    kernels.put("transpose of odd tiles", Kernels.transpose(DType.F32, 32, 48));
    kernels.put("transpose of small tiles", Kernels.transpose(DType.I8, 20, 12));
    kernels.put("column sums", Kernels.columnSums(DType.F16, 64, 64));
    kernels.put("attention", Kernels.attention(64, 64, 64));
    return kernels;
  }

  @Provide
  Arbitrary<String> kernelNames() {
    return Arbitraries.of(KERNELS.keySet());
  }

  @Provide
  Arbitrary<Target> targets() {
    return Arbitraries.of(TestTargets.FULL, TestTargets.SYNCHRONOUS);
  }

  @Provide
  Arbitrary<Schedule> schedules() {
    Arbitrary<Schedule> warps = Arbitraries.of(4, 8).map(Schedule.AUTOMATIC::withWarps);
    return Arbitraries.oneOf(
        Arbitraries.just(Schedule.AUTOMATIC),
        warps,
        Arbitraries.of(1, 2, 3).map(Schedule.AUTOMATIC::withStages));
  }

  @Property(tries = 80)
  void pipelineEndsInStagedForm(
      @ForAll("kernelNames") String kernel,
      @ForAll("targets") Target target,
      @ForAll("schedules") Schedule schedule) {
    PassContext context = new PassContext(target, schedule, new CompileReport());
    KernelFunction staged =
        Pipeline.run(Objects.requireNonNull(KERNELS.get(kernel)), context, (_, _) -> {});
    StagedForm.check(staged, target);
  }
}
