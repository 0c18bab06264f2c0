package dev.tilewright.layout;

import java.util.Arrays;
import java.util.function.UnaryOperator;

/** A function by plain enumeration: the oracle of every operation. */
record Table(Space domain, Space codomain, long[][] values) {

  static Table of(Layout layout) {
    return of(layout.domain(), layout.codomain(), layout::apply);
  }

  static Table of(Space domain, Space codomain, UnaryOperator<long[]> f) {
    long[][] values = new long[Math.toIntExact(domain.size())][];
    for (int x = 0; x < values.length; x++) {
      values[x] = f.apply(domain.unflatten(x));
    }
    return new Table(domain, codomain, values);
  }

  long[] at(long... point) {
    return values[Math.toIntExact(domain.flatten(point))];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Table table
        && domain.equals(table.domain)
        && codomain.equals(table.codomain)
        && Arrays.deepEquals(values, table.values);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(values);
  }

  @Override
  public String toString() {
    return domain + " -> " + codomain + " " + Arrays.deepToString(values);
  }
}
