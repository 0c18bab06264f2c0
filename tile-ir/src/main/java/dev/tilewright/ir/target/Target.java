package dev.tilewright.ir.target;

import dev.tilewright.layout.analysis.BankModel;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A compilation target.
 *
 * @param name such as {@code sm_80}
 * @param lanes threads of a warp, a power of two
 * @param sharedBytesPerBlock the most shared memory a block may use, in bytes
 * @param registersPerThread the most 32-bit registers a thread may use
 * @param maxThreadsPerBlock threads a block may have
 * @param vectorBytes the sizes of one thread's global and shared accesses, in bytes, ascending
 * @param asyncCopyBytes the sizes of one thread's asynchronous copy from global to shared memory,
 *     in bytes, ascending; empty when there is none
 * @param matrixLoads whether 8×8 matrices of 16-bit elements can be loaded from shared memory by a
 *     whole warp ({@code ldmatrix}), transposed or not
 * @param sharedBanks how shared memory serves the lanes of a warp
 * @param mmaInstructions matrix instructions of a warp, best first
 * @param byteFloatConversions whether pairs of {@code f8e4m3} and {@code f8e5m2} are converted to
 *     {@code f16} by an instruction
 * @param warpSpecialization what it offers to blocks whose warps do different things, if anything
 */
public record Target(
    String name,
    int lanes,
    int sharedBytesPerBlock,
    int registersPerThread,
    int maxThreadsPerBlock,
    List<Integer> vectorBytes,
    Set<Integer> asyncCopyBytes,
    boolean matrixLoads,
    BankModel sharedBanks,
    List<MmaInstruction> mmaInstructions,
    boolean byteFloatConversions,
    Optional<WarpSpecialization> warpSpecialization) {
  public Target {
    vectorBytes = List.copyOf(vectorBytes);
    mmaInstructions = List.copyOf(mmaInstructions);
    asyncCopyBytes = Collections.unmodifiableSortedSet(new TreeSet<>(asyncCopyBytes));
  }

  /** A target whose warps all do the same. */
  public Target(
      String name,
      int lanes,
      int sharedBytesPerBlock,
      int registersPerThread,
      int maxThreadsPerBlock,
      List<Integer> vectorBytes,
      Set<Integer> asyncCopyBytes,
      boolean matrixLoads,
      BankModel sharedBanks,
      List<MmaInstruction> mmaInstructions) {
    this(
        name,
        lanes,
        sharedBytesPerBlock,
        registersPerThread,
        maxThreadsPerBlock,
        vectorBytes,
        asyncCopyBytes,
        matrixLoads,
        sharedBanks,
        mmaInstructions,
        false,
        Optional.empty());
  }

  /** Blocks that run side by side on the largest chip of this kind, one on each multiprocessor. */
  public int multiprocessors() {
    return warpSpecialization.map(WarpSpecialization::multiprocessors).orElse(108);
  }

  /** The instruction of that name. */
  public Optional<MmaInstruction> mma(String instruction) {
    return mmaInstructions.stream().filter(i -> i.name().equals(instruction)).findFirst();
  }

  /** The family of group instructions that holds one of that name. */
  public Optional<GroupMma> groupMma(String instruction) {
    return warpSpecialization.stream()
        .flatMap(w -> w.products().stream())
        .filter(family -> family.includes(instruction))
        .findFirst();
  }

  @Override
  public String toString() {
    return name;
  }
}
