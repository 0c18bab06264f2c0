package dev.tilewright.ir.verify;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.text.Printer;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tokens are linear: on every path each is used exactly once. */
final class TokenRules {
  private final Problems problems;

  private TokenRules(Problems problems) {
    this.problems = problems;
  }

  static void check(KernelFunction function, Problems problems) {
    new TokenRules(problems).block(function.body(), null, Set.of());
  }

  /**
   * @param owner the operation whose region this is; null for the function's body
   * @param outside tokens that may be used here, though they are not this region's
   * @return those that are, each once
   */
  private Set<Value> block(Block block, @Nullable Op owner, Set<Value> outside) {
    Map<Value, Op> open = new LinkedHashMap<>();
    Map<Value, Op> used = new LinkedHashMap<>();
    Set<Value> usedOutside = new LinkedHashSet<>();
    if (owner != null) {
      block.arguments().stream().filter(TokenRules::isToken).forEach(t -> open.put(t, owner));
    }
    for (Op op : block.ops()) {
      for (Value operand : op.operands()) {
        if (isToken(operand)) {
          use(op, operand, open, used, outside, usedOutside);
        }
      }
      Set<Value> available = new LinkedHashSet<>(open.keySet());
      outside.stream().filter(t -> !used.containsKey(t)).forEach(available::add);
      for (Value token : regions(op, available)) {
        use(op, token, open, used, outside, usedOutside);
      }
      op.results().stream().filter(TokenRules::isToken).forEach(t -> open.put(t, op));
    }
    open.forEach(
        (token, op) ->
            problems.add(
                "TW-V15",
                op,
                "the token "
                    + token
                    + (block.arguments().contains(token) ? ", which the region takes," : "")
                    + " is never used; commit or release the slot, or hand the token on"));
    return usedOutside;
  }

  private static boolean isToken(Value value) {
    return value.type() instanceof Type.Token;
  }

  private void use(
      Op op,
      Value token,
      Map<Value, Op> open,
      Map<Value, Op> used,
      Set<Value> outside,
      Set<Value> usedOutside) {
    Op earlier = used.putIfAbsent(token, op);
    if (earlier != null) {
      problems.add(
          "TW-V15",
          op,
          "the token "
              + token
              + " is used here and by '"
              + Printer.headline(earlier)
              + "'"
              + (earlier.location().known() ? " at " + earlier.location() : "")
              + "; a token is used exactly once");
    } else if (open.remove(token) == null) {
      if (outside.contains(token)) {
        usedOutside.add(token);
      } else {
        problems.add(
            "TW-V15",
            op,
            "the token "
                + token
                + " comes from outside the loop, which would use it in every iteration; let the"
                + " loop carry it");
      }
    }
  }

  /** The tokens that the operation's regions use from outside. */
  private Set<Value> regions(Op op, Set<Value> available) {
    return switch (op) {
      case Op.If branch -> {
        Set<Value> then = block(branch.thenBlock(), op, available);
        Set<Value> otherwise = block(branch.elseBlock(), op, available);
        for (Value token : available) {
          if (then.contains(token) != otherwise.contains(token)) {
            problems.add(
                "TW-V15",
                op,
                "the token "
                    + token
                    + " is used by one branch only; use it in both, or after them");
          }
        }
        Set<Value> both = new LinkedHashSet<>(then);
        both.addAll(otherwise);
        yield both;
      }
      case Op.For loop -> block(loop.body(), op, Set.of());
      // The condition has no effects: what it takes of tokens, the body has.
      case Op.While loop -> block(loop.body(), op, Set.of());
      case AsyncOp.Roles roles -> {
        roles.bodies().forEach(body -> block(body, op, Set.of()));
        yield Set.of();
      }
      default -> {
        for (Block region : List.copyOf(op.regions())) {
          block(region, op, Set.of());
        }
        yield Set.of();
      }
    };
  }
}
