package dev.tilewright.ir.pass;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

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
    return with(choices -> choices.warps = OptionalInt.of(newWarps));
  }

  public Schedule withStages(int newStages) {
    return with(choices -> choices.stages = OptionalInt.of(newStages));
  }

  public Schedule withSpecialize(boolean newSpecialize) {
    return with(choices -> choices.specialize = Optional.of(newSpecialize));
  }

  public Schedule withMmaDepth(int newMmaDepth) {
    return with(choices -> choices.mmaDepth = OptionalInt.of(newMmaDepth));
  }

  public Schedule withPersistent(boolean newPersistent) {
    return with(choices -> choices.persistent = Optional.of(newPersistent));
  }

  public Schedule withBlocks(int newBlocks) {
    return with(choices -> choices.blocks = OptionalInt.of(newBlocks));
  }

  public Schedule withRasterGroup(int newRasterGroup) {
    return with(choices -> choices.rasterGroup = OptionalInt.of(newRasterGroup));
  }

  public Schedule withCluster(int newCluster) {
    return with(choices -> choices.cluster = OptionalInt.of(newCluster));
  }

  public Schedule withPingPong(boolean newPingPong) {
    return with(choices -> choices.pingPong = Optional.of(newPingPong));
  }

  public Schedule withWork(Work newWork) {
    return with(choices -> choices.work = Optional.of(newWork));
  }

  public Schedule withDynamic(boolean newDynamic) {
    return with(choices -> choices.dynamic = Optional.of(newDynamic));
  }

  public Schedule withStoreRole(boolean newStoreRole) {
    return with(choices -> choices.storeRole = Optional.of(newStoreRole));
  }

  /** {@link Work.SplitK}. */
  public Schedule withSplitK(int parts) {
    return withWork(new Work.SplitK(parts));
  }

  /** {@link Work.StreamK}. */
  public Schedule withStreamK() {
    return withWork(new Work.StreamK());
  }

  private Schedule with(Consumer<Choices> change) {
    Choices choices = new Choices(this);
    change.accept(choices);
    return choices.schedule();
  }

  /** The components while one of them changes. */
  private static final class Choices {
    private OptionalInt warps;
    private OptionalInt stages;
    private Optional<Boolean> specialize;
    private OptionalInt mmaDepth;
    private Optional<Boolean> persistent;
    private OptionalInt blocks;
    private OptionalInt rasterGroup;
    private OptionalInt cluster;
    private Optional<Boolean> pingPong;
    private Optional<Work> work;
    private Optional<Boolean> dynamic;
    private Optional<Boolean> storeRole;

    Choices(Schedule from) {
      warps = from.warps();
      stages = from.stages();
      specialize = from.specialize();
      mmaDepth = from.mmaDepth();
      persistent = from.persistent();
      blocks = from.blocks();
      rasterGroup = from.rasterGroup();
      cluster = from.cluster();
      pingPong = from.pingPong();
      work = from.work();
      dynamic = from.dynamic();
      storeRole = from.storeRole();
    }

    Schedule schedule() {
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
          storeRole);
    }
  }
}
