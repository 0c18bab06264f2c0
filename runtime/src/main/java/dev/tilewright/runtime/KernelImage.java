package dev.tilewright.runtime;

import dev.tilewright.layout.SizeExpr;
import dev.tilewright.runtime.spi.ClusterShape;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

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
 * @param cluster blocks of one cluster; {@link ClusterShape#SINGLE} for code without clusters
 * @param sharedBytes dynamic shared memory of one block, in bytes
 * @param requirements what the arguments must satisfy for this code to be right
 * @param divisors for dimensions that the code assumes to be multiples of a number, that number
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
    ClusterShape cluster,
    int sharedBytes,
    List<TensorRequirement> requirements,
    SequencedMap<String, Integer> divisors,
    String fingerprint) {

  /** An image without clusters. */
  public KernelImage(
      String entry,
      String target,
      Format format,
      byte[] code,
      List<KernelParameter> parameters,
      List<SizeExpr> grid,
      int threads,
      int sharedBytes,
      List<TensorRequirement> requirements,
      SequencedMap<String, Integer> divisors,
      String fingerprint) {
    this(
        entry,
        target,
        format,
        code,
        parameters,
        grid,
        threads,
        ClusterShape.SINGLE,
        sharedBytes,
        requirements,
        divisors,
        fingerprint);
  }

  /** An image without clusters whose code is right for every size of the dimensions. */
  public KernelImage(
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
    this(
        entry,
        target,
        format,
        code,
        parameters,
        grid,
        threads,
        sharedBytes,
        requirements,
        new LinkedHashMap<>(),
        fingerprint);
  }

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
    divisors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(divisors));
    divisors.forEach(
        (name, divisor) -> {
          if (divisor < 1) {
            throw new IllegalArgumentException(
                "the divisor of dimension '" + name + "' must be positive, not " + divisor);
          }
        });
    if (grid.isEmpty() || grid.size() > 3) {
      throw new IllegalArgumentException("a grid has one to three sizes, not " + grid.size());
    }
  }

  @Override
  public byte[] code() {
    return code.clone();
  }

  /** The same image with clusters of that shape. */
  public KernelImage withCluster(ClusterShape shape) {
    return new KernelImage(
        entry,
        target,
        format,
        code,
        parameters,
        grid,
        threads,
        shape,
        sharedBytes,
        requirements,
        divisors,
        fingerprint);
  }

  /** Whether the other image has the same content, code bytes included. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other
            instanceof
            KernelImage(
                String otherEntry,
                String otherTarget,
                Format otherFormat,
                byte[] otherCode,
                List<KernelParameter> otherParameters,
                List<SizeExpr> otherGrid,
                int otherThreads,
                ClusterShape otherCluster,
                int otherSharedBytes,
                List<TensorRequirement> otherRequirements,
                SequencedMap<String, Integer> otherDivisors,
                String otherFingerprint)
        && entry.equals(otherEntry)
        && target.equals(otherTarget)
        && format == otherFormat
        && Arrays.equals(code, otherCode)
        && parameters.equals(otherParameters)
        && grid.equals(otherGrid)
        && threads == otherThreads
        && cluster.equals(otherCluster)
        && sharedBytes == otherSharedBytes
        && requirements.equals(otherRequirements)
        && divisors.equals(otherDivisors)
        && fingerprint.equals(otherFingerprint);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        entry,
        target,
        format.name(),
        Arrays.hashCode(code),
        parameters,
        grid,
        threads,
        cluster,
        sharedBytes,
        requirements,
        divisors,
        fingerprint);
  }

  /** Everything but the code, of which the size is shown. */
  @Override
  public String toString() {
    return "KernelImage["
        + entry
        + " for "
        + target
        + ", "
        + format
        + " of "
        + code.length
        + " bytes, parameters "
        + parameters
        + ", grid "
        + grid
        + ", "
        + threads
        + " threads, cluster "
        + cluster
        + ", "
        + sharedBytes
        + " bytes shared, requirements "
        + requirements
        + ", divisors "
        + divisors
        + ", fingerprint "
        + fingerprint
        + "]";
  }
}
