package dev.tilewright.ptx;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.target.GroupMma;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.target.Throughput;
import dev.tilewright.ir.target.WarpSpecialization;
import dev.tilewright.layout.analysis.BankModel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The NVIDIA targets, as values (CUDA C++ Programming Guide, "Technical Specifications per Compute
 * Capability"). They differ in how much shared memory a block may ask for; {@code sm_90a} has warp
 * roles besides.
 */
public final class NvidiaTargets {
  private static final int LANES = 32;

  /**
   * 32 banks of 4 bytes. Accesses of up to 4 bytes are served for all lanes at once, of 8 bytes for
   * half a warp, of 16 bytes ({@code ldmatrix} rows too) for a quarter.
   */
  private static final BankModel SHARED_BANKS =
      new BankModel(
          32,
          4,
          new TreeMap<>(
              Map.of(
                  4, BankModel.consecutive(LANES, 32),
                  8, BankModel.consecutive(LANES, 16),
                  16, BankModel.consecutive(LANES, 8))));

  private static final List<MmaInstruction> MMA_SYNC =
      List.of(
          MmaFragments.instruction(DType.F16, DType.F16, DType.F32),
          MmaFragments.instruction(DType.BF16, DType.BF16, DType.F32),
          MmaFragments.instruction(DType.TF32, DType.TF32, DType.F32),
          MmaFragments.instruction(DType.I8, DType.I8, DType.I32),
          MmaFragments.instruction(DType.I8, DType.U8, DType.I32),
          MmaFragments.instruction(DType.U8, DType.I8, DType.I32),
          MmaFragments.instruction(DType.U8, DType.U8, DType.I32),
          MmaFragments.instruction(DType.F16, DType.F16, DType.F16));

  /** From sm_89 on. */
  private static final List<MmaInstruction> MMA_SYNC_BYTE_FLOATS =
      List.of(
          MmaFragments.instruction(DType.F8E4M3, DType.F8E4M3, DType.F32),
          MmaFragments.instruction(DType.F8E4M3, DType.F8E5M2, DType.F32),
          MmaFragments.instruction(DType.F8E5M2, DType.F8E4M3, DType.F32),
          MmaFragments.instruction(DType.F8E5M2, DType.F8E5M2, DType.F32));

  /** Best first for each pair of operand types. */
  private static final List<GroupMma> WGMMA =
      List.of(
          GroupFragments.family(DType.F16, DType.F16, DType.F32),
          GroupFragments.family(DType.BF16, DType.BF16, DType.F32),
          GroupFragments.family(DType.TF32, DType.TF32, DType.F32),
          GroupFragments.family(DType.F8E4M3, DType.F8E4M3, DType.F32),
          GroupFragments.family(DType.F8E4M3, DType.F8E5M2, DType.F32),
          GroupFragments.family(DType.F8E5M2, DType.F8E4M3, DType.F32),
          GroupFragments.family(DType.F8E5M2, DType.F8E5M2, DType.F32),
          GroupFragments.family(DType.I8, DType.I8, DType.I32),
          GroupFragments.family(DType.I8, DType.U8, DType.I32),
          GroupFragments.family(DType.U8, DType.I8, DType.I32),
          GroupFragments.family(DType.U8, DType.U8, DType.I32),
          GroupFragments.family(DType.F16, DType.F16, DType.F16));

  /**
   * Of compute capability 9.0: CUDA C++ Programming Guide, "Arithmetic Instructions"; 4,096
   * operations of a dense bf16 product in a cycle are two columns of 64×N×16.
   */
  private static final Throughput HOPPER_THROUGHPUT = new Throughput(2, 128, 64, 16, 32, 128);

  private static final WarpSpecialization HOPPER =
      new WarpSpecialization(
          4,
          65_536,
          8,
          24,
          240,
          256,
          16,
          List.of(128, 64, 32),
          16,
          8,
          132,
          HOPPER_THROUGHPUT,
          WGMMA);

  /** A100. */
  public static final Target SM_80 = target("sm_80", 166_912, List.of());

  /** GeForce 30, A10, A40. */
  public static final Target SM_86 = target("sm_86", 101_376, List.of());

  /** GeForce 40, L4, L40. */
  public static final Target SM_89 = target("sm_89", 101_376, MMA_SYNC_BYTE_FLOATS);

  /** H100, H200, without what later chips do not have. */
  public static final Target SM_90 = target("sm_90", 232_448, MMA_SYNC_BYTE_FLOATS);

  /** H100, H200. */
  public static final Target SM_90A =
      target("sm_90a", 232_448, MMA_SYNC_BYTE_FLOATS, Optional.of(HOPPER));

  /** All of them, oldest first. */
  public static final List<Target> ALL = List.of(SM_80, SM_86, SM_89, SM_90, SM_90A);

  private NvidiaTargets() {}

  private static Target target(String name, int sharedBytesPerBlock, List<MmaInstruction> more) {
    return target(name, sharedBytesPerBlock, more, Optional.empty());
  }

  /**
   * @param more matrix instructions of 8-bit floats; the conversions came with them
   */
  private static Target target(
      String name,
      int sharedBytesPerBlock,
      List<MmaInstruction> more,
      Optional<WarpSpecialization> specialization) {
    return new Target(
        name,
        LANES,
        sharedBytesPerBlock,
        255,
        1024,
        List.of(1, 2, 4, 8, 16),
        Set.of(4, 8, 16),
        true,
        SHARED_BANKS,
        Stream.concat(MMA_SYNC.stream(), more.stream()).toList(),
        !more.isEmpty(),
        specialization);
  }
}
