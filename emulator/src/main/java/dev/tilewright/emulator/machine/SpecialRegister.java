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
  CLUSTERID_X,
  CLUSTERID_Y,
  CLUSTERID_Z,
  NCLUSTERID_X,
  NCLUSTERID_Y,
  NCLUSTERID_Z,
  CLUSTER_CTAID_X,
  CLUSTER_CTAID_Y,
  CLUSTER_CTAID_Z,
  CLUSTER_NCTAID_X,
  CLUSTER_NCTAID_Y,
  CLUSTER_NCTAID_Z,
  CLUSTER_CTARANK,
  CLUSTER_NCTARANK,
  IS_EXPLICIT_CLUSTER,
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
  ZERO;

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
      case CLUSTERID_X -> block.cluster.x;
      case CLUSTERID_Y -> block.cluster.y;
      case CLUSTERID_Z -> block.cluster.z;
      case NCLUSTERID_X -> launch.clusters().x();
      case NCLUSTERID_Y -> launch.clusters().y();
      case NCLUSTERID_Z -> launch.clusters().z();
      case CLUSTER_CTAID_X -> block.x % launch.clusterShape().x();
      case CLUSTER_CTAID_Y -> block.y % launch.clusterShape().y();
      case CLUSTER_CTAID_Z -> block.z % launch.clusterShape().z();
      case CLUSTER_NCTAID_X -> launch.clusterShape().x();
      case CLUSTER_NCTAID_Y -> launch.clusterShape().y();
      case CLUSTER_NCTAID_Z -> launch.clusterShape().z();
      case CLUSTER_CTARANK -> block.rank;
      case CLUSTER_NCTARANK -> launch.clusterShape().count();
      case IS_EXPLICIT_CLUSTER -> launch.clusterShape().count() > 1 ? 1 : 0;
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
    };
  }
}
