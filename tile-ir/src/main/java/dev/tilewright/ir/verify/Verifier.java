package dev.tilewright.ir.verify;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.target.Target;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Whether a function is tile IR. At two levels:
 *
 * <ul>
 *   <li>{@link #verify}: every value is defined once, before its uses and in their scope; every
 *       operation has operands, results and regions of the right types and shapes; names and sizes
 *       refer to what there is; tokens of arefs are used once, slots while they are held, by all
 *       roles equally often, and in an order that comes to an end. Every pass keeps this.
 *   <li>{@link #verifyStaged}: in addition what {@code ExpandTiles} needs: a launch, layouts
 *       everywhere and consistent with each other, and a plan of shared memory in which what lives
 *       at the same time does not overlap.
 * </ul>
 *
 * <p>Codes: {@code TW-V01} parameters and grid · {@code V02} definitions and scope · {@code V03}
 * terminators · {@code V04} operand and result types · {@code V05} element types · {@code V06}
 * shapes · {@code V07} regions · {@code V08} coordinates · {@code V09} use of tensors · {@code V10}
 * attributes · {@code V11} launch · {@code V12} layouts · {@code V13} shared memory · {@code V14}
 * what roles need of the target · {@code V15} tokens · {@code V16} slots of arefs · {@code V17} how
 * often arefs are written and read · {@code V18} deadlock.
 */
public final class Verifier {
  private Verifier() {}

  /** What is wrong, in program order; empty when nothing is. */
  public static List<Problem> verify(KernelFunction function) {
    List<Problem> basic = wellFormed(function);
    return basic.isEmpty() ? roles(function) : basic;
  }

  /**
   * {@link #verify}, and if that finds nothing, whether the target has what the roles need.
   *
   * @param target whose warps the roles are
   */
  public static List<Problem> verify(KernelFunction function, Target target) {
    List<Problem> basic = verify(function);
    if (!basic.isEmpty()) {
      return basic;
    }
    Problems problems = new Problems();
    RoleRules.check(function, target, problems);
    return problems.list();
  }

  /**
   * Whether the roles of a verified function would still come to an end, none waiting for another
   * for ever, with other depths.
   *
   * @param slots of some of its arefs
   */
  public static boolean lives(KernelFunction function, Map<Value, Integer> slots) {
    Problems problems = new Problems();
    LivenessRules.check(function, slots, problems);
    return problems.none();
  }

  /**
   * Whether every operation by itself is as it should be: what the interpreter needs to execute a
   * function, to its end or to its deadlock.
   */
  public static List<Problem> wellFormed(KernelFunction function) {
    Problems problems = new Problems();
    new Scoping(function, problems).check();
    TypeRules.check(function, problems);
    return problems.list();
  }

  private static List<Problem> roles(KernelFunction function) {
    Problems problems = new Problems();
    if (Traversal.ops(function).noneMatch(AsyncOp.ArefCreate.class::isInstance)) {
      return problems.list();
    }
    TokenRules.check(function, problems);
    SlotRules.check(function, problems);
    if (problems.none()) {
      CountRules.check(function, ScalarIdentity.of(function), problems);
      if (problems.none()) {
        LivenessRules.check(function, problems);
      }
    }
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
   * @throws CompileException with the code and location of the first problem that {@link
   *     #wellFormed} finds
   */
  public static KernelFunction wellFormedOrThrow(KernelFunction function) {
    throwFirst(function, wellFormed(function));
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
