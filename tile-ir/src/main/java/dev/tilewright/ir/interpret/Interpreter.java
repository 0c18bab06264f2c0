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
 * </ul>
 *
 * <p>Blocks run as if one after the other, x fastest; the same inputs give the same bits.
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
    Verifier.verifyOrThrow(function);
    checkLayouts(function);
    new Run(function, arguments, precision == Precision.EXACT).execute();
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
