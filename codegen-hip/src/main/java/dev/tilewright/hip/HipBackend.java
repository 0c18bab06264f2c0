package dev.tilewright.hip;

import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.target.Backend;
import dev.tilewright.ir.target.GeneratedCode;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.pass.ExpandMath;
import dev.tilewright.ir.thread.pass.Simplify;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes HIP C++ for {@link AmdTargets}: one text without headers or macros, for clang, {@code
 * hipcc} and {@code hiprtc}.
 *
 * <p>The kernel takes its parameters in the function's order, each aligned to its size; its local
 * memory is static. {@code #line} names the Java line that each statement comes from. No two
 * operations are contracted into one.
 */
public final class HipBackend implements Backend {

  @Override
  public String language() {
    return "hip";
  }

  @Override
  public List<Target> targets() {
    return AmdTargets.ALL;
  }

  @Override
  public GeneratedCode generate(ThreadFunction threadFunction, Target target) {
    ThreadFunction function = Simplify.run(ExpandMath.run(threadFunction));
    Text body = new Text();
    FunctionPrinter printer = new FunctionPrinter(body, target);
    List<String> parameters = parameters(function, body, printer);
    printer.print(function.body());
    String entry = identifier(function.name());
    StringBuilder text = new StringBuilder();
    text.append("// ").append(function.name()).append(" for ").append(target.name()).append('\n');
    text.append("#pragma clang fp contract(off)\n");
    HipTypes.typedefs().forEach(line -> text.append(line).append('\n'));
    text.append('\n').append(body.preamble());
    if (function.sharedBytes() > 0) {
      text.append("static __attribute__((shared)) __attribute__((aligned(128))) char ");
      text.append(FunctionPrinter.WINDOW).append('[').append(function.sharedBytes());
      text.append("];\n\n");
    }
    text.append("extern \"C\" __attribute__((global))\n");
    text.append(
        "__attribute__((amdgpu_flat_work_group_size(%1$d, %1$d)))\n".formatted(function.threads()));
    text.append("void ").append(entry).append('(');
    text.append(String.join(", ", parameters)).append(") {\n");
    text.append(body).append("}\n");
    return new GeneratedCode(language(), entry, text.toString());
  }

  private static List<String> parameters(
      ThreadFunction function, Text body, FunctionPrinter printer) {
    List<String> declared = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (ThreadParameter parameter : function.parameters()) {
      String name = identifier(parameter.label());
      while (!names.add(name)) {
        name += "_";
      }
      switch (parameter) {
        case ThreadParameter.Pointer _, ThreadParameter.Workspace _ -> {
          declared.add("__attribute__((address_space(1))) char *" + name);
          String address = "v" + parameter.value().id();
          body.line("i64 %s = (i64)%s;".formatted(address, name));
          printer.define(parameter.value(), address);
        }
        case ThreadParameter.Stride _, ThreadParameter.Dimension _, ThreadParameter.Scalar _ -> {
          declared.add(HipTypes.name(parameter.value().type(), Location.UNKNOWN) + " " + name);
          printer.define(parameter.value(), name);
        }
        case ThreadParameter.TensorMap m ->
            throw new CompileException(
                "TW-H003",
                Location.UNKNOWN,
                "%s has no bulk copies: tensor '%s' cannot be described to them"
                    .formatted(function.target(), m.tensor()));
      }
    }
    return declared;
  }

  /** A name that C++ accepts and no header uses; what it does not becomes an underscore. */
  private static String identifier(String name) {
    StringBuilder text = new StringBuilder();
    for (char c : name.toCharArray()) {
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      boolean digit = (c >= '0' && c <= '9') || c == '_';
      text.append(letter || (digit && !text.isEmpty()) ? c : '_');
    }
    return text.isEmpty() || text.charAt(0) == '_' ? "k" + text : text.toString();
  }
}
