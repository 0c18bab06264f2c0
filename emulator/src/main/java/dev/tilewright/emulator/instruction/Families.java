package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.ptx.PtxException;
import java.util.HashMap;
import java.util.Map;

/** Every opcode the emulator knows, by family. */
public final class Families {
  /** Decodes one opcode. */
  interface Decoder {
    Decoded decode(Decoding d);
  }

  private static final Map<String, Decoder> DECODERS = decoders();

  private Families() {}

  private static Map<String, Decoder> decoders() {
    Map<String, Decoder> all = new HashMap<>();
    ArithmeticFamily.register(all);
    IntegerFamily.register(all);
    CarryFamily.register(all);
    BitFamily.register(all);
    LogicFamily.register(all);
    FloatFamily.register(all);
    MathFamily.register(all);
    CompareFamily.register(all);
    ConvertFamily.register(all);
    MoveFamily.register(all);
    MemoryFamily.register(all);
    AtomicFamily.register(all);
    ControlFamily.register(all);
    BarrierFamily.register(all);
    MbarrierFamily.register(all);
    ClusterFamily.register(all);
    WarpFamily.register(all);
    AsyncCopyFamily.register(all);
    MatrixMoveFamily.register(all);
    MmaFamily.register(all);
    WmmaFamily.register(all);
    WgmmaFamily.register(all);
    return Map.copyOf(all);
  }

  /**
   * Decodes an instruction.
   *
   * @throws PtxException if the opcode, a modifier or an operand is not known
   */
  public static Decoded decode(Decoding d) {
    Decoder decoder = DECODERS.get(d.opcode());
    if (decoder == null) {
      throw d.unsupported("no such opcode is known");
    }
    Decoded decoded = decoder.decode(d);
    d.finish();
    return decoded;
  }
}
