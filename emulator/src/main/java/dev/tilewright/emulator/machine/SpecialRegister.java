package dev.tilewright.emulator.machine;

/** Special registers that keep one value for a thread's whole life. */
public enum SpecialRegister {
  TID_X,
  TID_Y,
  TID_Z,
  NTID_X,
  NTID_Y,
  NTID_Z,
  CTAID_X,
  CTAID_Y,
  CTAID_Z,
  NCTAID_X,
  NCTAID_Y,
  NCTAID_Z,
  LANEID,
  WARPID,
  NWARPID,
  SMID,
  NSMID,
  LANEMASK_EQ,
  LANEMASK_LE,
  LANEMASK_LT,
  LANEMASK_GE,
  LANEMASK_GT,
  DYNAMIC_SHARED_BYTES,
  TOTAL_SHARED_BYTES,
  ZERO,
  ONE;

  int value(Block block, int warp, int lane) {
    Launch launch = block.launch;
    int thread = warp * 32 + lane;
    int nx = launch.threads().x();
    int ny = launch.threads().y();
    return switch (this) {
      case TID_X -> thread % nx;
      case TID_Y -> thread / nx % ny;
      case TID_Z -> thread / nx / ny;
      case NTID_X -> nx;
      case NTID_Y -> ny;
      case NTID_Z -> launch.threads().z();
      case CTAID_X -> block.x;
      case CTAID_Y -> block.y;
      case CTAID_Z -> block.z;
      case NCTAID_X -> launch.grid().x();
      case NCTAID_Y -> launch.grid().y();
      case NCTAID_Z -> launch.grid().z();
      case LANEID -> lane;
      case WARPID -> warp;
      case NWARPID -> block.warps.length;
      case SMID -> block.index % Launch.MULTIPROCESSORS;
      case NSMID -> Launch.MULTIPROCESSORS;
      case LANEMASK_EQ -> 1 << lane;
      case LANEMASK_LE -> (2 << lane) - 1;
      case LANEMASK_LT -> (1 << lane) - 1;
      case LANEMASK_GE -> -(1 << lane);
      case LANEMASK_GT -> -(2 << lane);
      case DYNAMIC_SHARED_BYTES -> launch.dynamicSharedBytes();
      case TOTAL_SHARED_BYTES -> block.shared.size();
      case ZERO -> 0;
      case ONE -> 1;
    };
  }
}
