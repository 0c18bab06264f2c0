package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Layout;
import java.util.List;
import java.util.stream.LongStream;

/**
 * How well a global access coalesces.
 *
 * @param requests warp instructions
 * @param sectors sectors that they touch together; a sector counts once per request
 * @param ideal the sectors that the distinct bytes of each request would fill
 */
public record Sectors(long requests, long sectors, long ideal) {

  /**
   * Counts by enumeration; the base address is taken to be aligned to a sector.
   *
   * @param addresses hardware axes to offsets in elements, {@code memory.compose(registers)}
   * @param elementBytes bytes of an element
   * @param vectorElements elements moved by a lane per request
   * @param sectorBytes bytes of a sector, 32 on NVIDIA
   * @throws IllegalArgumentException if the access cannot be made with this width
   */
  public static Sectors of(
      Layout addresses, int elementBytes, int vectorElements, int sectorBytes) {
    List<long[]> requests = Access.requests(addresses, vectorElements);
    long accessBytes = (long) elementBytes * vectorElements;
    long sectors = 0;
    long ideal = 0;
    for (long[] starts : requests) {
      long distinct = LongStream.of(starts).distinct().count();
      ideal += Math.ceilDiv(distinct * accessBytes, sectorBytes);
      sectors +=
          LongStream.of(starts)
              .flatMap(
                  start ->
                      LongStream.rangeClosed(
                          start * elementBytes / sectorBytes,
                          (start * elementBytes + accessBytes - 1) / sectorBytes))
              .distinct()
              .count();
    }
    return new Sectors(requests.size(), sectors, ideal);
  }

  /** Sectors for each request, on average. */
  public double perRequest() {
    return (double) sectors / requests;
  }
}
