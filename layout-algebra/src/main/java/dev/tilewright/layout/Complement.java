package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.List;

/** What a layout leaves out of its codomain. */
final class Complement {

  private Complement() {}

  static Result<Layout> of(Layout layout, Axis axis) {
    if (layout.sum() == Sum.XOR) {
      return layout.toLinear().map(map -> of(map, axis));
    }
    return Inversion.singleTargets(layout).then(digits -> of(layout, digits, axis));
  }

  private static Result<Layout> of(Layout layout, List<Inversion.Placed> digits, Axis axis) {
    Space codomain = layout.codomain();
    List<Term> missing = new ArrayList<>();
    for (int target = 0; target < codomain.rank(); target++) {
      long covered = 1;
      for (Inversion.Placed digit : Inversion.byStride(digits, target)) {
        if (digit.stride() % covered != 0) {
          return Result.refused(
              new Reason.NotInjective(
                  "on axis %s a stride of %d cuts through the %d values of the digits below"
                      .formatted(codomain.axis(target), digit.stride(), covered)));
        }
        missing.add(gap(codomain.rank(), target, covered, digit.stride() / covered));
        covered = digit.stride() * digit.extent();
      }
      long rest = Math.ceilDiv(codomain.extent(target), covered);
      missing.add(gap(codomain.rank(), target, covered, rest));
      codomain = codomain.with(codomain.axis(target), covered * rest);
    }
    LayoutBuilder builder = Layout.into(codomain).digit(axis, 1);
    for (Term term : missing) {
      builder.add(axis, term.extent(), term.image());
    }
    return builder.tryBuild();
  }

  private static Term gap(int rank, int target, long stride, long extent) {
    long[] image = new long[rank];
    image[target] = stride;
    return new Term(0, extent, image);
  }

  private static Layout of(LinearMap map, Axis axis) {
    LinearMap.Solver solver = map.solver();
    List<Long> columns = new ArrayList<>();
    for (int row = 0; 1L << row < map.codomain().size(); row++) {
      if (!solver.isPivot(row)) {
        columns.add(1L << row);
      }
    }
    Space domain = Space.of(axis, 1L << columns.size());
    return new LinearMap(domain, map.codomain(), columns, 0).toLayout();
  }
}
