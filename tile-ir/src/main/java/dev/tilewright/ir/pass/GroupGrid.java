package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.pass.RegisterLayouts.WarpDigit;
import dev.tilewright.ir.target.GroupMma;
import dev.tilewright.layout.Layout;
import java.util.List;

/** How the warp groups of a role share one asynchronous product: each takes some of the rows. */
record GroupGrid(GroupMma instruction, int m, int n, int k, int groups) {

  static GroupGrid of(AsyncOp.MmaAsync mma, GroupMma instruction, int groups) {
    List<Integer> result = mma.result().tile().shape();
    List<Integer> a = mma.a().isTile() ? mma.a().tile().shape() : mma.a().shared().shape();
    return new GroupGrid(
        instruction, result.get(0), result.get(1), a.get(mma.transposeA() ? 0 : 1), groups);
  }

  private List<WarpDigit> rows() {
    return List.of(new WarpDigit(groups, 0));
  }

  Layout a() {
    return RegisterLayouts.tiled(instruction.aLayout(), List.of(m, k), rows());
  }

  Layout accumulator() {
    return RegisterLayouts.tiled(instruction.accumulatorLayout(), List.of(m, n), rows());
  }

  @Override
  public String toString() {
    return "%d warp groups of %d×%d".formatted(groups, m / groups, n);
  }
}
