package dev.tilewright;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.ir.target.Backend;
import dev.tilewright.ir.target.GeneratedCode;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.text.Printer;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.layout.SizeExpr;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.KernelParameter;
import dev.tilewright.runtime.TensorRequirement;
import dev.tilewright.runtime.spi.ClusterShape;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Wraps generated code into what the runtime loads. */
final class Images {
  private Images() {}

  static KernelImage image(
      KernelFunction function, ThreadFunction threads, GeneratedCode code, String fingerprint) {
    return new KernelImage(
        code.entry(),
        threads.target(),
        format(code.language()),
        code.text().getBytes(StandardCharsets.UTF_8),
        threads.parameters().stream().map(p -> parameter(p, function)).toList(),
        function.grid(),
        threads.threads(),
        new ClusterShape(threads.cluster(), 1, 1),
        threads.sharedBytes(),
        requirements(function),
        divisors(function),
        fingerprint);
  }

  /**
   * A hash of all that decides about the code: the kernel with its facts and source lines (which
   * the code names), the target, the schedule and the compiler itself.
   */
  static String fingerprint(
      KernelFunction function, Target target, Schedule schedule, Backend backend) {
    MessageDigest digest = CompilerFingerprint.sha256();
    List<String> parts =
        List.of(
            Printer.print(function),
            target.name(),
            schedule.toString(),
            CompilerFingerprint.of(backend.getClass()));
    for (String part : parts) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
      digest.update(bytes);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static KernelImage.Format format(String language) {
    return switch (language) {
      case "ptx" -> KernelImage.Format.PTX;
      case "hip" -> KernelImage.Format.HIP_SOURCE;
      default -> throw new IllegalArgumentException("no image holds code in " + language);
    };
  }

  private static KernelParameter parameter(ThreadParameter parameter, KernelFunction function) {
    return switch (parameter) {
      case ThreadParameter.Pointer p -> new KernelParameter.Pointer(p.tensor());
      case ThreadParameter.Stride s -> new KernelParameter.Stride(s.tensor(), s.dimension());
      case ThreadParameter.Dimension d -> new KernelParameter.Dimension(d.name());
      case ThreadParameter.Scalar s ->
          new KernelParameter.Scalar(s.name(), s.value().type().element());
      case ThreadParameter.TensorMap m -> TensorMapParameters.of(m, function);
      case ThreadParameter.Workspace w ->
          new KernelParameter.Workspace(w.name(), size(w, function), w.zeroed());
    };
  }

  private static SizeExpr size(ThreadParameter.Workspace workspace, KernelFunction function) {
    SizeExpr bytes = new SizeExpr.Constant(workspace.placeBytes());
    return function.parameters().stream()
        .filter(Parameter.Workspace.class::isInstance)
        .filter(p -> p.name().equals(workspace.name()))
        .map(p -> (SizeExpr) new SizeExpr.Product(((Parameter.Workspace) p).places(), bytes))
        .findFirst()
        .orElseThrow();
  }

  private static List<TensorRequirement> requirements(KernelFunction function) {
    return function.parameters().stream()
        .filter(Parameter.Tensor.class::isInstance)
        .map(Parameter.Tensor.class::cast)
        .map(
            tensor ->
                new TensorRequirement(
                    tensor.name(),
                    tensor.dtype(),
                    tensor.shape(),
                    tensor.unitDimension(),
                    tensor.alignment(),
                    tensor.access() != Parameter.Access.IN))
        .toList();
  }

  private static SequencedMap<String, Integer> divisors(KernelFunction function) {
    SequencedMap<String, Integer> divisors = new LinkedHashMap<>();
    for (Parameter parameter : function.parameters()) {
      if (parameter instanceof Parameter.Dimension d && d.divisor() > 1) {
        divisors.put(d.name(), d.divisor());
      }
    }
    return divisors;
  }
}
