package dev.tilewright.emulator.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Split}s of one warp and which of them runs.
 *
 * <p>Of those that can run, the one whose basic block comes first in the program's block order
 * runs, and splits that meet at an instruction merge: thread frontiers (Diamos et al., "SIMD
 * Re-Convergence at Thread Frontiers", MICRO 2011), which reconverge no later than the immediate
 * post-dominator. A split that has run long while others starve yields, so that every lane makes
 * progress as independent thread scheduling promises.
 */
final class Divergence {
  /** Instructions after which a split lets a starving one go first. */
  private static final int PATIENCE = 4096;

  private final Program program;
  private final List<Split> splits = new ArrayList<>();
  private @Nullable Split current;
  private int patience = PATIENCE;

  Divergence(Program program) {
    this.program = program;
  }

  void start(int pc, int mask) {
    splits.add(new Split(pc, mask, null));
  }

  List<Split> splits() {
    return splits;
  }

  boolean runnable() {
    for (Split s : splits) {
      if (s.wait == Split.Wait.NONE) {
        return true;
      }
    }
    return false;
  }

  /** The split to run now, or null if all wait or none is left. */
  @Nullable Split next(long now) {
    patience--;
    Split split = current;
    if (split == null || split.wait != Split.Wait.NONE) {
      return choose(now);
    }
    // Paths join at leaders only.
    boolean mayJoin = splits.size() > 1 && program.leader()[split.pc];
    return mayJoin ? Objects.requireNonNull(choose(now)) : split;
  }

  private @Nullable Split choose(long now) {
    merge();
    Split best = null;
    boolean starving = patience <= 0;
    for (Split s : splits) {
      if (s.wait == Split.Wait.NONE && (best == null || before(s, best, starving))) {
        best = s;
      }
    }
    if (best != null) {
      if (best != current || starving) {
        patience = PATIENCE;
      }
      best.lastRun = now;
    }
    current = best;
    return best;
  }

  private boolean before(Split a, Split b, boolean starving) {
    if (starving && a.lastRun != b.lastRun) {
      return a.lastRun < b.lastRun;
    }
    if (a.depth() != b.depth()) {
      return a.depth() > b.depth();
    }
    return program.rank()[a.pc] < program.rank()[b.pc];
  }

  private void merge() {
    for (int a = 0; a < splits.size(); a++) {
      Split keep = splits.get(a);
      for (int b = splits.size() - 1; b > a; b--) {
        Split other = splits.get(b);
        if (other.pc == keep.pc && other.frame == keep.frame && mayMerge(keep) && mayMerge(other)) {
          keep.mask |= other.mask;
          keep.wait = Split.Wait.NONE;
          splits.remove(b);
        }
      }
    }
  }

  /** Lanes that have arrived at a barrier wait for their own phase of it. */
  private static boolean mayMerge(Split split) {
    return split.wait != Split.Wait.BARRIER && split.wait != Split.Wait.CLUSTER;
  }

  /** Takes {@code mask} out of the split and puts it at {@code target}. */
  Split fork(Split split, int mask, int target) {
    split.mask &= ~mask;
    Split other = new Split(target, mask, split.frame);
    other.lastRun = split.lastRun;
    splits.add(other);
    return other;
  }

  /** Lets the lanes outside {@code mask} go on to the next instruction on their own. */
  void separate(Split split, int mask) {
    if (mask != split.mask) {
      fork(split, split.mask & ~mask, split.pc + 1);
    }
  }

  /** All lanes of the split have ended. */
  void remove(Split split) {
    splits.remove(split);
    current = null;
  }

  /** Makes splits that wait for other lanes look again. */
  void wake() {
    for (Split s : splits) {
      if (s.wait == Split.Wait.MEMBERS || s.wait == Split.Wait.WARP) {
        s.wait = Split.Wait.NONE;
      }
    }
  }

  /** Makes splits that wait for a condition look again. */
  void recheck() {
    for (Split s : splits) {
      if (s.wait == Split.Wait.CONDITION) {
        s.wait = Split.Wait.NONE;
      }
    }
  }

  /** Lets another split, if there is one, go first. */
  void yield() {
    patience = 0;
  }
}
