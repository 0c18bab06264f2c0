package dev.tilewright.emulator.counters;

/**
 * What is counted, in the order of the report. Instructions are counted once per warp that issues
 * them, also when the guard masks every lane off. All figures are functions of the program and its
 * input, not of the schedule, as long as the program itself does not spin.
 */
public enum Counter {
  INSTRUCTIONS("inst.total"),
  INTEGER("inst.integer"),
  LOGIC("inst.logic"),
  FLOAT("inst.float"),
  COMPARE("inst.compare"),
  CONVERT("inst.convert"),
  MOVE("inst.move"),
  CONTROL("inst.control"),
  BARRIER("inst.barrier"),
  WARP("inst.warp"),
  ATOMIC("inst.atomic"),
  MMA("inst.mma"),
  /** Products of warpgroups with their fences and groups; each warp counts for itself. */
  WGMMA("inst.wgmma"),
  CP_ASYNC("inst.cpasync"),
  BULK("inst.bulk"),
  GLOBAL_LOAD("inst.memory.global.load"),
  GLOBAL_STORE("inst.memory.global.store"),
  SHARED_LOAD("inst.memory.shared.load"),
  SHARED_STORE("inst.memory.shared.store"),
  SHARED_MATRIX("inst.memory.shared.matrix"),
  LOCAL_LOAD("inst.memory.local.load"),
  LOCAL_STORE("inst.memory.local.store"),
  CONSTANT_LOAD("inst.memory.const.load"),
  PARAMETER_ACCESS("inst.memory.param"),
  GENERIC_LOAD("inst.memory.generic.load"),
  GENERIC_STORE("inst.memory.generic.store"),
  OTHER("inst.other"),
  BYTES_GLOBAL_LOAD("bytes.global.load"),
  BYTES_GLOBAL_STORE("bytes.global.store"),
  REQUESTS_GLOBAL_LOAD("requests.global.load"),
  REQUESTS_GLOBAL_STORE("requests.global.store"),
  SECTORS_GLOBAL_LOAD("sectors.global.load"),
  SECTORS_GLOBAL_STORE("sectors.global.store"),
  BYTES_SHARED_LOAD("bytes.shared.load"),
  BYTES_SHARED_STORE("bytes.shared.store"),
  WAVEFRONTS_SHARED_LOAD("wavefronts.shared.load"),
  WAVEFRONTS_SHARED_STORE("wavefronts.shared.store"),
  CONFLICTS_SHARED("conflicts.shared"),
  /** Of operands, once for each product of a warpgroup. */
  BYTES_SHARED_WGMMA("bytes.shared.wgmma"),
  BYTES_LOCAL("bytes.local"),
  BYTES_CP_ASYNC("bytes.cpasync"),
  /** Of global memory, by bulk copies; a multicast counts once. */
  BYTES_BULK_LOAD("bytes.bulk.load"),
  BYTES_BULK_STORE("bytes.bulk.store"),
  ATOMICS_GLOBAL("atomics.global"),
  ATOMICS_SHARED("atomics.shared"),
  BARRIERS("barriers"),
  /** Of those, barriers that name how many threads they wait for. */
  BARRIERS_PARTIAL("barriers.partial"),
  FLOPS_MMA("flops.mma"),
  DIVERGENT_BRANCHES("branches.divergent");

  private final String label;

  Counter(String label) {
    this.label = label;
  }

  /** The name in the report. */
  public String label() {
    return label;
  }
}
