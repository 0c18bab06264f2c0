package dev.tilewright.emulator.decode;

import dev.tilewright.emulator.ptx.Function;
import dev.tilewright.emulator.ptx.Module;
import dev.tilewright.emulator.ptx.PtxType;
import dev.tilewright.emulator.ptx.Statement;
import java.util.Set;

/**
 * What a module's memory instructions have in common: the narrowest access to each memory, and
 * whether blocks may communicate, and whether there are bulk copies.
 */
record AccessSurvey(int sharedGranule, int globalGranule, boolean ordersBlocks, boolean bulk) {
  private static final Set<String> ACCESSES = Set.of("ld", "ldu", "st", "atom", "red", "wmma");
  private static final Set<String> STRONG =
      Set.of("volatile", "relaxed", "acquire", "release", "acq_rel", "mmio");

  static AccessSurvey of(Module module) {
    int shared = 4;
    int global = 4;
    boolean orders = false;
    boolean bulk = false;
    for (Function f : module.functions()) {
      for (Statement.Instruction i : ProgramLoader.instructions(f.body())) {
        // Blocks that reduce into the same memory take turns, as with atomics.
        orders |= i.opcode().equals("cp") && i.modifiers().contains("reduce");
        bulk |= i.opcode().equals("cp") && i.modifiers().contains("bulk");
        if (!ACCESSES.contains(i.opcode())) {
          continue;
        }
        boolean other =
            i.modifiers().stream()
                .anyMatch(m -> m.equals("local") || m.equals("const") || m.startsWith("param"));
        boolean toShared = !other && !i.modifiers().contains("global");
        boolean toGlobal = !other && i.modifiers().stream().noneMatch(m -> m.startsWith("shared"));
        int width = Math.clamp(width(i), 1, 4);
        shared = toShared ? Math.min(shared, width) : shared;
        global = toGlobal ? Math.min(global, width) : global;
        boolean atomic = i.opcode().equals("atom") || i.opcode().equals("red");
        orders |= toGlobal && (atomic || i.modifiers().stream().anyMatch(STRONG::contains));
      }
    }
    return new AccessSurvey(shared, global, orders, bulk);
  }

  private static int width(Statement.Instruction i) {
    int vector = 1;
    int bytes = 4;
    for (String m : i.modifiers()) {
      switch (m) {
        case "v2" -> vector = 2;
        case "v4" -> vector = 4;
        case "v8" -> vector = 8;
        default -> {
          PtxType type = PtxType.named(m);
          bytes = type == null ? bytes : type.bytes();
        }
      }
    }
    return vector * bytes;
  }
}
