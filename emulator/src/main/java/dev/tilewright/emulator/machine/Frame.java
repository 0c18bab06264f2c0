package dev.tilewright.emulator.machine;

import org.jspecify.annotations.Nullable;

/**
 * An active call.
 *
 * @param function the callee
 * @param saved the callee's registers before the call, if it can be active twice
 */
record Frame(
    @Nullable Frame caller,
    int depth,
    int callerFrameBytes,
    FunctionBody function,
    Action.Call call,
    int returnPc,
    @Nullable SavedRegisters saved) {

  /** Register columns of all lanes and their defined masks. */
  record SavedRegisters(int[] words, long[] longs, int[] predicates) {}
}
