package dev.tilewright.ptx;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.target.Backend;
import dev.tilewright.ir.target.GeneratedCode;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.ir.thread.pass.ExpandMath;
import dev.tilewright.ir.thread.pass.Simplify;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes PTX for {@link NvidiaTargets}: ISA 7.8, which every driver since CUDA 11.8 reads, and ISA
 * later, up to 8.4 of CUDA 12.4, for targets whose name ends in {@code a} and for 8-bit floats.
 *
 * <p>The kernel takes its parameters in the function's order, each aligned to its size, tensor maps
 * to 64 bytes; its shared memory is the dynamic one, addressed from the start of the window {@code
 * shared_window}. {@code .loc} lines name the Java line that each instruction comes from.
 *
 * <p>How accurate elementary functions are is said at {@link ExpandMath}.
 */
public final class PtxBackend implements Backend {

  /** The name of the block's shared memory in the text. */
  static final String SHARED_WINDOW = "shared_window";

  @Override
  public String language() {
    return "ptx";
  }

  @Override
  public List<Target> targets() {
    return NvidiaTargets.ALL;
  }

  @Override
  public GeneratedCode generate(ThreadFunction threadFunction, Target target) {
    ThreadFunction function =
        Simplify.run(ExpandMath.run(LowerDescriptors.run(AnchorShared.run(threadFunction))));
    boolean accelerated = target.name().endsWith("a");
    Code code = new Code();
    if (accelerated) {
      code.needs(84);
    }
    Values values = new Values(code);
    List<String> parameters = loadParameters(function, code, values);
    new FunctionPrinter(code, values, function, architecture(target)).print(function.body());
    code.emit("ret");
    String entry = identifier(function.name());
    StringBuilder text = new StringBuilder();
    text.append(code.versionDirective())
        .append(".target ")
        .append(target.name())
        .append("\n.address_size 64\n");
    text.append(code.fileDirectives()).append('\n');
    if (function.sharedBytes() > 0) {
      // The swizzles of bulk copies repeat after 1024 bytes.
      text.append(".extern .shared .align ").append(accelerated ? 1024 : 128);
      text.append(" .b8 ").append(SHARED_WINDOW).append("[];\n\n");
    }
    text.append(".visible .entry ").append(entry).append("(");
    text.append(parameters.isEmpty() ? "" : "\n\t");
    text.append(String.join(",\n\t", parameters));
    text.append(parameters.isEmpty() ? "" : "\n");
    text.append(")\n.reqntid ").append(function.threads()).append(", 1, 1\n.minnctapersm 1\n");
    if (function.cluster() > 1) {
      text.append(".reqnctapercluster ").append(function.cluster()).append(", 1, 1\n");
    }
    text.append("{\n");
    text.append(code.declarations()).append(code).append("}\n");
    return new GeneratedCode(language(), entry, text.toString());
  }

  /** The number in the target's name: 80 of {@code sm_80}. */
  private static int architecture(Target target) {
    return Integer.parseInt(target.name().replaceAll("[^0-9]", ""));
  }

  private static List<String> loadParameters(ThreadFunction function, Code code, Values values) {
    List<String> declared = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (ThreadParameter parameter : function.parameters()) {
      ThreadValue value = parameter.value();
      DType type = value.type().element();
      PtxTypes.check(type, Location.UNKNOWN);
      int bits = Math.max(8, type.bits());
      String name = identifier(parameter.label());
      while (!names.add(name)) {
        name += "$";
      }
      boolean map = parameter instanceof ThreadParameter.TensorMap;
      declared.add(
          map ? ".param .align 64 .b8 " + name + "[128]" : ".param .b" + bits + " " + name);
      String address = Code.address(name, 0);
      switch (parameter) {
        case ThreadParameter.Pointer _, ThreadParameter.Workspace _ -> {
          String generic = code.compute(RegisterKind.B64, "ld.param.b64", address);
          String global = code.compute(RegisterKind.B64, "cvta.to.global.u64", generic);
          values.define(value, List.of(global));
        }
        case ThreadParameter.TensorMap _ -> {
          String offset = code.compute(RegisterKind.B64, "mov.b64", name);
          String generic = code.compute(RegisterKind.B64, "cvta.param.u64", offset);
          values.define(value, List.of(generic));
        }
        case ThreadParameter.Stride _, ThreadParameter.Dimension _, ThreadParameter.Scalar _ ->
            load(value, bits, address, code, values);
      }
    }
    return declared;
  }

  private static void load(ThreadValue value, int bits, String address, Code code, Values values) {
    DType type = value.type().element();
    if (PtxTypes.isPredicate(type)) {
      String word = code.compute(RegisterKind.B32, "ld.param.u8", address);
      values.define(value, List.of(code.compute(RegisterKind.PREDICATE, "setp.ne.b32", word, "0")));
      return;
    }
    String suffix =
        PtxTypes.isNarrow(type) ? PtxTypes.arithmetic(type).substring(0, 1) + bits : "b" + bits;
    values.define(value, List.of(code.compute(PtxTypes.kind(type), "ld.param." + suffix, address)));
  }

  /** A name that PTX accepts; what it does not becomes an underscore. */
  private static String identifier(String name) {
    StringBuilder text = new StringBuilder();
    for (char c : name.toCharArray()) {
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '$';
      boolean digit = (c >= '0' && c <= '9') || c == '_';
      text.append(letter || (digit && !text.isEmpty()) ? c : '_');
    }
    // A lone underscore is PTX's sink.
    return text.isEmpty() || text.charAt(0) == '_' ? "k" + text : text.toString();
  }
}
