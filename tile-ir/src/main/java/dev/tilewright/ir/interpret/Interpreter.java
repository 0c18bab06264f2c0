package dev.tilewright.ir.interpret;

import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.text.Printer;
import dev.tilewright.ir.verify.Holdings;
import dev.tilewright.ir.verify.Verifier;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Space;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Executes tile IR of any stage on the CPU. What it computes is what the IR means: it is the
 * reference for generated code and the oracle of passes.
 *
 * <ul>
 *   <li>Every operation rounds once to its type ({@link FloatArithmetic}), integers wrap ({@link
 *       IntArithmetic}). A matrix product accumulates in the order of k, each step exact but for
 *       one rounding to the accumulator's type; a reduction combines in order of the coordinate.
 *       Hardware may do both in another order.
 *   <li>Reads outside a tensor give the fill, writes are dropped. Where an operation claims to stay
 *       inside ({@code bounds} false) and does not, that is an error.
 *   <li>Shared memory is undefined until written. An asynchronous copy has arrived when a wait has
 *       covered its group <em>and</em> a barrier has followed; a write is visible after a barrier;
 *       reading or overwriting too early is an error that names both operations. Buffers with
 *       offsets share the block's bytes, so that one may destroy another.
 *   <li>Layouts change nothing, but every register layout must cover its tile.
 *   <li>Division of integers by zero is an error.
 *   <li>Roles run in turns, which change where one waits for, or tells, another; in which order is
 *       a matter of a seed, as is when bulk copies arrive and products end. An error of order is
 *       found whatever the seed: what one role did is seen by another only if something orders the
 *       two. A block in which nobody can go on is an error that names who waits for what.
 * </ul>
 *
 * <p>Blocks run as if one after the other, x fastest; the same inputs give the same bits. {@link
 * #explore} tries other schedules.
 */
public final class Interpreter {

  /** How floats are computed. */
  public enum Precision {
    /** As the types say. */
    EXACT,
    /**
     * All arithmetic on floats in {@code f64}, for a reference of high precision: only constants,
     * shared memory and tensors round to their types. Tensors of floats may be given as {@code
     * f64}.
     */
    FLOAT64
  }

  /** Which schedules of roles and of what is under way are tried. */
  public sealed interface Exploration {

    /** That many, at random. */
    record Random(long seed, int schedules) implements Exploration {}

    /**
     * All of them, except that what follows a state is tried once: two states are one when all
     * roles have come as far, have read the same and have seen the same of each other, and memory,
     * slots, barriers and what is under way are the same.
     *
     * @param states how many states of a block are visited at most
     */
    record Exhaustive(int states) implements Exploration {}
  }

  /**
   * What has been tried.
   *
   * @param schedules executions of blocks, to their ends or to a state visited before
   * @param states different states in which there was a choice; 0 of random schedules
   * @param complete whether nothing was left out
   */
  public record Explored(int schedules, int states, boolean complete) {}

  private Interpreter() {}

  /** {@link #run(KernelFunction, Arguments, Precision)} with the types' own arithmetic. */
  public static void run(KernelFunction function, Arguments arguments) {
    run(function, arguments, Precision.EXACT);
  }

  /**
   * Runs all blocks; results are in the tensors.
   *
   * @throws dev.tilewright.ir.CompileException if the function is not well-formed
   * @throws IllegalArgumentException if the arguments are not those of the function
   * @throws InterpreterException if the program does what has no meaning
   */
  public static void run(KernelFunction function, Arguments arguments, Precision precision) {
    checked(function, arguments, precision).execute(0);
  }

  /**
   * Runs each block in many schedules, from the same memory every time, and compares what they
   * write; results are in the tensors.
   *
   * @throws dev.tilewright.ir.CompileException if the function is not well-formed
   * @throws IllegalArgumentException if the arguments are not those of the function
   * @throws InterpreterException if in one of the schedules the program does what has no meaning,
   *     does not end, or has other results than in the first
   */
  public static Explored explore(
      KernelFunction function, Arguments arguments, Exploration exploration) {
    return Explorer.explore(checked(function, arguments, Precision.EXACT), exploration);
  }

  private static Run checked(KernelFunction function, Arguments arguments, Precision precision) {
    Verifier.wellFormedOrThrow(function);
    checkLayouts(function);
    return new Run(function, arguments, precision == Precision.EXACT);
  }

  private static void checkLayouts(KernelFunction function) {
    Set<Layout> known = new HashSet<>();
    Traversal.ops(function)
        .forEach(
            op -> {
              op.results().forEach(result -> checkLayout(op, result, known));
              for (Block region : op.regions()) {
                region.arguments().forEach(argument -> checkLayout(op, argument, known));
              }
            });
  }

  private static void checkLayout(Op op, Value value, Set<Layout> known) {
    if (!(value.type() instanceof Type.Tile tile) || tile.layout().isEmpty()) {
      return;
    }
    Layout layout = tile.layout().get();
    List<Integer> shape = tile.shape();
    Space expected = Space.tile(shape.stream().mapToLong(Integer::longValue).toArray());
    if (!layout.codomain().equals(expected)) {
      throw refused(op, value, "goes to " + layout.codomain() + " instead of " + expected);
    }
    if (known.add(layout) && !Holdings.of(layout).coverTile()) {
      throw refused(op, value, "leaves elements of the tile to no thread: " + layout);
    }
  }

  private static InterpreterException refused(Op op, Value value, String problem) {
    Location location = op.location();
    return new InterpreterException(
        location, "the layout of " + value + " in '" + Printer.headline(op) + "' " + problem);
  }
}
