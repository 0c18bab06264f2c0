package dev.tilewright.ir.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.random.Execution;
import dev.tilewright.ir.random.RandomPrograms.Program;
import dev.tilewright.ir.random.RolePrograms;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.verify.Verifier;
import java.util.SplittableRandom;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Programs with roles compute the same after every pass, the lowering to barriers included: with
 * the roles that were written, and as one stream.
 */
final class RoleStagesTest {

  @Property(tries = 25, edgeCases = EdgeCasesMode.NONE)
  void writtenRolesStay(@ForAll long seed) {
    check(RolePrograms.random(seed), TestTargets.GROUPS, seed);
  }

  @Property(tries = 25, edgeCases = EdgeCasesMode.NONE)
  void writtenRolesBecomeOneStream(@ForAll long seed) {
    check(RolePrograms.random(seed), TestTargets.FULL, seed);
  }

  static void check(Program program, Target target, long seed) {
    PassContext context = new PassContext(target, schedule(seed), new CompileReport());
    boolean[] roles = {true};
    try {
      Pipeline.run(
          program.function(),
          context,
          (name, f) -> {
            Verifier.verifyOrThrow(f);
            Execution.assertSameResults(program, f);
            roles[0] = AsyncOp.Roles.of(f).isPresent();
          });
    } catch (CompileException e) {
      throw new AssertionError(seed + ": " + program, e);
    }
    assertEquals(target.warpSpecialization().isPresent(), roles[0]);
  }

  static Schedule schedule(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Schedule schedule = Schedule.AUTOMATIC;
    if (random.nextBoolean()) {
      schedule = schedule.withMmaDepth(random.nextInt(1, 4));
    }
    return random.nextBoolean() ? schedule.withStages(random.nextInt(1, 4)) : schedule;
  }
}
