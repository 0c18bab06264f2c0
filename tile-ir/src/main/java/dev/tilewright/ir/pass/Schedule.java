package dev.tilewright.ir.pass;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Choices that change how fast a kernel is and never what it computes. What is absent, the passes
 * choose.
 *
 * @param warps warps of a block that compute, a power of two
 * @param stages depth of the ring through which a loop's loads are pipelined; 1 turns pipelining
 *     off
 * @param specialize whether warps take different roles, where the target and the program allow it
 * @param mmaDepth matrix products of a warp group that are under way at once
 * @param persistent whether a fixed number of blocks take the tiles of the grid in turn
 * @param blocks that number
 * @param rasterGroup tiles along x that are taken together, for all of y
 * @param pingPong whether two consumers take turns, each with a tile of its own, instead of sharing
 *     one
 * @param work how the iterations of products are handed to the blocks
 * @param cluster neighbouring blocks along x that load together what they share
 * @param dynamic whether persistent blocks fetch the next tile's number from a counter they share,
 *     instead of each taking every so many-th
 * @param storeRole whether a role of its own has the tiles copied out that consumers have computed
 */
public record Schedule(
    OptionalInt warps,
    OptionalInt stages,
    Optional<Boolean> specialize,
    OptionalInt mmaDepth,
    Optional<Boolean> persistent,
    OptionalInt blocks,
    OptionalInt rasterGroup,
    OptionalInt cluster,
    Optional<Boolean> pingPong,
    Optional<Work> work,
    Optional<Boolean> dynamic,
    Optional<Boolean> storeRole) {

  /** How the iterations of a grid of products are handed to its blocks. */
  public sealed interface Work {

    /** Whole tiles: no block waits for another. */
    record Tiles() implements Work {}

    /**
     * Each tile's iterations are cut into equal parts, each of which is a block's (split-K).
     *
     * @param parts at least one
     */
    record SplitK(int parts) implements Work {
      public SplitK {
        if (parts < 1) {
          throw new IllegalArgumentException("split-K into " + parts + " parts");
        }
      }
    }

    /**
     * All iterations of all tiles are cut into equal parts, as many as there are blocks: {@link
     * #blocks}, or the device's multiprocessors (Osama et al., "Stream-K: Work-Centric Parallel
     * Decomposition for Dense Matrix-Matrix Multiplication on the GPU", 2023).
     */
    record StreamK() implements Work {}
  }

  /** All choices left to the compiler. */
  public static final Schedule AUTOMATIC =
      new Schedule(
          OptionalInt.empty(),
          OptionalInt.empty(),
          Optional.empty(),
          OptionalInt.empty(),
          Optional.empty(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  public Schedule withWarps(int newWarps) {
    return new Schedule(
        OptionalInt.of(newWarps),
        stages,
        specialize,
        mmaDepth,
        persistent,
        blocks,
        rasterGroup,
        cluster,
        pingPong,
        work,
        dynamic,
        storeRole);
  }

  public Schedule withStages(int newStages) {
    return new Schedule(
        warps,
        OptionalInt.of(newStages),
        specialize,
        mmaDepth,
        persistent,
        blocks,
        rasterGroup,
        cluster,
        pingPong,
        work,
        dynamic,
        storeRole);
  }

  public Schedule withSpecialize(boolean newSpecialize) {
    return new Schedule(
        warps,
        stages,
        Optional.of(newSpecialize),
        mmaDepth,
        persistent,
        blocks,
        rasterGroup,
        cluster,
        pingPong,
        work,
        dynamic,
        storeRole);
  }

  public Schedule withMmaDepth(int newMmaDepth) {
    return new Schedule(
        warps,
        stages,
        specialize,
        OptionalInt.of(newMmaDepth),
        persistent,
        blocks,
        rasterGroup,
        cluster,
        pingPong,
        work,
        dynamic,
        storeRole);
  }

  public Schedule withPersistent(boolean newPersistent) {
    return new Schedule(
        warps,
        stages,
        specialize,
        mmaDepth,
        Optional.of(newPersistent),
        blocks,
        rasterGroup,
        cluster,
        pingPong,
        work,
        dynamic,
        storeRole);
  }

  public Schedule withBlocks(int newBlocks) {
    return new Schedule(
        warps,
        stages,
        specialize,
        mmaDepth,
        persistent,
        OptionalInt.of(newBlocks),
        rasterGroup,
        cluster,
        pingPong,
        work,
        dynamic,
        storeRole);
  }

  public Schedule withRasterGroup(int newRasterGroup) {
    return new Schedule(
        warps,
        stages,
        specialize,
        mmaDepth,
        persistent,
        blocks,
        OptionalInt.of(newRasterGroup),
        cluster,
        pingPong,
        work,
        dynamic,
        storeRole);
  }

  public Schedule withCluster(int newCluster) {
    return new Schedule(
        warps,
        stages,
        specialize,
        mmaDepth,
        persistent,
        blocks,
        rasterGroup,
        OptionalInt.of(newCluster),
        pingPong,
        work,
        dynamic,
        storeRole);
  }

  public Schedule withPingPong(boolean newPingPong) {
    return new Schedule(
        warps,
        stages,
        specialize,
        mmaDepth,
        persistent,
        blocks,
        rasterGroup,
        cluster,
        Optional.of(newPingPong),
        work,
        dynamic,
        storeRole);
  }

  public Schedule withWork(Work newWork) {
    return new Schedule(
        warps,
        stages,
        specialize,
        mmaDepth,
        persistent,
        blocks,
        rasterGroup,
        cluster,
        pingPong,
        Optional.of(newWork),
        dynamic,
        storeRole);
  }

  public Schedule withDynamic(boolean newDynamic) {
    return new Schedule(
        warps,
        stages,
        specialize,
        mmaDepth,
        persistent,
        blocks,
        rasterGroup,
        cluster,
        pingPong,
        work,
        Optional.of(newDynamic),
        storeRole);
  }

  public Schedule withStoreRole(boolean newStoreRole) {
    return new Schedule(
        warps,
        stages,
        specialize,
        mmaDepth,
        persistent,
        blocks,
        rasterGroup,
        cluster,
        pingPong,
        work,
        dynamic,
        Optional.of(newStoreRole));
  }

  /** {@link Work.SplitK}. */
  public Schedule withSplitK(int parts) {
    return withWork(new Work.SplitK(parts));
  }

  /** {@link Work.StreamK}. */
  public Schedule withStreamK() {
    return withWork(new Work.StreamK());
  }
}
