package dev.tilewright.ir.pass;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Rewriter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.target.GroupMma;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.target.WarpSpecialization;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Chooses the target's matrix instruction for every {@code mma}, and for every {@code mma_async} of
 * a hand-written role.
 *
 * <p>Takes the first instruction (they are listed best first) of the operands' and accumulator's
 * dtypes whose shape divides the tiles' shape; an instruction that is already chosen is checked the
 * same way. Refuses with {@code TW-C010} dtypes that no instruction multiplies, and with {@code
 * TW-C011} tiles that are no multiple of one, naming what would be right.
 */
public final class SelectMma implements Pass {

  @Override
  public KernelFunction run(KernelFunction function, PassContext context) {
    return Rewriter.rewrite(
        function,
        (op, rewriter) -> {
          switch (op) {
            case Op.Mma mma -> rewriter.out().add(select(mma, context));
            case AsyncOp.MmaAsync mma when mma.instruction().isEmpty() ->
                rewriter.out().add(select(mma, groups(function, mma, context), context));
            default -> rewriter.keep(op);
          }
        });
  }

  // ---------------------------------------------------------------- products of warp groups

  /** The warp groups that share a product: those of its role. */
  private static int groups(KernelFunction function, AsyncOp.MmaAsync mma, PassContext context) {
    AsyncOp.Roles roles = AsyncOp.Roles.of(function).orElseThrow();
    int groupWarps = context.target().warpSpecialization().orElseThrow().groupWarps();
    for (int i = 0; i < roles.roles().size(); i++) {
      if (Traversal.ops(roles.bodies().get(i)).anyMatch(op -> op.results().equals(mma.results()))) {
        return roles.roles().get(i).warps() / groupWarps;
      }
    }
    throw new IllegalStateException("no role multiplies " + mma);
  }

  private AsyncOp.MmaAsync select(AsyncOp.MmaAsync mma, int groups, PassContext context) {
    WarpSpecialization target = context.target().warpSpecialization().orElseThrow();
    Type.Shaped a = (Type.Shaped) mma.a().type();
    Type.Tile result = mma.result().tile();
    int m = result.shape().get(0);
    int n = result.shape().get(1);
    int k = a.shape().get(mma.transposeA() ? 0 : 1);
    String what =
        "m×n×k = %d×%d×%d of %s × %s + %s"
            .formatted(
                m, n, k, a.dtype().name(), mma.b().type().dtype().name(), result.dtype().name());
    List<GroupMma> families =
        GroupChoice.ofTypes(target, a.dtype(), mma.b().type().dtype(), result.dtype());
    if (families.isEmpty()) {
      throw new CompileException(
          "TW-C010",
          mma.location(),
          "warp groups of %s have no instruction for %s. They offer %s."
              .formatted(
                  context.target().name(),
                  what,
                  target.products().stream()
                      .map(
                          p ->
                              "%s × %s + %s"
                                  .formatted(p.a().name(), p.b().name(), p.accumulator().name()))
                      .distinct()
                      .collect(Collectors.joining(", "))));
    }
    GroupMma family = families.getFirst();
    GroupChoice choice =
        GroupChoice.of(family, m, n, k, groups)
            .orElseThrow(
                () ->
                    new CompileException(
                        "TW-C011",
                        mma.location(),
                        ("the tiles of this product, %s, are not made of whole products of a warp"
                                + " group for each of the role's %d. Use multiples of m %d, n %d,"
                                + " k %d, such as %d×%d×%d.")
                            .formatted(
                                what,
                                groups,
                                groups * family.m(),
                                family.nStep(),
                                family.k(),
                                roundUp(m, groups * family.m()),
                                roundUp(n, family.nStep()),
                                roundUp(k, family.k()))));
    context.report().note(this, mma.location(), choice.instruction() + " for " + what);
    return new AsyncOp.MmaAsync(
        mma.result(),
        mma.pending(),
        mma.a(),
        mma.b(),
        mma.acc(),
        mma.transposeA(),
        mma.transposeB(),
        choice.instruction(),
        mma.location());
  }

  // ---------------------------------------------------------------- products of all warps

  private Op.Mma select(Op.Mma mma, PassContext context) {
    List<MmaInstruction> ofTypes =
        context.target().mmaInstructions().stream()
            .filter(i -> mma.instruction().isEmpty() || mma.instruction().get().equals(i.name()))
            .filter(
                i ->
                    i.a().equals(mma.a().type().dtype())
                        && i.b().equals(mma.b().type().dtype())
                        && i.accumulator().equals(mma.acc().type().dtype()))
            .toList();
    if (ofTypes.isEmpty()) {
      throw new CompileException("TW-C010", mma.location(), noTypes(mma, context.target()));
    }
    MmaInstruction chosen =
        ofTypes.stream()
            .filter(i -> divides(i, mma))
            .findFirst()
            .orElseThrow(
                () ->
                    new CompileException(
                        "TW-C011", mma.location(), noShape(mma, ofTypes, context.target())));
    context.report().note(this, mma.location(), "%s for %s".formatted(chosen.name(), shapeOf(mma)));
    return mma.instruction().isPresent()
        ? mma
        : new Op.Mma(
            mma.result(), mma.a(), mma.b(), mma.acc(), Optional.of(chosen.name()), mma.location());
  }

  private static int m(Op.Mma mma) {
    return mma.a().tile().shape().get(0);
  }

  private static int n(Op.Mma mma) {
    return mma.b().tile().shape().get(1);
  }

  private static int k(Op.Mma mma) {
    return mma.a().tile().shape().get(1);
  }

  private static boolean divides(MmaInstruction i, Op.Mma mma) {
    return m(mma) % i.m() == 0 && n(mma) % i.n() == 0 && k(mma) % i.k() == 0;
  }

  private static String shapeOf(Op.Mma mma) {
    return "m×n×k = %d×%d×%d of %s × %s + %s"
        .formatted(
            m(mma),
            n(mma),
            k(mma),
            mma.a().type().dtype().name(),
            mma.b().type().dtype().name(),
            mma.acc().type().dtype().name());
  }

  private static String noTypes(Op.Mma mma, Target target) {
    String offered =
        target.mmaInstructions().stream()
            .map(i -> "%s × %s + %s".formatted(i.a().name(), i.b().name(), i.accumulator().name()))
            .distinct()
            .collect(Collectors.joining(", "));
    boolean plainFloats =
        mma.a().type().dtype().equals(DType.F32) || mma.b().type().dtype().equals(DType.F32);
    boolean hasTf32 = target.mmaInstructions().stream().anyMatch(i -> i.a().equals(DType.TF32));
    return "%s has no matrix instruction for %s. ".formatted(target.name(), shapeOf(mma))
        + (plainFloats && hasTf32
            ? "Cast the f32 operands to tf32 (10 mantissa bits), or to f16 or bf16. "
            : "Cast the operands or the accumulator. ")
        + (offered.isEmpty() ? "It offers none." : "It offers " + offered + ".");
  }

  private static String noShape(Op.Mma mma, List<MmaInstruction> candidates, Target target) {
    String shapes =
        candidates.stream()
            .map(i -> "m %d, n %d, k %d".formatted(i.m(), i.n(), i.k()))
            .distinct()
            .collect(Collectors.joining("; or "));
    return "the tiles of this mma, %s, are not made of whole matrix instructions of %s. "
            .formatted(shapeOf(mma), target.name())
        + "Use multiples of "
        + shapes
        + suggestion(mma, candidates.getFirst())
        + ".";
  }

  private static String suggestion(Op.Mma mma, MmaInstruction i) {
    return ", such as %d×%d×%d"
        .formatted(roundUp(m(mma), i.m()), roundUp(n(mma), i.n()), roundUp(k(mma), i.k()));
  }

  private static int roundUp(int extent, int multiple) {
    return Math.ceilDiv(extent, multiple) * multiple;
  }
}
