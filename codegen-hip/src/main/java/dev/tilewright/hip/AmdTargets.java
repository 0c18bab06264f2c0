package dev.tilewright.hip;

import static dev.tilewright.hip.MfmaFragments.instruction;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.analysis.BankModel;
import dev.tilewright.layout.analysis.BankModel.Phases;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The AMD targets, as values: CDNA2, CDNA3 and CDNA4, waves of 64 lanes.
 *
 * <p>How local memory serves a wave on CDNA4 is known from measurements with conflict counters (Hu
 * et al., <i>HipKittens</i>, 2025, table 5); for the older ones nothing is published, and they are
 * taken to serve as many lanes at once as their 128 bytes per clock allow, in order.
 */
public final class AmdTargets {
  private static final int LANES = 64;

  /** 32 banks of 4 bytes. */
  private static final BankModel CDNA_BANKS =
      new BankModel(
          32,
          4,
          new TreeMap<>(
              Map.of(
                  4, BankModel.consecutive(LANES, 32),
                  8, BankModel.consecutive(LANES, 16),
                  16, BankModel.consecutive(LANES, 8))));

  /** 64 banks of 4 bytes for reads of 8 and 16 bytes, 32 for all else. */
  private static final BankModel CDNA4_BANKS =
      new BankModel(
          4,
          new TreeMap<>(
              Map.of(
                  4, new Phases(32, BankModel.consecutive(LANES, 32)),
                  8, new Phases(64, BankModel.consecutive(LANES, 32)),
                  16, new Phases(64, wideReads()))),
          new TreeMap<>(
              Map.of(
                  4, new Phases(32, BankModel.consecutive(LANES, 32)),
                  8, new Phases(32, BankModel.consecutive(LANES, 16)),
                  16, new Phases(32, BankModel.consecutive(LANES, 8)))));

  private static final List<MmaInstruction> MFMA =
      List.of(
          instruction("mfma_f32_16x16x16f16", 16, 16, DType.F16, DType.F16, DType.F32),
          instruction("mfma_f32_16x16x16bf16_1k", 16, 16, DType.BF16, DType.BF16, DType.F32),
          instruction("mfma_f32_16x16x4f32", 16, 4, DType.F32, DType.F32, DType.F32));

  private static final List<MmaInstruction> MFMA_CDNA3 =
      List.of(
          instruction("mfma_i32_16x16x32_i8", 16, 32, DType.I8, DType.I8, DType.I32),
          instruction(
              "mfma_f32_16x16x32_fp8_fp8", 16, 32, DType.F8E4M3FNUZ, DType.F8E4M3FNUZ, DType.F32),
          instruction(
              "mfma_f32_16x16x32_bf8_bf8", 16, 32, DType.F8E5M2FNUZ, DType.F8E5M2FNUZ, DType.F32));

  private static final List<MmaInstruction> MFMA_CDNA4 =
      List.of(
          instruction("mfma_f32_16x16x32_f16", 16, 32, DType.F16, DType.F16, DType.F32),
          instruction("mfma_f32_16x16x32_bf16", 16, 32, DType.BF16, DType.BF16, DType.F32),
          instruction("mfma_i32_16x16x64_i8", 16, 64, DType.I8, DType.I8, DType.I32),
          instruction("mfma_i32_16x16x32_i8", 16, 32, DType.I8, DType.I8, DType.I32),
          instruction("mfma_f32_16x16x32_fp8_fp8", 16, 32, DType.F8E4M3, DType.F8E4M3, DType.F32),
          instruction("mfma_f32_16x16x32_bf8_bf8", 16, 32, DType.F8E5M2, DType.F8E5M2, DType.F32));

  /** MI200: CDNA2. */
  public static final Target GFX90A = target("gfx90a", 65_536, CDNA_BANKS, MFMA);

  /** MI300: CDNA3. Its 8-bit floats have no infinities and one NaN, and no negative zero. */
  public static final Target GFX942 =
      target(
          "gfx942", 65_536, CDNA_BANKS, Stream.concat(MFMA.stream(), MFMA_CDNA3.stream()).toList());

  /** MI350: CDNA4. Its 8-bit floats are those of the OCP. */
  public static final Target GFX950 =
      target(
          "gfx950",
          163_840,
          CDNA4_BANKS,
          Stream.concat(MFMA_CDNA4.stream(), MFMA.stream()).toList());

  /** All of them, oldest first. */
  public static final List<Target> ALL = List.of(GFX90A, GFX942, GFX950);

  private AmdTargets() {}

  private static Target target(
      String name, int sharedBytesPerBlock, BankModel banks, List<MmaInstruction> instructions) {
    return new Target(
        name,
        LANES,
        sharedBytesPerBlock,
        256,
        1024,
        List.of(1, 2, 4, 8, 16),
        Set.of(),
        false,
        banks,
        instructions);
  }

  /**
   * Half waves are served in two groups of sixteen lanes that interleave, the same in both halves.
   */
  private static List<List<Integer>> wideReads() {
    List<List<Integer>> phases = new ArrayList<>();
    for (int half = 0; half < LANES; half += LANES / 2) {
      phases.add(lanes(half, 0, 4, 12, 16, 20, 28));
      phases.add(lanes(half, 4, 12, 16, 20, 28, 32));
    }
    return phases;
  }

  /** The lanes from each even-numbered bound up to the next one. */
  private static List<Integer> lanes(int from, int... bounds) {
    List<Integer> lanes = new ArrayList<>();
    for (int i = 0; i < bounds.length; i += 2) {
      for (int lane = bounds[i]; lane < bounds[i + 1]; lane++) {
        lanes.add(from + lane);
      }
    }
    return lanes;
  }
}
