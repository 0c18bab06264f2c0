package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.List;

/**
 * What every thread holds, seen as elements of another width (Tilus {@code view}). No bit moves:
 * the bits of a thread are its register slots one after the other, each from its lowest bit, and
 * the slots of the other layout are cut from the same bits.
 *
 * @param from register layout of the tile as it is
 * @param fromBits the width of its elements, any number from 1 on
 * @param to register layout of the tile that it is seen as
 * @param toBits the width of the elements seen
 */
public record View(Layout from, int fromBits, Layout to, int toBits) {

  /**
   * A run of bits of one slot.
   *
   * @param register the slot
   * @param first its lowest bit that is meant
   * @param bits how many
   */
  public record Piece(int register, int first, int bits) {}

  /**
   * The view, if both layouts have the same threads and a thread has the same number of bits in
   * both.
   */
  public static Result<View> of(Layout from, int fromBits, Layout to, int toBits) {
    if (fromBits < 1 || toBits < 1) {
      throw new IllegalArgumentException("widths of " + fromBits + " and " + toBits + " bits");
    }
    for (Layout[] pair : new Layout[][] {{from, to}, {to, from}}) {
      for (Space.Dim dim : pair[0].domain().without(List.of(Axis.REGISTER)).dims()) {
        if (dim.extent() != pair[1].domain().extent(dim.axis())) {
          return Result.refused(
              new Reason.DifferentSpaces("the threads of a view", from.domain(), to.domain()));
        }
      }
    }
    long held = from.domain().extent(Axis.REGISTER);
    long seen = to.domain().extent(Axis.REGISTER);
    return held * fromBits == seen * toBits
        ? Result.ok(new View(from, fromBits, to, toBits))
        : Result.refused(
            new Reason.NotRepresentable(
                "no view",
                "a thread holds %d elements of %d bits, but is to show %d of %d bits"
                    .formatted(held, fromBits, seen, toBits)));
  }

  /** The bits that make up a slot of {@link #to}, its lowest first. */
  public List<Piece> pieces(int slot) {
    List<Piece> pieces = new ArrayList<>();
    long bit = (long) slot * toBits;
    long end = bit + toBits;
    while (bit < end) {
      int first = (int) (bit % fromBits);
      int bits = (int) Math.min(fromBits - first, end - bit);
      pieces.add(new Piece((int) (bit / fromBits), first, bits));
      bit += bits;
    }
    return pieces;
  }

  /** This view, and what is seen seen as yet another layout. */
  public Result<View> then(Layout layout, int bits) {
    return of(to, toBits, layout, bits).map(next -> new View(from, fromBits, layout, bits));
  }
}
