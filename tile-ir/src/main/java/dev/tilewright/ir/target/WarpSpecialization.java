package dev.tilewright.ir.target;

import dev.tilewright.layout.Swizzle;
import dev.tilewright.layout.analysis.BoxCopy;
import dev.tilewright.layout.analysis.MatrixDescriptor;
import dev.tilewright.layout.analysis.MatrixDescriptor.Major;
import dev.tilewright.layout.analysis.SwizzleMode;
import java.util.List;

/**
 * What a target offers to blocks whose warps do different things.
 *
 * @param groupWarps warps of a warp group, which executes a {@link GroupMma} and trades registers
 *     together
 * @param registerFile 32-bit registers of a block at most
 * @param registerGranule registers of a thread are traded in multiples of this
 * @param fewestRegisters that a thread can keep
 * @param mostRegisters that a thread can get
 * @param boxMost the most elements of a bulk copy along one dimension
 * @param boxAlignment of addresses and strides of bulk copies, in bytes
 * @param swizzleSpans the row lengths in bytes for which bulk copies swizzle shared memory, longest
 *     first
 * @param namedBarriers barriers that some warps of a block can meet at
 * @param clusterMost blocks of a cluster, which see each other's shared memory
 * @param multiprocessors of the largest chip of this kind
 * @param throughput what a multiprocessor does in a cycle
 * @param products matrix instructions of a warp group, best first
 */
public record WarpSpecialization(
    int groupWarps,
    int registerFile,
    int registerGranule,
    int fewestRegisters,
    int mostRegisters,
    int boxMost,
    int boxAlignment,
    List<Integer> swizzleSpans,
    int namedBarriers,
    int clusterMost,
    int multiprocessors,
    Throughput throughput,
    List<GroupMma> products) {
  private static final int BOX_ADDRESS_ALIGNMENT = 128;
  private static final int BOX_RANK = 5;
  private static final int CORE_MATRIX_ROWS = 8;

  /** 14 bits, in units of 16 bytes. */
  private static final int MOST_OFFSET = 0x3FFF << 4;

  public WarpSpecialization {
    swizzleSpans = List.copyOf(swizzleSpans);
    products = List.copyOf(products);
  }

  /** The boxes that bulk copies move, swizzled in the longest lines first. */
  public BoxCopy.Engine engine() {
    return new BoxCopy.Engine(
        swizzleSpans.stream().map(WarpSpecialization::mode).toList(),
        boxAlignment,
        BOX_ADDRESS_ALIGNMENT,
        boxMost,
        BOX_RANK);
  }

  /**
   * Registers of a thread when a block starts, which is what its warp groups can trade: the file
   * over its threads, in granules.
   *
   * @param most that one thread may use
   */
  public int launchedRegisters(int threads, int most) {
    return Math.min(most, registerFile / threads / registerGranule * registerGranule);
  }

  /** Chunks of 16 bytes are exchanged within a line by the number of the 128-byte line. */
  private static SwizzleMode mode(int span) {
    int bits = Integer.numberOfTrailingZeros(span / 16);
    return new SwizzleMode(span, new Swizzle(bits, 4, 3));
  }

  /**
   * What stands beside the address in the descriptor of a matrix in shared memory (PTX ISA, "Matrix
   * Descriptor Format"): the leading dimension's byte offset in bits 16 to 29 and the stride
   * dimension's in bits 32 to 45, both in units of 16 bytes, and the swizzle in bits 62 and 63.
   */
  public long descriptor(MatrixDescriptor matrix) {
    long swizzle =
        matrix.swizzle().isNone()
            ? 0
            : 1 + swizzleSpans.indexOf((int) matrix.swizzle().lineBytes());
    return matrix.leadingBytes() >> 4 << 16 | matrix.strideBytes() >> 4 << 32 | swizzle << 62;
  }

  /** How the instructions of a family find their operands in shared memory. */
  public MatrixDescriptor.Format operands(GroupMma family) {
    return new MatrixDescriptor.Format(
        engine().swizzles(),
        CORE_MATRIX_ROWS,
        boxAlignment,
        MOST_OFFSET,
        family.otherMajor() ? List.of(Major.K, Major.MN) : List.of(Major.K));
  }
}
