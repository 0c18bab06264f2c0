package dev.tilewright.samples.mutation;

/** What a mutation does to one synchronisation. */
enum Change {
  DROP,
  DUPLICATE,
  /** Put before the memory or synchronisation instruction that precedes it, or the second one. */
  EARLIER,
  /** Put behind the memory or synchronisation instruction that follows it, or the second one. */
  LATER,
  /** An immediate operand is off by one step: a count, a number of bytes, of groups, of threads. */
  ALTER
}
