package dev.tilewright.emulator.machine;

import java.util.Arrays;

/** Where a bulk copy gets its bytes: a box of a tensor, a range of global or of shared memory. */
sealed interface BulkSource {

  int bytes();

  /** The bytes as they are now. The warp stands at the copy's instruction. */
  byte[] read(Warp warp, int lane);

  /** A box of a tensor in global memory. */
  record Tile(TensorTile tile) implements BulkSource {
    @Override
    public int bytes() {
      return tile.bytes();
    }

    @Override
    public byte[] read(Warp warp, int lane) {
      byte[] box = tile.outside();
      MemoryPort port = warp.memory();
      tile.inside(
          (address, at, count) -> {
            port.locateBulk(lane, address, count, "bulk read");
            System.arraycopy(port.data(), port.offset(), box, at, count);
          });
      return box;
    }
  }

  /** A range of global memory. */
  record Range(long address, int bytes) implements BulkSource {
    @Override
    public byte[] read(Warp warp, int lane) {
      MemoryPort port = warp.memory();
      port.locateBulk(lane, address, bytes, "bulk read");
      return Arrays.copyOfRange(port.data(), port.offset(), port.offset() + bytes);
    }
  }

  /** A range of the block's own shared memory. */
  record Shared(Block block, int offset, int bytes) implements BulkSource {
    @Override
    public byte[] read(Warp warp, int lane) {
      return Arrays.copyOfRange(block.shared.data, offset, offset + bytes);
    }
  }
}
