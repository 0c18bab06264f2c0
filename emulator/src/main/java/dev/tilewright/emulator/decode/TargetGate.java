package dev.tilewright.emulator.decode;

import dev.tilewright.emulator.ptx.Function;
import dev.tilewright.emulator.ptx.Module;
import dev.tilewright.emulator.ptx.PtxException;
import dev.tilewright.emulator.ptx.Statement;
import java.util.List;
import java.util.Set;

/** Refuses instructions that the module's {@code .target} does not have, as {@code ptxas} does. */
final class TargetGate {
  private static final Set<String> OWN_OPCODES = Set.of("wgmma", "setmaxnreg", "tensormap");
  private static final Set<String> SM_90_OPCODES =
      Set.of("mapa", "getctarank", "elect", "griddepcontrol", "stmatrix");
  private static final Set<String> SM_90_MODIFIERS =
      Set.of(
          "bulk",
          "expect_tx",
          "complete_tx",
          "try_wait",
          "mbarrier_init",
          "tensormap",
          "shared::cluster",
          "cluster",
          "multicast::cluster");

  private TargetGate() {}

  static void check(Module module) {
    String target = module.target();
    boolean own = target.endsWith("a");
    int capability = capability(target);
    for (Function f : module.functions()) {
      for (Statement.Instruction i : ProgramLoader.instructions(f.body())) {
        if (OWN_OPCODES.contains(i.opcode()) && !(own && capability == 90)) {
          throw refused(i, target, "sm_90a");
        }
        if (capability < 90 && isOfSm90(i)) {
          throw refused(i, target, "sm_90");
        }
      }
    }
  }

  private static boolean isOfSm90(Statement.Instruction i) {
    List<String> m = i.modifiers();
    boolean proxy = i.opcode().equals("fence") && m.contains("proxy") && !m.contains("alias");
    return SM_90_OPCODES.contains(i.opcode())
        || proxy
        || m.stream().anyMatch(SM_90_MODIFIERS::contains);
  }

  private static int capability(String target) {
    String digits = target.replaceAll("[^0-9]", "");
    return digits.isEmpty() || digits.length() > 4 ? 0 : Integer.parseInt(digits);
  }

  private static PtxException refused(Statement.Instruction i, String target, String needed) {
    return new PtxException(
        "EMU-UNSUPPORTED-INSTRUCTION",
        i.line(),
        i.mnemonic() + ": needs .target " + needed + "; the module says " + target);
  }
}
