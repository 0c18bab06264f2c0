package dev.tilewright.ir.verify;

import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.KernelFunction;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Whether a function is tile IR. At two levels:
 *
 * <ul>
 *   <li>{@link #verify}: every value is defined once, before its uses and in their scope; every
 *       operation has operands, results and regions of the right types and shapes; names and sizes
 *       refer to what there is. Every pass keeps this.
 *   <li>{@link #verifyStaged}: in addition what {@code ExpandTiles} needs: a launch, layouts
 *       everywhere and consistent with each other, and a plan of shared memory in which what lives
 *       at the same time does not overlap.
 * </ul>
 *
 * <p>Codes: {@code TW-V01} parameters and grid · {@code V02} definitions and scope · {@code V03}
 * terminators · {@code V04} operand and result types · {@code V05} element types · {@code V06}
 * shapes · {@code V07} regions · {@code V08} coordinates · {@code V09} use of tensors · {@code V10}
 * attributes · {@code V11} launch · {@code V12} layouts · {@code V13} shared memory.
 */
public final class Verifier {
  private Verifier() {}

  /** What is wrong, in program order; empty when nothing is. */
  public static List<Problem> verify(KernelFunction function) {
    Problems problems = new Problems();
    new Scoping(function, problems).check();
    TypeRules.check(function, problems);
    return problems.list();
  }

  /** {@link #verify}, and if that finds nothing, what is wrong with the staged form. */
  public static List<Problem> verifyStaged(KernelFunction function) {
    List<Problem> basic = verify(function);
    if (!basic.isEmpty()) {
      return basic;
    }
    Problems problems = new Problems();
    StagedRules.check(function, problems);
    return problems.list();
  }

  /**
   * @return the function
   * @throws CompileException with the first problem's code and location, if there is one
   */
  public static KernelFunction verifyOrThrow(KernelFunction function) {
    throwFirst(function, verify(function));
    return function;
  }

  /**
   * @return the function
   * @throws CompileException with the first problem's code and location, if there is one
   */
  public static KernelFunction verifyStagedOrThrow(KernelFunction function) {
    throwFirst(function, verifyStaged(function));
    return function;
  }

  private static void throwFirst(KernelFunction function, List<Problem> problems) {
    if (problems.isEmpty()) {
      return;
    }
    Problem first = problems.getFirst();
    String others =
        problems.stream()
            .skip(1)
            .map(problem -> "\n  also " + problem)
            .collect(Collectors.joining());
    throw new CompileException(
        first.code(),
        first.location(),
        "kernel " + function.name() + " is not well-formed: " + first.message() + others);
  }
}
