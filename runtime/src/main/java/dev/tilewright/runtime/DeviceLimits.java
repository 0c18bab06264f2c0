package dev.tilewright.runtime;

import dev.tilewright.runtime.spi.DeviceDescription;
import dev.tilewright.runtime.spi.LaunchShape;

/** What a device can take in and launch. */
final class DeviceLimits {
  /** Threads of a block: CUDA C++ Programming Guide, "Compute Capabilities"; CDNA has the same. */
  private static final int MAX_THREADS = 1024;

  /** Blocks along y and z, ibid. Along x an {@code int} is the limit. */
  private static final int MAX_BLOCKS_YZ = 65535;

  /** Blocks of a cluster, ibid.: 8 on every device that has clusters, 16 on some. */
  private static final int MAX_CLUSTER = 16;

  private DeviceLimits() {}

  static void check(KernelImage image, DeviceDescription device) {
    if (!device.targets().contains(image.target())) {
      throw new LaunchException(
          LaunchError.TARGET,
          image.entry(),
          "compiled for "
              + image.target()
              + ", but "
              + device.name()
              + " runs "
              + String.join(", ", device.targets())
              + "; compile it for one of these");
    }
    if (image.threads() < 1 || image.threads() > MAX_THREADS) {
      throw new LaunchException(
          LaunchError.BLOCK,
          image.entry(),
          "a block has " + image.threads() + " threads; 1 to " + MAX_THREADS + " are possible");
    }
    if (image.cluster().count() > MAX_CLUSTER) {
      throw new LaunchException(
          LaunchError.CLUSTER,
          image.entry(),
          "a cluster of "
              + image.cluster()
              + " has "
              + image.cluster().count()
              + " blocks; at most "
              + MAX_CLUSTER
              + " are possible, and 8 on every device");
    }
    if (image.sharedBytes() < 0 || image.sharedBytes() > device.sharedBytesPerBlock()) {
      throw new LaunchException(
          LaunchError.BLOCK,
          image.entry(),
          "a block needs "
              + image.sharedBytes()
              + " bytes of shared memory, but "
              + device.name()
              + " has "
              + device.sharedBytesPerBlock()
              + "; use smaller tiles or fewer pipeline stages");
    }
  }

  /**
   * @param blocks one to three sizes
   */
  static LaunchShape grid(KernelImage image, long[] blocks) {
    int[] cluster = {image.cluster().x(), image.cluster().y(), image.cluster().z()};
    for (int axis = 0; axis < blocks.length; axis++) {
      long limit = axis == 0 ? Integer.MAX_VALUE : MAX_BLOCKS_YZ;
      if (blocks[axis] < 1 || blocks[axis] > limit) {
        throw new LaunchException(
            LaunchError.GRID,
            image.entry(),
            "the grid has "
                + blocks[axis]
                + " blocks along "
                + "xyz".charAt(axis)
                + " ("
                + image.grid().get(axis)
                + "); 1 to "
                + limit
                + " are possible");
      }
      if (blocks[axis] % cluster[axis] != 0) {
        throw notWholeClusters(image, axis, blocks[axis]);
      }
    }
    for (int axis = blocks.length; axis < cluster.length; axis++) {
      if (cluster[axis] != 1) {
        throw notWholeClusters(image, axis, 1);
      }
    }
    return new LaunchShape(
        (int) blocks[0],
        blocks.length > 1 ? (int) blocks[1] : 1,
        blocks.length > 2 ? (int) blocks[2] : 1);
  }

  private static LaunchException notWholeClusters(KernelImage image, int axis, long blocks) {
    return new LaunchException(
        LaunchError.CLUSTER,
        image.entry(),
        "the grid has "
            + blocks
            + " blocks along "
            + "xyz".charAt(axis)
            + ", which is no multiple of its clusters of "
            + image.cluster()
            + "; round the grid up and let the blocks beyond the end do nothing");
  }
}
