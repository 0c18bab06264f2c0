package dev.tilewright.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.Collections;
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
      int op = random.nextInt(15);
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
        case 6 -> {
          List<Axis> order = new ArrayList<>(before.domain().axes());
          Collections.shuffle(order, random);
          layout = before.permuteDomain(order.toArray(Axis[]::new));
          Space domain = before.domain();
          expected =
              onDomain(
                  table,
                  layout.domain(),
                  x -> domain.axes().stream().mapToLong(axis -> x[order.indexOf(axis)]).toArray());
        }
        case 7 -> {
          List<Axis> order = before.codomain().axes().reversed();
          layout = before.permuteCodomain(order.toArray(Axis[]::new));
          expected = map(table, layout.codomain(), RandomProgramsTest::reversed);
        }
        case 8 -> {
          Axis axis = before.codomain().axis(random.nextInt(before.codomain().rank()));
          int at = before.codomain().indexOf(axis);
          layout = before.reduceKeeping(axis);
          expected =
              map(
                  table,
                  layout.codomain(),
                  value -> {
                    long[] kept = value.clone();
                    kept[at] = 0;
                    return kept;
                  });
        }
        case 9 -> {
          if (before.domain().rank() > 0) {
            Axis axis = before.domain().axis(random.nextInt(before.domain().rank()));
            long extent = 1 + random.nextLong(before.domain().extent(axis));
            Space domain = before.domain().with(axis, extent);
            Table restricted = onDomain(table, domain, x -> x);
            layout = checked(before.restrict(axis, extent), before, restricted, program);
            expected = layout == before ? table : restricted;
          }
        }
        case 10 -> {
          if (before.codomain().rank() == 1 && before.codomain().extent(0) >= 8) {
            Swizzle swizzle = new Swizzle(1, random.nextInt(2), 1 + random.nextInt(2));
            long room = Long.highestOneBit(before.codomain().extent(0)) * 2;
            Space codomain = Space.of(before.codomain().axis(0), room);
            Layout wide = Spaces.into(before, codomain);
            Table moved = map(table, codomain, value -> new long[] {swizzle.apply(value[0])});
            layout =
                wide.swizzle(swizzle) instanceof Result.Ok<Layout>(Layout swizzled)
                    ? swizzled
                    : before;
            expected = layout == before ? table : moved;
          }
        }
        case 11 -> {
          if (before.domain().rank() > 0) {
            Axis axis = before.domain().axis(random.nextInt(before.domain().rank()));
            long extent = before.domain().extent(axis);
            long stride = 1 + random.nextLong(extent);
            Layout inner =
                Layout.into(before.domain())
                    .digit(Axis.WARP, (extent + stride - 1) / stride, axis, stride)
                    .build();
            Space domain = before.domain();
            Table composed =
                Table.of(
                    inner.domain(),
                    before.codomain(),
                    x -> {
                      long[] point = new long[domain.rank()];
                      point[domain.indexOf(axis)] = x[0] * stride;
                      return before.apply(point);
                    });
            layout = checked(before.compose(inner), before, composed, program);
            expected = layout == before ? table : composed;
          }
        }
        case 12 -> {
          Axis zone = new Axis("zone");
          if (!before.domain().has(zone)) {
            LayoutBuilder other = Layout.into(before.codomain());
            long stride = random.nextLong(before.codomain().extent(0));
            Layout steps = other.digit(zone, 2, before.codomain().axis(0), stride).build();
            if (before.concat(steps) instanceof Result.Ok<Layout>(Layout both)) {
              Sum sum = before.sum();
              layout = both;
              int rank = before.domain().rank();
              expected =
                  Table.of(
                      both.domain(),
                      both.codomain(),
                      x -> {
                        long[] value = before.apply(java.util.Arrays.copyOf(x, rank));
                        value[0] = sum.add(value[0], x[rank] * stride);
                        return value;
                      });
            }
          }
        }
        case 13 -> {
          // Runs of four elements of three bits are runs of three elements of four bits.
          Layout fours = before.product(run(before, 4));
          if (before.sum() == Sum.INTEGER && fours.domain().size() < 4000) {
            Layout threes = before.product(run(before, 3));
            Axis target = before.codomain().axis(0);
            layout = fours.recast(Axis.REGISTER, target, 3, 4).orThrow();
            expected = Table.of(threes);
          }
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

  /** The result; where there is none, the layout before, its table being no layout. */
  private static Layout checked(
      Result<Layout> result, Layout before, Table table, StringBuilder program) {
    return switch (result) {
      case Result.Ok<Layout>(Layout layout) -> layout;
      case Result.Refused<Layout>(Reason reason) -> {
        assertFalse(
            Recognition.of(table.domain(), table.codomain(), table.values()).isOk(),
            () -> program + " " + reason.sentence());
        yield before;
      }
    };
  }

  private static Layout run(Layout layout, long extent) {
    Axis target = layout.codomain().axis(0);
    return Layout.into(Space.of(target, extent)).digit(Axis.REGISTER, extent, target, 1).build();
  }

  private static long[] reversed(long[] value) {
    long[] reversed = new long[value.length];
    for (int i = 0; i < value.length; i++) {
      reversed[i] = value[value.length - 1 - i];
    }
    return reversed;
  }

  private static Table onDomain(Table table, Space domain, UnaryOperator<long[]> point) {
    return Table.of(domain, table.codomain(), x -> table.at(point.apply(x)));
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
