package dev.tilewright;

/**
 * A kernel: one block's work, written over tiles.
 *
 * <p>Implement it with a {@code record} whose components are the compile-time choices (tile sizes,
 * element types): equality and hashing are then the cache key, and a stream of records is a tuning
 * space.
 *
 * <p>{@link #define} is run once for each compilation and builds the program. Plain Java {@code
 * for} and {@code if} run at that time: they unroll and specialise. What must loop or branch on the
 * device goes through {@link KernelBuilder#range} and {@link KernelBuilder#when}.
 *
 * <pre>{@code
 * public record Scale(int block) implements Kernel {
 *   @Override public void define(KernelBuilder k) {
 *     var n = k.dim("n");
 *     var x = k.in("x", F32, n);
 *     var y = k.out("y", F32, n);
 *     var i = k.grid1d(n.ceilDiv(block));
 *     y.tile(i, block).set(x.tile(i, block).times(2));
 *   }
 * }
 * }</pre>
 */
@FunctionalInterface
public interface Kernel {

  /**
   * Writes the program of one block.
   *
   * @param k valid, like every handle it gives out, until this method returns
   * @throws KernelDefinitionException if the program is not well formed; thrown by the builder's
   *     own methods at the offending line
   */
  void define(KernelBuilder k);
}
