package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Whether every thread holds what another register layout wants it to hold. */
final class Cover {

  private Cover() {}

  static boolean of(Layout held, Layout wanted) {
    if (!held.codomain().equals(wanted.codomain())) {
      throw new IllegalArgumentException(
          "register layouts of different tiles: " + held.codomain() + ", " + wanted.codomain());
    }
    Space threads = wanted.domain().without(List.of(Axis.REGISTER));
    for (Space.Dim dim : threads.dims()) {
      if (dim.extent() > held.domain().extent(dim.axis())) {
        return false;
      }
    }
    if (held.toLinear() instanceof Result.Ok<LinearMap>(LinearMap h)
        && wanted.toLinear() instanceof Result.Ok<LinearMap>(LinearMap w)) {
      return linear(h, w);
    }
    for (long t = 0; t < threads.size(); t++) {
      Map<Axis, Long> thread = new TreeMap<>();
      long[] point = threads.unflatten(t);
      for (int i = 0; i < point.length; i++) {
        thread.put(threads.axis(i), point[i]);
      }
      if (!elements(held, thread).containsAll(elements(wanted, thread))) {
        return false;
      }
    }
    return true;
  }

  private static Set<Long> elements(Layout layout, Map<Axis, Long> thread) {
    Layout own = layout;
    for (Axis axis : layout.domain().without(List.of(Axis.REGISTER)).axes()) {
      own = own.slice(axis, thread.getOrDefault(axis, 0L));
    }
    Set<Long> elements = new HashSet<>();
    for (long slot = 0; slot < own.domain().size(); slot++) {
      elements.add(own.codomain().flatten(own.apply(own.domain().unflatten(slot))));
    }
    return elements;
  }

  /**
   * Over F₂ the elements that a thread wants are an affine space, and so are those it holds: all
   * differences between what is wanted at a bit of the domain and what is held at the same thread
   * must be spanned by the held registers.
   */
  private static boolean linear(LinearMap held, LinearMap wanted) {
    List<Long> registers = new ArrayList<>();
    Map<Axis, List<Long>> byAxis = new TreeMap<>();
    int bit = 0;
    for (Space.Dim dim : held.domain().dims()) {
      int bits = Long.numberOfTrailingZeros(dim.extent());
      List<Long> own = held.columns().subList(bit, bit + bits);
      byAxis.put(dim.axis(), own);
      if (dim.axis().equals(Axis.REGISTER)) {
        registers.addAll(own);
      }
      bit += bits;
    }
    LinearMap.Solver solver = new LinearMap.Solver(registers);
    boolean spanned = solver.solve(held.offset() ^ wanted.offset()).isPresent();
    bit = 0;
    for (Space.Dim dim : wanted.domain().dims()) {
      for (int i = 0; i < Long.numberOfTrailingZeros(dim.extent()); i++) {
        long image = wanted.columns().get(bit++);
        long here =
            dim.axis().equals(Axis.REGISTER)
                ? 0
                : byAxis.getOrDefault(dim.axis(), List.of()).get(i);
        spanned &= solver.solve(image ^ here).isPresent();
      }
    }
    return spanned;
  }
}
