package dev.tilewright.ir.verify;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.target.GroupMma;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.target.WarpSpecialization;
import java.util.List;
import java.util.Optional;

/** What roles need of the target: warps in whole groups, registers that there are, instructions. */
final class RoleRules {
  private final Target target;
  private final Problems problems;

  private RoleRules(Target target, Problems problems) {
    this.target = target;
    this.problems = problems;
  }

  static void check(KernelFunction function, Target target, Problems problems) {
    RoleRules rules = new RoleRules(target, problems);
    Traversal.ops(function)
        .filter(AsyncOp.Roles.class::isInstance)
        .map(AsyncOp.Roles.class::cast)
        .forEach(rules::roles);
  }

  private void roles(AsyncOp.Roles roles) {
    if (target.warpSpecialization().isEmpty()) {
      problems.add(
          "TW-V14", roles, target + " does not let warps do different things; expected no roles");
      return;
    }
    WarpSpecialization offer = target.warpSpecialization().get();
    int threads = roles.warps() * target.lanes();
    if (threads > target.maxThreadsPerBlock()) {
      problems.add(
          "TW-V14",
          roles,
          "the roles have "
              + threads
              + " threads; a block has "
              + target.maxThreadsPerBlock()
              + " at most");
    }
    int launched = offer.launchedRegisters(threads, target.registersPerThread());
    long registers = 0;
    for (int i = 0; i < roles.roles().size(); i++) {
      AsyncOp.Role role = roles.roles().get(i);
      role(roles, i, offer);
      registers += (long) role.warps() * target.lanes() * role.registers().orElse(launched);
    }
    long there = (long) threads * launched;
    if (roles.roles().stream().anyMatch(role -> role.registers().isPresent())
        && registers > there) {
      problems.add(
          "TW-V14",
          roles,
          "the roles' threads take "
              + registers
              + " registers; the block starts with "
              + there
              + ", "
              + launched
              + " for each thread: give some role fewer");
    }
    // One barrier of all threads, and one of each role's.
    if (roles.roles().size() + 1 > offer.namedBarriers()) {
      problems.add(
          "TW-V14",
          roles,
          "there are "
              + roles.roles().size()
              + " roles; expected "
              + (offer.namedBarriers() - 1)
              + " at most, as many as have barriers of their own");
    }
  }

  private void role(AsyncOp.Roles roles, int number, WarpSpecialization offer) {
    AsyncOp.Role role = roles.roles().get(number);
    Block body = roles.bodies().get(number);
    String name = "role '" + role.name() + "'";
    List<AsyncOp.MmaAsync> products =
        Traversal.ops(body)
            .filter(AsyncOp.MmaAsync.class::isInstance)
            .map(AsyncOp.MmaAsync.class::cast)
            .toList();
    if (role.warps() % offer.groupWarps() != 0
        && (role.registers().isPresent() || !products.isEmpty())) {
      problems.add(
          "TW-V14",
          roles,
          name
              + " has "
              + role.warps()
              + " warps; expected a multiple of "
              + offer.groupWarps()
              + ", since warp groups "
              + (role.registers().isPresent() ? "trade registers" : "multiply matrices")
              + " together");
    }
    if (roles.firstWarp(number) % offer.groupWarps() != 0
        && (role.registers().isPresent() || !products.isEmpty())) {
      problems.add(
          "TW-V14",
          roles,
          name
              + " begins at warp "
              + roles.firstWarp(number)
              + "; expected a multiple of "
              + offer.groupWarps()
              + ", where warp groups begin: name roles of whole groups first");
    }
    if (role.registers().isPresent()) {
      int registers = role.registers().getAsInt();
      if (registers < offer.fewestRegisters()
          || registers > offer.mostRegisters()
          || registers % offer.registerGranule() != 0) {
        problems.add(
            "TW-V14",
            roles,
            "a thread of "
                + name
                + " has "
                + registers
                + " registers; expected a multiple of "
                + offer.registerGranule()
                + " from "
                + offer.fewestRegisters()
                + " to "
                + offer.mostRegisters());
      }
    }
    products.forEach(product -> product(product, role, offer));
  }

  private void product(AsyncOp.MmaAsync product, AsyncOp.Role role, WarpSpecialization offer) {
    if (product.instruction().isEmpty()) {
      return;
    }
    Optional<GroupMma> family = target.groupMma(product.instruction());
    if (family.isEmpty()) {
      problems.add(
          "TW-V14",
          product,
          target + " has no instruction '" + product.instruction() + "' for warp groups");
      return;
    }
    List<Integer> shape = product.acc().tile().shape();
    GroupMma mma = family.get();
    if (shape.get(0) % mma.m() != 0) {
      problems.add(
          "TW-V14",
          product,
          "a has " + shape.get(0) + " rows; the instruction multiplies " + mma.m() + " at a time");
    }
    if (role.single()) {
      problems.add(
          "TW-V14",
          product,
          "role '"
              + role.name()
              + "' is one thread; expected a warp group of "
              + offer.groupWarps());
    }
  }
}
