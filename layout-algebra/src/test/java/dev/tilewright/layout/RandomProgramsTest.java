package dev.tilewright.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Law 43: sequences of operations mean what they mean on tables. */
class RandomProgramsTest {

  @Property
  void theAlgebraEqualsTheTable(@ForAll long seed) {
    Random random = new Random(seed);
    Layout layout =
        random.nextBoolean() ? RandomLayouts.integer(random) : RandomLayouts.carryLess(random);
    Table table = Table.of(layout);
    StringBuilder program = new StringBuilder(layout.toString());
    for (int step = 0; step < 6 && layout.domain().size() < 4000; step++) {
      Layout before = layout;
      Table expected = table;
      int op = random.nextInt(7);
      program.append("; ").append(op);
      switch (op) {
        case 0 -> {
          Layout factor = RandomLayouts.integer(random);
          if (Product.of(before, factor) instanceof Result.Ok<Layout>(Layout product)) {
            layout = product;
            expected = product(table, Table.of(factor), product.domain(), product.codomain());
          }
        }
        case 1 -> {
          if (before.domain().rank() > 0) {
            Axis axis = before.domain().axis(random.nextInt(before.domain().rank()));
            long at = random.nextLong(before.domain().extent(axis));
            layout = before.slice(axis, at);
            expected = slice(table, layout.domain(), axis, at);
          }
        }
        case 2 -> {
          Map<Axis, Axis> names = Map.of(Axis.dim(0), Axis.dim(1), Axis.dim(1), Axis.dim(0));
          layout = before.rename(names);
          expected = new Table(table.domain(), layout.codomain(), table.values());
        }
        case 3 -> {
          layout = before.withoutReplication(Axis.REGISTER).withoutReplication(Axis.LANE);
          expected = before.equals(layout) ? table : Table.of(layout);
          assertEquals(distinct(table), distinct(expected), program::toString);
        }
        case 4 -> {
          Axis kept = before.codomain().axis(random.nextInt(before.codomain().rank()));
          if (before.codomain().rank() > 1) {
            layout = before.project(kept);
            int at = before.codomain().indexOf(kept);
            expected = map(table, layout.codomain(), value -> new long[] {value[at]});
          }
        }
        case 5 -> {
          Space flat = Space.of(Axis.LANE, before.domain().size());
          layout = before.reshapeDomain(flat).orThrow();
          expected = new Table(flat, table.codomain(), table.values());
        }
        default -> {
          Space flat = Space.of(Axis.dim(0), before.codomain().size());
          Space codomain = before.codomain();
          Table flattened = map(table, flat, value -> new long[] {codomain.flatten(value)});
          if (before.reshapeCodomain(flat) instanceof Result.Ok<Layout>(Layout reshaped)) {
            layout = reshaped;
            expected = flattened;
          } else {
            assertFalse(
                Recognition.of(flattened.domain(), flat, flattened.values()).isOk(),
                program::toString);
          }
        }
      }
      program.append(" = ").append(layout);
      assertEquals(expected, Table.of(layout), program::toString);
      table = expected;
    }
  }

  private static List<List<Long>> distinct(Table table) {
    return java.util.Arrays.stream(table.values())
        .map(value -> java.util.Arrays.stream(value).boxed().toList())
        .distinct()
        .sorted(java.util.Comparator.comparing(Object::toString))
        .toList();
  }

  private static Table map(Table table, Space codomain, UnaryOperator<long[]> f) {
    return new Table(
        table.domain(),
        codomain,
        java.util.Arrays.stream(table.values()).map(f).toArray(long[][]::new));
  }

  private static Table slice(Table table, Space domain, Axis axis, long at) {
    return Table.of(
        domain,
        table.codomain(),
        x -> {
          long[] point = new long[table.domain().rank()];
          int next = 0;
          for (int i = 0; i < point.length; i++) {
            point[i] = table.domain().axis(i).equals(axis) ? at : x[next++];
          }
          return table.at(point);
        });
  }

  private static Table product(Table outer, Table inner, Space domain, Space codomain) {
    return Table.of(
        domain,
        codomain,
        x -> {
          long[] a = part(outer.domain(), inner.domain(), domain, x, true);
          long[] b = part(inner.domain(), inner.domain(), domain, x, false);
          long[] value = new long[codomain.rank()];
          for (int i = 0; i < value.length; i++) {
            Axis axis = codomain.axis(i);
            int ofOuter = outer.codomain().indexOf(axis);
            int ofInner = inner.codomain().indexOf(axis);
            value[i] =
                (ofOuter < 0 ? 0 : outer.at(a)[ofOuter]) * inner.codomain().extent(axis)
                    + (ofInner < 0 ? 0 : inner.at(b)[ofInner]);
          }
          return value;
        });
  }

  private static long[] part(Space own, Space inner, Space domain, long[] x, boolean major) {
    return own.axes().stream()
        .mapToLong(
            axis -> {
              long radix = inner.extent(axis);
              long coordinate = x[domain.indexOf(axis)];
              return major ? coordinate / radix : coordinate % radix;
            })
        .toArray();
  }
}
