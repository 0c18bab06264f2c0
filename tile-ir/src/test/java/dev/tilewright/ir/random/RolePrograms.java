package dev.tilewright.ir.random;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.random.RandomPrograms.Program;
import dev.tilewright.ir.text.Parser;
import dev.tilewright.ir.verify.Verifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Random programs of a producer and one or two consumers, which exchange tiles through one or two
 * arefs. All roles have the same loops and branches; consumers may take slots of different arefs in
 * another order than the producer fills them, and give them back later.
 */
public final class RolePrograms {

  /** What all roles do, in order. */
  private sealed interface Step {}

  private record Exchange(int aref) implements Step {}

  /**
   * @param counted whether it is a loop with bounds, or one with a condition
   */
  private record Loop(String upper, boolean counted, List<Step> body) implements Step {}

  private record Branch(boolean alternates, List<Step> body) implements Step {}

  /** How slots are filled. */
  private enum Fill {
    BULK,
    COPY,
    STORE
  }

  private final Random random;
  private final StringBuilder text = new StringBuilder();
  private final List<Fill> fills = new ArrayList<>();
  private int next;

  private RolePrograms(Random random) {
    this.random = random;
  }

  /** A program that the verifier accepts. */
  public static Program random(long seed) {
    Random random = new Random(seed);
    while (true) {
      KernelFunction function = Parser.parse(new RolePrograms(random).kernel());
      if (Verifier.verify(function).isEmpty()) {
        return new Program(
            function,
            Map.of(
                "m", 1L + random.nextInt(80),
                "n", 8L * (1 + random.nextInt(8)),
                "k", 8L * random.nextInt(9)),
            seed);
      }
    }
  }

  private String fresh() {
    return "%v" + next++;
  }

  private void line(String format, Object... values) {
    text.append(format.formatted(values)).append('\n');
  }

  private String kernel() {
    int arefs = 1 + random.nextInt(2);
    int consumers = 1 + random.nextInt(2);
    List<Step> steps = steps(arefs, 0);
    line("kernel @roles(");
    line("%%m = dim m : i32, %%n = dim n : i32, %%k = dim k : i32,");
    line("%%a = in a [m, k] unit 1 align %d : tensor<f16, rank 2>,", pick(16, 16, 2));
    line("%%b = in b [n, k] unit 1 align 16 : tensor<f16, rank 2>,");
    line("%%c0 = out c0 [m, n] unit 1 align 16 : tensor<f32, rank 2>,");
    line("%%c1 = out c1 [m, n] unit 1 align 16 : tensor<f32, rank 2>");
    line(") grid (ceildiv(m, 64)) {");
    line("%%row = program_id 0 : i32");
    for (int i = 0; i < arefs; i++) {
      int depth = 1 + random.nextInt(3);
      fills.add(Fill.values()[random.nextInt(3)]);
      line("%%x%d = shared_alloc : shared<%dx64x16xf16>", i, depth);
      line("%%y%d = shared_alloc : shared<%dx64x16xf16>", i, depth);
      line(
          "%%q%d = aref_create %%x%d, %%y%d : aref<%d, shared<64x16xf16>, shared<64x16xf16>>",
          i, i, i, depth);
    }
    line("roles {");
    boolean single = fills.stream().allMatch(fill -> fill == Fill.BULK);
    line("role \"producer\" warps 4%s {", single ? " single" : "");
    constants();
    produce(steps, fresh("constant 0 : i32"));
    line("yield\n}");
    for (int i = 0; i < consumers; i++) {
      line("role \"consumer%d\" warps 4 {", i);
      constants();
      String acc = fresh("constant 0.0 : tile<64x64xf32>");
      String sum = consume(steps, fresh("constant 0 : i32"), acc);
      String first = fresh("mul %row, " + sixtyFour + " : i32");
      line("store %s to %%c%d[%s checked, %s checked]", sum, i, first, zero);
      line("yield\n}");
    }
    line("}\n}");
    return text.toString();
  }

  private String zero = "";
  private String one = "";
  private String two = "";
  private String sixteen = "";
  private String sixtyFour = "";
  private String tiles = "";

  /** Every role computes its own. */
  private void constants() {
    zero = fresh("constant 0 : i32");
    one = fresh("constant 1 : i32");
    two = fresh("constant 2 : i32");
    sixteen = fresh("constant 16 : i32");
    sixtyFour = fresh("constant 64 : i32");
    String fifteen = fresh("constant 15 : i32");
    tiles = fresh("div " + fresh("add %k, " + fifteen + " : i32") + ", " + sixteen + " : i32");
  }

  private String fresh(String operation) {
    String value = fresh();
    line("%s = %s", value, operation);
    return value;
  }

  private int pick(int... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private List<Step> steps(int arefs, int depth) {
    List<Step> steps = new ArrayList<>();
    int count = 1 + random.nextInt(depth == 0 ? 3 : 2);
    for (int i = 0; i < count; i++) {
      int kind = random.nextInt(depth == 2 ? 1 : 6);
      steps.add(
          switch (kind) {
            case 4 -> new Branch(depth > 0, steps(arefs, depth + 1));
            case 1, 2, 3 ->
                new Loop(
                    random.nextBoolean() ? "tiles" : "two",
                    random.nextInt(4) > 0,
                    steps(arefs, depth + 1));
            default -> new Exchange(random.nextInt(arefs));
          });
    }
    return steps;
  }

  private String condition(Branch branch, String index) {
    return branch.alternates()
        ? fresh(
            "compare eq " + fresh("rem " + index + ", " + two + " : i32") + ", " + zero + " : i1")
        : fresh("compare gt %k, " + sixteen + " : i1");
  }

  private void produce(List<Step> steps, String index) {
    for (Step step : steps) {
      switch (step) {
        case Loop loop -> {
          String i = fresh();
          if (loop.counted()) {
            line("for %s = %s to %s step %s {", i, zero, bound(loop), one);
          } else {
            line("%s = while %s : i32 (%%t%s) {", fresh(), zero, i.substring(1));
            whileBelow(i, bound(loop));
            line("yield %s\n} do (%s) {", condition, i);
          }
          produce(loop.body(), i);
          line("yield %s\n}", loop.counted() ? "" : fresh("add " + i + ", " + one + " : i32"));
        }
        case Branch branch -> {
          line("if %s {", condition(branch, index));
          produce(branch.body(), index);
          line("yield\n} else {\nyield\n}");
        }
        case Exchange exchange -> fill(exchange.aref(), index);
      }
    }
  }

  private String condition = "";

  /** The condition of a loop that counts by itself. */
  private void whileBelow(String index, String bound) {
    condition = fresh("compare lt %%t%s, %s : i1".formatted(index.substring(1), bound));
  }

  private String bound(Loop loop) {
    return loop.upper().equals("tiles") ? tiles : two;
  }

  private void fill(int aref, String index) {
    String token = fresh();
    String x = fresh();
    String y = fresh();
    line(
        "%s, %s, %s = acquire_write %%q%d : write_token, shared<64x16xf16>, shared<64x16xf16>",
        token, x, y, aref);
    String at = fresh("mul " + index + ", " + sixteen + " : i32");
    String first = fresh("mul %row, " + sixtyFour + " : i32");
    Fill fill = fills.get(aref);
    switch (fill) {
      case BULK -> {
        line("bulk_load %%a[%s, %s] to %s", first, at, x);
        line("bulk_load %%b[%s, %s] to %s", zero, at, y);
      }
      case COPY -> {
        // Its rows may be aligned to two bytes only.
        String tile =
            fresh(
                "load %%a[%s checked, %s checked] fill 0.0 : tile<64x16xf16>".formatted(first, at));
        line("shared_store %s to %s", tile, x);
        line("copy_async %%b[%s checked, %s checked] to %s", zero, at, y);
      }
      case STORE -> {
        String tile =
            fresh(
                "load %%a[%s checked, %s checked] fill 0.0 : tile<64x16xf16>".formatted(first, at));
        String other =
            fresh(
                "load %%b[%s checked, %s checked] fill 0.0 : tile<64x16xf16>".formatted(zero, at));
        line("shared_store %s to %s", tile, x);
        line("shared_store %s to %s", fresh("neg " + other + " : tile<64x16xf16>"), y);
      }
    }
    line(
        "commit %s %s",
        token,
        switch (fill) {
          case BULK -> "bulk";
          case COPY -> "copy_group";
          case STORE -> "generic";
        });
  }

  private String consume(List<Step> steps, String index, String accumulator) {
    List<Step> order = new ArrayList<>(steps);
    for (int i = 0; i + 1 < order.size(); i++) {
      if (mayChange(order.get(i), order.get(i + 1)) && random.nextInt(3) == 0) {
        order.addAll(i, List.of(order.remove(i + 1)));
      }
    }
    String acc = accumulator;
    List<String> releases = new ArrayList<>();
    for (Step step : order) {
      switch (step) {
        case Loop loop -> {
          String i = fresh();
          String inside = fresh();
          String result = fresh();
          if (loop.counted()) {
            line(
                "%s = for %s = %s to %s step %s carry (%s = %s) : tile<64x64xf32> {",
                result, i, zero, bound(loop), one, inside, acc);
            line("yield %s\n}", consume(loop.body(), i, inside));
          } else {
            line(
                "%s, %s = while %s, %s : i32, tile<64x64xf32> (%%t%s, %s) {",
                fresh(), result, zero, acc, i.substring(1), fresh());
            whileBelow(i, bound(loop));
            line("yield %s\n} do (%s, %s) {", condition, i, inside);
            String sum = consume(loop.body(), i, inside);
            line("yield %s, %s\n}", fresh("add " + i + ", " + one + " : i32"), sum);
          }
          acc = result;
        }
        case Branch branch -> {
          String result = fresh();
          line("%s = if %s : tile<64x64xf32> {", result, condition(branch, index));
          line("yield %s\n} else {\nyield %s\n}", consume(branch.body(), index, acc), acc);
          acc = result;
        }
        case Exchange exchange -> acc = multiply(exchange.aref(), acc, releases);
      }
    }
    releases.forEach(release -> line("%s", release));
    return acc;
  }

  /**
   * Whether two steps may come in the other order: those with different arefs, and those with the
   * same tiles, as many before a loop as after it.
   */
  private static boolean mayChange(Step first, Step second) {
    return switch (second) {
      case Exchange exchange -> first instanceof Exchange(int aref) && aref != exchange.aref();
      case Loop loop -> first instanceof Exchange && loop.body().contains(first);
      case Branch _ -> false;
    };
  }

  private String multiply(int aref, String acc, List<String> releases) {
    String token = fresh();
    String x = fresh();
    String y = fresh();
    line(
        "%s, %s, %s = acquire_read %%q%d : read_token, shared<64x16xf16>, shared<64x16xf16>",
        token, x, y, aref);
    String result = fresh();
    String release;
    switch (random.nextInt(4)) {
      case 0 -> {
        String tile = fresh("shared_load " + x + " : tile<64x16xf16>");
        String other = fresh("shared_load " + y + " : tile<64x16xf16>");
        String turned = fresh("transpose " + other + " [1, 0] : tile<16x64xf16>");
        line("%s = mma %s, %s, %s : tile<64x64xf32>", result, tile, turned, acc);
        release = "release " + token;
      }
      case 1 -> {
        String pending = fresh();
        String tile = fresh("shared_load " + x + " : tile<64x16xf16>");
        String changed = fresh("neg " + tile + " : tile<64x16xf16>");
        line(
            "%s, %s = mma_async %s, %s transposed, %s : tile<64x64xf32>, pending",
            result, pending, changed, y, acc);
        release = "release " + token + " after " + pending;
      }
      default -> {
        String pending = fresh();
        line(
            "%s, %s = mma_async %s, %s transposed, %s : tile<64x64xf32>, pending",
            result, pending, x, y, acc);
        release = "release " + token + " after " + pending;
      }
    }
    if (random.nextInt(4) == 0) {
      releases.add(release);
    } else {
      line("%s", release);
    }
    return result;
  }
}
