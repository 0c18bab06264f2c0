package dev.tilewright;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Declares what the warps of a block do; see {@link KernelBuilder#roles}. */
public final class RoleBuilder {
  private static final int GROUP_WARPS = 4;

  private final Trace trace;
  private final Map<String, Site> names = new LinkedHashMap<>();
  private final List<AsyncOp.Role> roles = new ArrayList<>();
  private final List<Block> bodies = new ArrayList<>();

  RoleBuilder(Trace trace) {
    this.trace = trace;
  }

  /**
   * The next {@code warps} warps execute {@code body}, with as many registers as launched.
   *
   * @param name unique among the roles
   * @param body traced once; it uses scalars, tensors, shared buffers and arefs made before, and
   *     tiles of its own
   */
  public void role(String name, int warps, Runnable body) {
    role(trace.enter(), name, warps, OptionalInt.empty(), body);
  }

  /**
   * The next {@code warps} warps execute {@code body}, each thread with {@code registers}
   * registers, which the warps of a group trade for those of others when the roles begin.
   */
  public void role(String name, int warps, int registers, Runnable body) {
    role(trace.enter(), name, warps, OptionalInt.of(registers), body);
  }

  /** {@link #role(String, int, int, Runnable)} of {@code groups} warp groups of four warps. */
  public void warpGroups(String name, int groups, int registers, Runnable body) {
    role(trace.enter(), name, GROUP_WARPS * groups, OptionalInt.of(registers), body);
  }

  private void role(Site site, String name, int warps, OptionalInt registers, Runnable body) {
    Site earlier = names.putIfAbsent(name, site);
    if (earlier != null) {
      throw trace.fail(
          site,
          Misuse.ROLE,
          "two roles are called '" + name + "'",
          List.of(earlier.note("the other one is declared here")),
          "give each role a name of its own");
    }
    if (warps < 1 || (registers.isPresent() && registers.getAsInt() < 1)) {
      throw trace.fail(
          site,
          Misuse.ROLE,
          "role '"
              + name
              + "' has "
              + warps
              + " warps"
              + (registers.isPresent() ? " of " + registers.getAsInt() + " registers" : ""),
          List.of(),
          "a role has one warp or more, with registers");
    }
    Region region = trace.nested(Region.Kind.ROLE, site);
    Block block =
        trace
            .ops()
            .region(
                List.of(),
                _ ->
                    trace.inside(
                        region,
                        _ -> {
                          body.run();
                          return List.<Value>of();
                        }));
    roles.add(new AsyncOp.Role(name, warps, registers, onlyIssues(block)));
    bodies.add(block);
  }

  /** Whether one thread can do it all: no operation concerns elements. */
  private static boolean onlyIssues(Block body) {
    return Traversal.ops(body)
        .allMatch(
            op ->
                switch (op) {
                  case Op.CopyAsync _, Op.AsyncCommit _, Op.AsyncWait _, Op.Barrier _ -> false;
                  case AsyncOp.MmaAsync _, AsyncOp.MmaWait _ -> false;
                  default ->
                      op.results().stream().noneMatch(Value::isTile)
                          && op.operands().stream().noneMatch(Value::isTile);
                });
  }

  AsyncOp.Roles build(Site site) {
    if (roles.isEmpty()) {
      throw trace.fail(
          site, Misuse.ROLE, "no role is declared", List.of(), "declare one with role");
    }
    return new AsyncOp.Roles(roles, bodies, site.location());
  }
}
