package dev.tilewright.emulator;

/**
 * How an emulator runs kernels.
 *
 * @param seed varies the interleaving of warps and the completion of asynchronous operations
 * @param completion when asynchronous operations take effect
 * @param instructionBudget warp instructions one launch may execute before it counts as endless
 * @param sanitize whether accesses are checked beyond bounds and alignment
 * @param workers blocks that run side by side; results do not depend on it
 * @param findingLimit how many findings of one launch are kept
 */
public record EmulatorOptions(
    long seed,
    CompletionPolicy completion,
    long instructionBudget,
    boolean sanitize,
    int workers,
    int findingLimit) {

  /** Seed 0, late completion, 4·10⁹ instructions, sanitizer on, a worker for each processor. */
  public static final EmulatorOptions DEFAULT =
      new EmulatorOptions(
          0,
          CompletionPolicy.LATE,
          4_000_000_000L,
          true,
          Math.max(1, Runtime.getRuntime().availableProcessors()),
          100);

  public EmulatorOptions {
    if (instructionBudget < 1 || workers < 1 || findingLimit < 1) {
      throw new IllegalArgumentException(
          "instruction budget, workers and finding limit must be at least 1");
    }
  }

  public EmulatorOptions withSeed(long newSeed) {
    return new EmulatorOptions(
        newSeed, completion, instructionBudget, sanitize, workers, findingLimit);
  }

  public EmulatorOptions withCompletion(CompletionPolicy policy) {
    return new EmulatorOptions(seed, policy, instructionBudget, sanitize, workers, findingLimit);
  }

  public EmulatorOptions withInstructionBudget(long instructions) {
    return new EmulatorOptions(seed, completion, instructions, sanitize, workers, findingLimit);
  }

  public EmulatorOptions withSanitize(boolean on) {
    return new EmulatorOptions(seed, completion, instructionBudget, on, workers, findingLimit);
  }

  public EmulatorOptions withWorkers(int count) {
    return new EmulatorOptions(seed, completion, instructionBudget, sanitize, count, findingLimit);
  }
}
