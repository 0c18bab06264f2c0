package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.sanitizer.FindingCode;

/** What changes a warp's control flow: branches, ends, calls, and everything that waits. */
final class Control {
  private final Warp warp;
  private final Block block;
  private final Program program;
  private final Divergence divergence;
  private final Calls calls;

  Control(Warp warp, Program program, Divergence divergence) {
    this.warp = warp;
    this.block = warp.block;
    this.program = program;
    this.divergence = divergence;
    this.calls = new Calls(warp, program);
  }

  /** Executes an instruction for the lanes of {@code mask}; false if others should run first. */
  boolean execute(Split split, Instruction i, int mask) {
    switch (i.action()) {
      case Action.Step step -> throw new AssertionError(step);
      case Action.Branch branch -> {
        if (mask == split.mask) {
          split.pc = branch.target();
        } else {
          block.counters.add(Counter.DIVERGENT_BRANCHES, 1);
          divergence.fork(split, mask, branch.target());
          split.pc++;
        }
      }
      case Action.IndexedBranch branch -> indexed(split, branch, mask);
      case Action.Exit exit -> exit(split, mask);
      case Action.Return r -> {
        if (split.frame == null) {
          exit(split, mask);
        } else {
          divergence.separate(split, mask);
          calls.leave(split);
        }
      }
      case Action.Call call -> call(split, call, mask);
      case Action.Converge converge -> converge(split, i, converge, mask);
      case Action.Aligned aligned -> {
        if (wholeWarp(split, mask)) {
          requireAllLanes(mask);
          aligned.step().run(warp, mask);
          warp.define(i, mask);
          split.pc++;
        }
      }
      case Action.Await await -> {
        return await(split, i, await, mask);
      }
      case Action.BlockBarrier barrier -> {
        return barrier(split, i, barrier, mask);
      }
      case Action.ClusterArrive arrive -> {
        if (!arrive.aligned() || wholeWarp(split, mask)) {
          block.cluster.barrier.arrive(warp, mask, arrive.relaxed());
          split.pc++;
        }
      }
      case Action.ClusterWait wait -> {
        if (!wait.aligned() || wholeWarp(split, mask)) {
          return clusterWait(split, mask);
        }
      }
      case Action.Poll poll -> {
        boolean done = poll.poll(warp, mask);
        warp.define(i, mask);
        split.pc++;
        if (!done) {
          // Waiting lanes must not starve the rest of their own warp.
          divergence.yield();
          warp.pollFailed();
        }
        return done;
      }
    }
    return true;
  }

  /** The lanes of {@code rest} whose register holds the same as the first one's. */
  private int sameWord(int register, int rest) {
    int value = warp.words[register + Integer.numberOfTrailingZeros(rest)];
    int same = 0;
    for (int m = rest; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      same |= warp.words[register + lane] == value ? 1 << lane : 0;
    }
    return same;
  }

  private void indexed(Split split, Action.IndexedBranch branch, int mask) {
    for (int rest = mask; rest != 0; ) {
      int lane = Integer.numberOfTrailingZeros(rest);
      int value = warp.words[branch.index() + lane];
      if (value < 0 || value >= branch.targets().length) {
        throw warp.fault(
            FindingCode.OUT_OF_BOUNDS,
            lane,
            "index " + value + " is outside its " + branch.targets().length + " targets");
      }
      int same = sameWord(branch.index(), rest);
      rest &= ~same;
      if (same == split.mask) {
        split.pc = branch.targets()[value];
        return;
      }
      divergence.fork(split, same, branch.targets()[value]);
    }
    split.pc++;
  }

  private void exit(Split split, int mask) {
    warp.live &= ~mask;
    block.cluster.progress++;
    split.mask &= ~mask;
    split.pc++;
    if (split.mask == 0) {
      divergence.remove(split);
    }
    // Lanes that ended no longer keep others waiting.
    divergence.wake();
    block.threadsExited(warp);
    if (warp.exited()) {
      block.peers.ended(warp);
    }
    block.cluster.barrier.completeIfFull();
  }

  private void call(Split split, Action.Call call, int mask) {
    divergence.separate(split, mask);
    if (call.callee() >= 0) {
      calls.enter(split, call, program.functions().get(call.callee()));
      return;
    }
    for (int rest = mask; rest != 0; ) {
      int lane = Integer.numberOfTrailingZeros(rest);
      long address = warp.longs[call.pointer() + lane];
      int number = block.launch.functionAt(address);
      if (number < 0) {
        throw warp.fault(
            FindingCode.CALL, lane, "through 0x" + Long.toHexString(address) + ": no function");
      }
      int same = 0;
      for (int m = rest; m != 0; m &= m - 1) {
        int l = Integer.numberOfTrailingZeros(m);
        same |= warp.longs[call.pointer() + l] == address ? 1 << l : 0;
      }
      rest &= ~same;
      Split target = same == split.mask ? split : divergence.fork(split, same, split.pc);
      calls.enter(target, call, program.functions().get(number));
    }
  }

  // ---- waiting for lanes

  /** An instruction that has to wait is counted when it gets through. */
  private void uncount(Instruction i) {
    block.counters.add(Counter.INSTRUCTIONS, -1);
    block.counters.add(i.counter(), -1);
  }

  private boolean wholeWarp(Split split, int mask) {
    if (mask == warp.live) {
      return true;
    }
    uncount(program.code()[split.pc]);
    divergence.separate(split, mask);
    split.wait = Split.Wait.WARP;
    return false;
  }

  private boolean await(Split split, Instruction i, Action.Await await, int mask) {
    if (!wholeWarp(split, mask)) {
      return true;
    }
    requireAllLanes(mask);
    if (!await.condition().holds(warp)) {
      uncount(i);
      split.wait = Split.Wait.CONDITION;
      return false;
    }
    await.step().run(warp, mask);
    warp.define(i, mask);
    split.pc++;
    return true;
  }

  private void requireAllLanes(int mask) {
    if (mask != -1) {
      throw warp.fault(
          FindingCode.WARP_DIVERGENT,
          Integer.numberOfTrailingZeros(mask),
          "needs all 32 lanes of the warp; there are only lanes 0x" + Integer.toHexString(mask));
    }
  }

  private void converge(Split split, Instruction i, Action.Converge converge, int mask) {
    int waiting = 0;
    for (int rest = mask; rest != 0; ) {
      int members = warp.words[converge.members() + Integer.numberOfTrailingZeros(rest)];
      int same = sameWord(converge.members(), rest);
      rest &= ~same;
      if ((same & ~members) != 0) {
        throw warp.fault(
            FindingCode.MEMBER_MASK,
            Integer.numberOfTrailingZeros(same & ~members),
            "is executed by a lane that is not in its member mask 0x"
                + Integer.toHexString(members));
      }
      if ((members & warp.live & ~same) != 0) {
        waiting |= same;
        continue;
      }
      converge.step().run(warp, same);
      warp.define(i, same);
      if (converge.orders()) {
        warp.synchronizeLanes();
      }
    }
    if (waiting == 0) {
      split.pc++;
      return;
    }
    if (waiting == mask) {
      uncount(i);
    }
    divergence.separate(split, waiting);
    split.wait = Split.Wait.MEMBERS;
  }

  // ---- waiting for the block

  private boolean barrier(Split split, Instruction i, Action.BlockBarrier barrier, int mask) {
    if (barrier.aligned() && !wholeWarp(split, mask)) {
      return true;
    }
    divergence.separate(split, mask);
    int lane = Integer.numberOfTrailingZeros(mask);
    int id = warp.words[barrier.id() + lane];
    int count = barrier.count() < 0 ? -1 : warp.words[barrier.count() + lane];
    warp.define(i, mask);
    if (barrier.waits()) {
      split.wait = Split.Wait.BARRIER;
      split.barrier = id;
    } else {
      split.pc++;
    }
    block.arrive(warp, mask, id, count, barrier);
    return split.wait == Split.Wait.NONE;
  }

  private boolean clusterWait(Split split, int mask) {
    divergence.separate(split, mask);
    if (block.cluster.barrier.tryWait(warp, mask)) {
      split.pc++;
      return true;
    }
    uncount(program.code()[split.pc]);
    split.wait = Split.Wait.CLUSTER;
    return false;
  }

  /** Lets the splits that wait at the cluster's barrier look again. */
  void wakeCluster() {
    for (Split s : divergence.splits()) {
      if (s.wait == Split.Wait.CLUSTER) {
        s.wait = Split.Wait.NONE;
      }
    }
  }

  /** Lets the splits that wait at barrier {@code id} go on; returns whether there are any. */
  boolean release(int id, Action.BlockBarrier.Reduction kind, int value) {
    boolean waited = false;
    for (Split s : divergence.splits()) {
      if (s.wait == Split.Wait.BARRIER && s.barrier == id) {
        waited = true;
        s.wait = Split.Wait.NONE;
        if (program.code()[s.pc].action() instanceof Action.BlockBarrier b && b.output() >= 0) {
          setReduction(b, kind, value, s.mask);
        }
        s.pc++;
      }
    }
    return waited;
  }

  private void setReduction(
      Action.BlockBarrier b, Action.BlockBarrier.Reduction kind, int value, int mask) {
    int out = b.output();
    if (kind == Action.BlockBarrier.Reduction.POPC) {
      for (int m = mask; m != 0; m &= m - 1) {
        warp.words[out + Integer.numberOfTrailingZeros(m)] = value;
      }
    } else {
      int old = warp.predicates[out];
      warp.predicates[out] = value != 0 ? old | mask : old & ~mask;
    }
  }

  // ---- deadlock

  String waitingFor() {
    StringBuilder text = new StringBuilder();
    for (Split s : divergence.splits()) {
      Instruction i = program.code()[s.pc];
      String what =
          switch (s.wait) {
            case NONE -> warp.polled();
            case CLUSTER -> block.cluster.barrier.describe();
            case MEMBERS -> "the other lanes of their member mask";
            case WARP ->
                "the rest of the warp (0x" + Integer.toHexString(warp.live & ~s.mask) + ")";
            case CONDITION -> ((Action.Await) i.action()).condition().describe(warp);
            case BARRIER -> "barrier " + s.barrier + block.barrierState(s.barrier);
          };
      text.append(
          " lanes 0x%x wait at line %d (%s) for %s;".formatted(s.mask, i.line(), i.text(), what));
    }
    return text.toString();
  }

  /** Puts the program counter at the first waiting split and says what kind of wait it is. */
  FindingCode stuckAt() {
    for (Split s : divergence.splits()) {
      if (s.wait != Split.Wait.NONE) {
        warp.enter(s.pc);
        if (s.wait == Split.Wait.WARP) {
          return program.code()[s.pc].action() instanceof Action.BlockBarrier
              ? FindingCode.BARRIER_DIVERGENT
              : FindingCode.WARP_DIVERGENT;
        }
        if (s.wait == Split.Wait.CONDITION) {
          return ((Action.Await) program.code()[s.pc].action()).condition().failure();
        }
      }
    }
    return FindingCode.DEADLOCK;
  }
}
