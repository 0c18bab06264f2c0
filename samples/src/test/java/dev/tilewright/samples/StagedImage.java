package dev.tilewright.samples;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.target.Backend;
import dev.tilewright.ir.target.GeneratedCode;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.KernelParameter;
import dev.tilewright.runtime.TensorRequirement;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Images of functions that tests stage themselves, past the pipeline. */
public final class StagedImage {
  private StagedImage() {}

  public static KernelImage of(
      KernelFunction function, ThreadFunction threads, Backend backend, Target target) {
    GeneratedCode code = backend.generate(threads, target);
    List<TensorRequirement> requirements = new ArrayList<>();
    for (Parameter parameter : function.parameters()) {
      if (parameter instanceof Parameter.Tensor t) {
        boolean written = t.access() != Parameter.Access.IN;
        requirements.add(
            new TensorRequirement(
                t.name(), t.dtype(), t.shape(), t.unitDimension(), t.alignment(), written));
      }
    }
    return new KernelImage(
        code.entry(),
        threads.target(),
        KernelImage.Format.PTX,
        code.text().getBytes(StandardCharsets.UTF_8),
        threads.parameters().stream().map(StagedImage::parameter).toList(),
        function.grid(),
        threads.threads(),
        threads.sharedBytes(),
        requirements,
        "test");
  }

  private static KernelParameter parameter(ThreadParameter parameter) {
    return switch (parameter) {
      case ThreadParameter.Pointer p -> new KernelParameter.Pointer(p.tensor());
      case ThreadParameter.Stride s -> new KernelParameter.Stride(s.tensor(), s.dimension());
      case ThreadParameter.Dimension d -> new KernelParameter.Dimension(d.name());
      case ThreadParameter.Scalar s ->
          new KernelParameter.Scalar(s.name(), s.value().type().element());
      case ThreadParameter.Workspace w -> throw new IllegalArgumentException("not asked for: " + w);
      case ThreadParameter.TensorMap m -> throw new IllegalArgumentException("not asked for: " + m);
    };
  }
}
