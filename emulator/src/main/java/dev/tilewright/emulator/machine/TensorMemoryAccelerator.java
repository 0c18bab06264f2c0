package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.FindingCode;
import dev.tilewright.runtime.spi.TiledTensorMap;
import dev.tilewright.runtime.spi.TiledTensorMap.ElementType;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What executes bulk copies: checks their operands and issues their parts. Addresses are those of
 * the instruction; a shared-memory address may name another block of the cluster where the
 * instruction says {@code .shared::cluster}.
 */
public final class TensorMemoryAccelerator {
  /** What a multicast mask is when there is none. */
  public static final int NO_MULTICAST = 0;

  private TensorMemoryAccelerator() {}

  /**
   * Global to shared memory.
   *
   * @param multicast the ranks of the destination blocks, one bit each, or {@link #NO_MULTICAST}
   */
  public record Destination(
      AddressSpace space, long address, AddressSpace mbarrierSpace, long mbarrier, int multicast) {}

  /** {@code cp.async.bulk.tensor} from global to shared memory. */
  public static void loadTile(
      Warp warp, int lane, long map, int[] coordinates, Destination destination) {
    TensorTile tile = tile(warp, lane, map, coordinates);
    requireDocumented(warp, lane, tile);
    BulkCopies.countRead(warp, lane, tile);
    BulkSource source = new BulkSource.Tile(tile);
    deliver(warp, lane, source, destination, 128, tile::chunks);
  }

  /** {@code cp.async.bulk} from global to shared memory. */
  public static void load(Warp warp, int lane, long from, int bytes, Destination destination) {
    requireRange(warp, lane, bytes, from, "source");
    BulkCopies.countRead(warp, lane, from, bytes);
    BulkSource source = new BulkSource.Range(from, bytes);
    deliver(warp, lane, source, destination, 16, to -> BulkCopies.pieces(to, bytes));
  }

  /** {@code cp.async.bulk} from the block's shared memory to that of a block of the cluster. */
  public static void copy(
      Warp warp,
      int lane,
      long from,
      int bytes,
      Destination destination,
      @Nullable Reduction reduction) {
    MemoryPort port = warp.memory();
    requireRange(warp, lane, bytes, from, "source");
    port.locate(lane, AddressSpace.SHARED, from, 16, "bulk read");
    int offset = port.offset();
    requireEnd(warp, lane, AddressSpace.SHARED, from, bytes, "bulk read");
    BulkSource source = new BulkSource.Shared(warp.block, offset, bytes);
    Mbarrier mbarrier = mbarrier(warp, lane, destination);
    int to = locate(warp, lane, destination.space, destination.address, bytes, 16);
    BulkCopies.Place place = new BulkCopies.Place(port.owner(), BulkCopies.pieces(to, bytes));
    requireSameBlock(warp, lane, place, mbarrier);
    BulkCopies.issue(warp, lane, source, place, mbarrier, reduction);
  }

  /**
   * {@code cp.async.bulk.tensor} and {@code cp.reduce.async.bulk.tensor} from shared to global
   * memory.
   *
   * @param reduction what combines elements of a type, or null to replace them; it gives null for a
   *     type to which the operation does not apply
   */
  public static void storeTile(
      Warp warp,
      int lane,
      long map,
      int[] coordinates,
      AddressSpace space,
      long from,
      @Nullable Function<ElementType, @Nullable Reduction> reduction) {
    TensorTile tile = tile(warp, lane, map, coordinates);
    requireDocumented(warp, lane, tile);
    Reduction combine = null;
    if (reduction != null) {
      combine = reduction.apply(tile.type());
      if (combine == null) {
        throw warp.fault(
            FindingCode.TENSOR_MAP, lane, "does not apply to " + tile.type() + " elements");
      }
    }
    int offset = locate(warp, lane, space, from, tile.bytes(), 128);
    int[] pieces = tile.chunks(offset);
    warp.bulkStores().issue(lane, pieces, tile.insideOf(pieces), tile::inside, combine);
  }

  /** {@code cp.async.bulk} and {@code cp.reduce.async.bulk} from shared to global memory. */
  public static void store(
      Warp warp,
      int lane,
      long to,
      AddressSpace space,
      long from,
      int bytes,
      @Nullable Reduction reduction) {
    requireRange(warp, lane, bytes, to, "destination");
    int offset = locate(warp, lane, space, from, bytes, 16);
    int[] pieces = BulkCopies.pieces(offset, bytes);
    warp.bulkStores().issue(lane, pieces, pieces, visitor -> visitor.at(to, 0, bytes), reduction);
  }

  /** {@code cp.async.bulk.prefetch.tensor}: the operands must be right; nothing else happens. */
  public static void prefetchTile(Warp warp, int lane, long map, int[] coordinates) {
    TensorTile unused = tile(warp, lane, map, coordinates);
    assert unused.rows > 0;
  }

  // ---- operands

  private interface Pieces {
    int[] at(int offset);
  }

  private static void deliver(
      Warp warp,
      int lane,
      BulkSource source,
      Destination destination,
      int alignment,
      Pieces pieces) {
    int mask = destination.multicast;
    if (mask == NO_MULTICAST) {
      deliverTo(warp, lane, source, destination, alignment, pieces);
      return;
    }
    int blocks = warp.block.cluster.blocks.length;
    if (mask >>> blocks != 0) {
      throw warp.fault(
          FindingCode.OUT_OF_BOUNDS,
          lane,
          "multicasts to the blocks 0x"
              + Integer.toHexString(mask)
              + "; the cluster has "
              + blocks);
    }
    for (int m = mask; m != 0; m &= m - 1) {
      int rank = Integer.numberOfTrailingZeros(m);
      // The same place in every destination block.
      deliverTo(
          warp,
          lane,
          source,
          new Destination(
              AddressSpace.CLUSTER,
              AddressSpace.mapped(within(destination.space, destination.address), rank),
              AddressSpace.CLUSTER,
              AddressSpace.mapped(within(destination.mbarrierSpace, destination.mbarrier), rank),
              NO_MULTICAST),
          alignment,
          pieces);
    }
  }

  private static long within(AddressSpace space, long address) {
    return space == AddressSpace.GENERIC ? address - AddressSpace.SHARED.window() : address;
  }

  private static void deliverTo(
      Warp warp,
      int lane,
      BulkSource source,
      Destination destination,
      int alignment,
      Pieces pieces) {
    Mbarrier mbarrier = mbarrier(warp, lane, destination);
    int to = locate(warp, lane, destination.space, destination.address, source.bytes(), alignment);
    BulkCopies.Place place = new BulkCopies.Place(warp.memory().owner(), pieces.at(to));
    requireSameBlock(warp, lane, place, mbarrier);
    BulkCopies.issue(warp, lane, source, place, mbarrier, null);
  }

  private static Mbarrier mbarrier(Warp warp, int lane, Destination destination) {
    return Mbarriers.forAsync(warp, lane, destination.mbarrierSpace, destination.mbarrier);
  }

  private static void requireSameBlock(
      Warp warp, int lane, BulkCopies.Place place, Mbarrier mbarrier) {
    if (mbarrier.block() != place.block()) {
      throw warp.fault(
          FindingCode.MBARRIER,
          lane,
          "copies to the block of rank "
              + place.block().rank
              + ", but completes on "
              + mbarrier.name()
              + ": both must be in one block");
    }
  }

  /** Finds a range of shared memory; returns its offset, and leaves the port in its block. */
  private static int locate(
      Warp warp, int lane, AddressSpace space, long address, int bytes, int alignment) {
    MemoryPort port = warp.memory();
    port.locate(lane, space, address, 16, "bulk copy");
    int offset = port.offset();
    if (offset % alignment != 0) {
      throw warp.fault(
          FindingCode.MISALIGNED,
          lane,
          "has the shared address 0x"
              + Integer.toHexString(offset)
              + ", which is not a multiple of "
              + alignment);
    }
    if (port.space() != AddressSpace.SHARED) {
      throw warp.fault(FindingCode.OUT_OF_BOUNDS, lane, "names no shared memory");
    }
    requireEnd(warp, lane, space, address, bytes, "bulk copy");
    return offset;
  }

  private static void requireEnd(
      Warp warp, int lane, AddressSpace space, long address, int bytes, String what) {
    // The first and the last piece are inside, and shared memory has no holes.
    warp.memory().locate(lane, space, address + bytes - 16, 16, what);
  }

  private static void requireRange(Warp warp, int lane, int bytes, long address, String what) {
    if (bytes <= 0 || bytes % 16 != 0) {
      throw warp.fault(
          FindingCode.MISALIGNED,
          lane,
          "copies " + bytes + " bytes; a positive multiple of 16 is needed");
    }
    if (address % 16 != 0) {
      throw warp.fault(
          FindingCode.MISALIGNED,
          lane,
          "has the "
              + what
              + " 0x"
              + Long.toHexString(address)
              + ", which is not a multiple of 16");
    }
  }

  private static void requireDocumented(Warp warp, int lane, TensorTile tile) {
    if (!tile.hasKnownPlaces()) {
      throw warp.fault(
          FindingCode.TENSOR_MAP,
          lane,
          "has box rows of "
              + tile.rowBytes
              + " bytes with the swizzle "
              + tile.swizzle()
              + ": where they lie is documented only for rows that fill the swizzle's span");
    }
    switch (tile.type()) {
      case FLOAT32_FTZ, TFLOAT32, TFLOAT32_FTZ ->
          throw warp.fault(
              FindingCode.TENSOR_MAP,
              lane,
              "has elements of "
                  + tile.type()
                  + ", whose rounding is not documented; describe them as FLOAT32");
      case UINT8, UINT16, UINT32, INT32, UINT64, INT64, FLOAT16, FLOAT32, FLOAT64, BFLOAT16 -> {}
    }
  }

  private static TensorTile tile(Warp warp, int lane, long address, int[] coordinates) {
    MemoryPort port = warp.memory();
    // Below all windows lies the address of a parameter in its own space.
    AddressSpace space =
        address >= 0 && address < AddressSpace.LOCAL.window()
            ? AddressSpace.PARAMETER
            : AddressSpace.GENERIC;
    port.locate(lane, space, address, TiledTensorMap.ALIGNMENT, "read of a tensor map");
    port.locate(lane, space, address + 64, TiledTensorMap.ALIGNMENT, "read of a tensor map");
    TiledTensorMap map =
        switch (port.space()) {
          case GLOBAL, CONSTANT, PARAMETER -> TensorMap.decode(port.data(), port.offset() - 64);
          case SHARED, CLUSTER, LOCAL, GENERIC -> null;
        };
    if (map == null) {
      throw warp.fault(
          FindingCode.TENSOR_MAP,
          lane,
          "finds no tensor map at 0x"
              + Long.toHexString(address)
              + ": pass the address of a parameter (or of constant or global memory) that the"
              + " launch has filled with one");
    }
    if (map.sizes().size() != coordinates.length) {
      throw warp.fault(
          FindingCode.TENSOR_MAP,
          lane,
          "gives "
              + coordinates.length
              + " coordinates "
              + Arrays.toString(coordinates)
              + " for a tensor of "
              + map.sizes().size()
              + " dimensions");
    }
    return new TensorTile(map, coordinates);
  }
}
