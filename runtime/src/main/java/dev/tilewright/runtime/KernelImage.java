package dev.tilewright.runtime;

import dev.tilewright.layout.SizeExpr;
import java.util.List;

/**
 * A compiled kernel: all that is needed to load and launch it.
 *
 * @param entry the entry point's name in the code
 * @param target the target it was compiled for, such as {@code sm_80}
 * @param format what {@code code} holds
 * @param code the code: text in UTF-8 for {@code PTX}, an ELF file for {@code CUBIN}
 * @param parameters the parameter buffer, in order
 * @param grid blocks along x, y and z (one to three entries) as functions of the dimensions
 * @param threads threads of one block
 * @param sharedBytes dynamic shared memory of one block, in bytes
 * @param requirements what the arguments must satisfy for this code to be right
 * @param fingerprint a hash of everything the code depends on: the kernel, its choices, the target
 *     and the compiler itself
 */
public record KernelImage(
    String entry,
    String target,
    Format format,
    byte[] code,
    List<KernelParameter> parameters,
    List<SizeExpr> grid,
    int threads,
    int sharedBytes,
    List<TensorRequirement> requirements,
    String fingerprint) {

  /** What the code bytes are. */
  public enum Format {
    PTX,
    CUBIN,
    HIP_SOURCE,
    CODE_OBJECT
  }

  public KernelImage {
    code = code.clone();
    parameters = List.copyOf(parameters);
    grid = List.copyOf(grid);
    requirements = List.copyOf(requirements);
  }

  @Override
  public byte[] code() {
    return code.clone();
  }
}
