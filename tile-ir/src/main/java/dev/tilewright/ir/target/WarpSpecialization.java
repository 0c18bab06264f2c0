package dev.tilewright.ir.target;

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
    List<GroupMma> products) {
  public WarpSpecialization {
    swizzleSpans = List.copyOf(swizzleSpans);
    products = List.copyOf(products);
  }
}
