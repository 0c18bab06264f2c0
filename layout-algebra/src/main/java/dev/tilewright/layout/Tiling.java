package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** CuTe's divides and products by mode: axis by axis of the domain. */
final class Tiling {

  private static final Axis TILE = new Axis("tile");
  private static final Axis REST = new Axis("rest");

  private Tiling() {}

  /** The axis over the tiles along {@code axis}. */
  private static Axis rest(Axis axis) {
    return new Axis("rest_" + axis.name());
  }

  static Result<Layout> logicalDivide(Layout layout, Map<Axis, Layout> tilers) {
    Space domain = layout.domain();
    for (Axis axis : tilers.keySet()) {
      if (!domain.has(axis)) {
        throw new IllegalArgumentException("a tiler for " + axis + ", no axis of " + domain);
      }
    }
    Result<Layout> inner = Result.ok(Layout.into(domain).build());
    for (Axis axis : domain.axes()) {
      Layout tiler = tilers.get(axis);
      Result<Layout> parts =
          tiler == null
              ? Result.ok(Layout.identity(domain.only(List.of(axis))))
              : split(tiler, axis, domain.extent(axis));
      inner = inner.then(all -> parts.then(part -> all.concat(placed(part, domain))));
    }
    return inner.then(layout::compose);
  }

  /** A tiler and its complement, on the axis itself and on the axis over the tiles. */
  private static Result<Layout> split(Layout tiler, Axis axis, long extent) {
    Space along = Space.of(axis, extent);
    if (tiler.codomain().rank() != 1 || tiler.codomain().extent(0) > extent) {
      return Result.refused(
          new Reason.DifferentSpaces("the codomain of a tiler", along, tiler.codomain()));
    }
    Space flat = Space.of(axis, tiler.domain().size());
    return Spaces.into(tiler, along)
        .reshapeDomain(flat)
        .then(
            tile ->
                tile.complement(rest(axis))
                    .then(others -> Spaces.into(tile, others.codomain()).concat(others)));
  }

  /** The same values, on one axis of a larger codomain. */
  private static Layout placed(Layout part, Space codomain) {
    int at = codomain.indexOf(part.codomain().axis(0));
    List<Term> terms = new ArrayList<>();
    for (Term term : part.terms()) {
      terms.add(new Term(term.axis(), term.extent(), at(codomain, at, term.image()[0])));
    }
    Space room = codomain.with(codomain.axis(at), part.codomain().extent(0));
    return new Layout(part.domain(), room, part.sum(), terms, at(codomain, at, part.offsetAt(0)));
  }

  private static long[] at(Space codomain, int axis, long value) {
    long[] image = new long[codomain.rank()];
    image[axis] = value;
    return image;
  }

  static Result<Layout> zippedDivide(Layout layout, Map<Axis, Layout> tilers) {
    return gathered(layout, tilers)
        .then(
            divided -> {
              long tile = tileSize(layout, divided, tilers);
              return divided.reshapeDomain(
                  Space.of(TILE, tile, REST, divided.domain().size() / tile));
            });
  }

  static Result<Layout> tiledDivide(Layout layout, Map<Axis, Layout> tilers) {
    return gathered(layout, tilers)
        .then(
            divided -> {
              List<Space.Dim> dims = new ArrayList<>();
              dims.add(new Space.Dim(TILE, tileSize(layout, divided, tilers)));
              dims.addAll(divided.domain().dims().subList(tilers.size(), divided.domain().rank()));
              return divided.reshapeDomain(new Space(dims));
            });
  }

  /**
   * The logical divide with the axes inside tiles first, then those over tiles, then the others.
   */
  private static Result<Layout> gathered(Layout layout, Map<Axis, Layout> tilers) {
    List<Axis> tiled = layout.domain().axes().stream().filter(tilers::containsKey).toList();
    List<Axis> order = new ArrayList<>(tiled);
    tiled.forEach(axis -> order.add(rest(axis)));
    layout.domain().axes().stream().filter(axis -> !tilers.containsKey(axis)).forEach(order::add);
    return logicalDivide(layout, tilers)
        .map(divided -> divided.permuteDomain(order.toArray(Axis[]::new)));
  }

  private static long tileSize(Layout layout, Layout divided, Map<Axis, Layout> tilers) {
    return layout.domain().axes().stream()
        .filter(tilers::containsKey)
        .mapToLong(divided.domain()::extent)
        .reduce(1, Math::multiplyExact);
  }

  /**
   * The copies of a layout and where they lie: on every axis that both have one of them is minor.
   */
  static Result<Layout> product(Layout layout, Layout copies, boolean raked) {
    if (layout.codomain().rank() != 1 || copies.codomain().rank() != 1) {
      throw new IllegalArgumentException(
          "product of " + layout + " and " + copies + ": one axis of values each");
    }
    Axis target = layout.codomain().axis(0);
    Axis copy = copies.codomain().axis(0);
    long size = Math.multiplyExact(layout.domain().size(), copies.codomain().extent(0));
    long room = Math.max(size, layout.codomain().extent(0));
    return Spaces.into(layout, Space.of(target, room))
        .complement(copy)
        .then(
            free ->
                free.compose(copies)
                    .then(
                        placed -> {
                          Layout own = Spaces.into(layout, free.codomain());
                          return raked ? placed.concat(own) : own.concat(placed);
                        }));
  }
}
