package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Rewriter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.verify.Verifier;
import java.util.List;
import java.util.Optional;

/**
 * Makes one stream of the roles that a program was written with, where the target's warps all do
 * the same, or where the schedule asks for one role.
 *
 * <p>Arefs go: what is written to a slot is the value that its readers read, in registers, and a
 * loop of the writer and the readers' loops that go with it become one loop ({@link RoleMerge}).
 * What is left is a program as it would have been written without roles, and the passes after this
 * one treat it so. Refuses with {@code TW-C031} roles whose loops and branches do not go together,
 * and with the verifier's codes programs whose arefs are wrong or, where roles stay, whose roles
 * the target cannot have.
 */
public final class EraseRoles implements Pass {

  @Override
  public KernelFunction run(KernelFunction function, PassContext context) {
    Optional<AsyncOp.Roles> roles = AsyncOp.Roles.of(function);
    if (roles.isEmpty()) {
      return withoutGroups(function, context);
    }
    Verifier.verifyOrThrow(function);
    boolean offered = context.target().warpSpecialization().isPresent();
    if (offered && context.schedule().specialize().orElse(true)) {
      Verifier.verify(function, context.target()).stream()
          .findFirst()
          .ifPresent(
              problem -> {
                throw new CompileException(problem.code(), problem.location(), problem.message());
              });
      return function;
    }
    context
        .report()
        .note(
            this,
            roles.get().location(),
            "the %d roles become one stream: %s"
                .formatted(
                    roles.get().roles().size(),
                    offered
                        ? "the schedule says so"
                        : "warps of " + context.target().name() + " all do the same"));
    return new RoleMerge(function, roles.get()).write();
  }

  /** Products that no role waits for are of all warps, which wait for them. */
  private KernelFunction withoutGroups(KernelFunction function, PassContext context) {
    return Rewriter.rewrite(
        function,
        (op, rewriter) -> {
          if (op instanceof AsyncOp.MmaAsync mma) {
            context
                .report()
                .note(this, mma.location(), "not a product of warp groups: they are of roles");
            rewriter
                .out()
                .add(
                    new Op.Mma(
                        mma.result(),
                        factor(mma.a(), mma.transposeA(), rewriter.out()),
                        factor(mma.b(), mma.transposeB(), rewriter.out()),
                        mma.acc(),
                        Optional.empty(),
                        mma.location()));
          } else {
            rewriter.keep(op);
          }
        });
  }

  /** A factor of an asynchronous product as a tile. */
  static Value factor(Value operand, boolean transposed, OpBuilder out) {
    Value tile =
        operand.isTile()
            ? operand
            : out.sharedLoad(
                operand, new Type.Tile(operand.shared().shape(), operand.shared().dtype()));
    return transposed ? out.transpose(tile, List.of(1, 0)) : tile;
  }
}
