package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.FindingCode;
import dev.tilewright.emulator.wgmma.Multiply;
import java.util.Arrays;

/**
 * {@code wgmma.mma_async}.
 *
 * @param d word registers of D
 * @param dIds their ids
 * @param aDescriptor long register with the descriptor of A, or -1 if A is in registers
 * @param a word registers of A; none if it is in shared memory
 * @param aIds their ids
 * @param bDescriptor long register with the descriptor of B
 * @param scaleD predicate that says whether to add to D
 */
public record Wgmma(
    Multiply multiply,
    int[] d,
    int[] dIds,
    int aDescriptor,
    int[] a,
    int[] aIds,
    int bDescriptor,
    int scaleD,
    boolean scaleDInverted)
    implements Action.Step {

  @Override
  public void run(Warp warp, int mask) {
    warp.warpgroup().issue(warp, this);
  }

  /** {@code wgmma.wait_group n}. */
  public static Action.Await await(int n) {
    return new Action.Await(
        new Action.Condition() {
          @Override
          public boolean holds(Warp warp) {
            return warp.warpgroup().mayWait(warp, n);
          }

          @Override
          public String describe(Warp warp) {
            return warp.warpgroup().missing();
          }

          @Override
          public FindingCode failure() {
            return FindingCode.WARPGROUP_DIVERGENT;
          }
        },
        (warp, mask) -> warp.warpgroup().await(warp, n));
  }

  /**
   * Whether accumulating with one after the other is ordered by itself: same registers, same shape
   * (PTX ISA, {@code wgmma.fence}).
   */
  boolean continues(Wgmma before) {
    return this == before || holdsSameD(before) && multiply.shape().equals(before.multiply.shape());
  }

  /** Whether the same registers hold the same elements of D. */
  boolean holdsSameD(Wgmma other) {
    return multiply.n() == other.multiply.n()
        && multiply.d() == other.multiply.d()
        && Arrays.equals(d, other.d);
  }
}
