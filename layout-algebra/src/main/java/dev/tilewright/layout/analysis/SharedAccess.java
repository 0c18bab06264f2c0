package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Result;
import java.util.List;

/**
 * A warp-wide access to a tile in shared memory, before it is known where the tile's elements lie.
 *
 * @param name what it is, for reports
 * @param kind how lanes and addresses relate
 * @param points hardware axes to tile dimensions: what every register slot holds, or, for rows, the
 *     first element of the row that every lane addresses ({@link Ldmatrix#rows})
 * @param elements how many adjacent elements a lane moves with one request
 */
public record SharedAccess(String name, Kind kind, Layout points, int elements) {

  /** How the requests of an access follow from its layout. */
  public enum Kind {
    /** Register slots are read, {@code elements} of them by one request. */
    READ,
    /** Register slots (or chunks of an asynchronous copy) are written. */
    WRITE,
    /** Lanes supply the addresses of rows; the register axis counts instructions. */
    ROWS
  }

  /** The requests when the tile lies as {@code memory} says. */
  Result<List<long[]>> requests(Layout memory) {
    return memory
        .compose(points)
        .map(
            addresses ->
                kind == Kind.ROWS ? Access.rows(addresses) : Access.requests(addresses, elements));
  }
}
