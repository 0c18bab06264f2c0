package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * A function between products of named axes, given by digits.
 *
 * <p>The coordinate on every axis of the domain is spelled by digits, minor to major (mixed radix).
 * Each digit has a stride on every axis of the codomain, and
 *
 * <pre>  L(x) = offset + Σ digit(x) · stride</pre>
 *
 * where sum and product are those of the integers or, in swizzled layouts, those of the polynomials
 * over F₂ ({@link Sum}). A digit without a stride is a replication. So a CuTe {@code shape:stride}
 * is a layout with one axis in and out, a Tilus register layout goes from {@code register} and
 * {@code lane} to the tile's dimensions, and a Triton linear layout is one whose extents are powers
 * of two.
 *
 * <p>Two directions are used throughout: a <em>register layout</em> goes {@code register, lane,
 * warp → dim0, dim1, …} (who holds what), a <em>memory layout</em> goes {@code dim0, dim1, … →
 * offset} (what lies where), so that {@code memory.compose(registers)} is the address that every
 * register slot reads or writes.
 *
 * <p>A layout is always in its unique canonical form: layouts are {@link #equals equal}, and then
 * hash equally, exactly if they are the same function between the same spaces.
 *
 * <p>Example: the accumulator fragment of {@code mma.sync.m16n8k16} (PTX ISA 9.7.14.5.8), in which
 * lane {@code l} holds in register {@code i} the element {@code (l/4 + 8·(i/2), 2·(l%4) + i%2)}:
 *
 * <pre>
 *   Layout c = Layout.into(Space.tile(16, 8))
 *       .digit(REGISTER, 2, dim(1), 1)
 *       .digit(REGISTER, 2, dim(0), 8)
 *       .digit(LANE, 4, dim(1), 2)
 *       .digit(LANE, 8, dim(0), 1)
 *       .build();
 *   c.equals(Layout.local(2, 1)
 *       .product(Layout.spatial(LANE, 8, 4))
 *       .product(Layout.local(1, 2)));                     // true
 *   c.toString();
 *   // [register:2 -> dim1*1, register:2 -> dim0*8, lane:4 -> dim1*2, lane:8 -> dim0*1] : (dim0:16, dim1:8)
 * </pre>
 */
public final class Layout {

  private final Space domain;
  private final Space codomain;
  private final Sum sum;
  private final List<Term> terms;
  private final long[] offset;

  /** Canonical terms only: see {@link Canonical}. */
  Layout(Space domain, Space codomain, Sum sum, List<Term> terms, long[] offset) {
    this.domain = domain;
    this.codomain = codomain;
    this.sum = sum;
    this.terms = List.copyOf(terms);
    this.offset = offset.clone();
  }

  // ---- making layouts ----

  /** Starts a layout with integer strides and the given codomain. */
  public static LayoutBuilder into(Space codomain) {
    return new LayoutBuilder(codomain);
  }

  /** The function that does not move a point. */
  public static Layout identity(Space space) {
    LayoutBuilder builder = into(space);
    for (Space.Dim dim : space.dims()) {
      builder.digit(dim.axis(), dim.extent(), dim.axis(), 1);
    }
    return builder.build();
  }

  /** {@code dim0, dim1, … → offset}, the last dimension contiguous. */
  public static Layout rowMajor(long... shape) {
    return Memory.rowMajor(shape);
  }

  /** {@code dim0, dim1, … → offset}, the first dimension contiguous. */
  public static Layout columnMajor(long... shape) {
    return Memory.columnMajor(shape);
  }

  /**
   * {@code dim0, dim1, … → offset} with the given strides in elements; the offsets reach just as
   * far as they must.
   */
  public static Layout strided(long[] shape, long[] strides) {
    return Memory.strided(shape, strides);
  }

  /** {@code register → dims}: one thread holds the tile, row by row (Tilus {@code local}). */
  public static Layout local(long... shape) {
    return spatial(Axis.REGISTER, shape);
  }

  /** {@code register → dims}, column by column (Tilus {@code column_local}). */
  public static Layout columnLocal(long... shape) {
    return columnSpatial(Axis.REGISTER, shape);
  }

  /** {@code axis → dims}: one element for each coordinate of the axis, row by row. */
  public static Layout spatial(Axis axis, long... shape) {
    LayoutBuilder builder = into(Space.tile(shape));
    for (int i = shape.length - 1; i >= 0; i--) {
      builder.digit(axis, shape[i], Axis.dim(i), 1);
    }
    return builder.build();
  }

  /** {@code axis → dims}, column by column. */
  public static Layout columnSpatial(Axis axis, long... shape) {
    LayoutBuilder builder = into(Space.tile(shape));
    for (int i = 0; i < shape.length; i++) {
      builder.digit(axis, shape[i], Axis.dim(i), 1);
    }
    return builder.build();
  }

  /** {@code axis → (one point)}: every coordinate of the axis holds the same. */
  public static Layout replicate(Axis axis, long extent) {
    return into(Space.POINT).digit(axis, extent).build();
  }

  /** The layout that a text denotes; inverse of {@link #toString}. */
  public static Result<Layout> parse(String text) {
    return LayoutText.parse(text);
  }

  // ---- looking at layouts ----

  public Space domain() {
    return domain;
  }

  public Space codomain() {
    return codomain;
  }

  /** Whether strides count in the integers or over F₂. */
  public Sum sum() {
    return sum;
  }

  /** The digits, axis by axis in the domain's order, minor to major on each. */
  public List<Digit> digits() {
    return terms.stream().map(this::digit).toList();
  }

  private Digit digit(Term term) {
    SortedMap<Axis, Long> strides = new TreeMap<>();
    for (int i = 0; i < term.image().length; i++) {
      strides.put(codomain.axis(i), term.image()[i]);
    }
    return new Digit(domain.axis(term.axis()), term.extent(), strides);
  }

  /**
   * How many coordinates one step of the digit skips: the product of the extents of the digits
   * before it on its axis. The digit's value is {@code (coordinate / place) % extent}.
   */
  public long placeOf(int digit) {
    long place = 1;
    for (int i = digit - 1; i >= 0 && terms.get(i).axis() == terms.get(digit).axis(); i--) {
      place *= terms.get(i).extent();
    }
    return place;
  }

  /** The value on {@code target} of the point zero. */
  public long offset(Axis target) {
    int i = codomain.indexOf(target);
    return i < 0 ? 0 : offset[i];
  }

  /**
   * The value at a point; both in the order of their space.
   *
   * @throws IllegalArgumentException if the point is not in the domain
   */
  public long[] apply(long... point) {
    if (point.length != domain.rank()) {
      throw new IllegalArgumentException("expected a point of " + domain);
    }
    for (int i = 0; i < point.length; i++) {
      if (point[i] < 0 || point[i] >= domain.extent(i)) {
        throw new IllegalArgumentException(
            "coordinate " + point[i] + " is outside axis " + domain.axis(i) + " of " + domain);
      }
    }
    long[] value = offset.clone();
    int axis = -1;
    long rest = 0;
    for (Term term : terms) {
      if (term.axis() != axis) {
        axis = term.axis();
        rest = point[axis];
      }
      long c = rest % term.extent();
      rest /= term.extent();
      if (c != 0) {
        Term.addTo(sum, value, c, term.image());
      }
    }
    return value;
  }

  /** The value on one axis of the codomain; coordinates that are not given are 0. */
  public long apply(Axis target, Map<Axis, Long> point) {
    int i = codomain.indexOf(target);
    if (i < 0) {
      return 0;
    }
    long[] coordinates = new long[domain.rank()];
    point.forEach(
        (axis, coordinate) -> {
          int at = domain.indexOf(axis);
          if (at >= 0) {
            coordinates[at] = coordinate;
          } else if (coordinate != 0) {
            throw new IllegalArgumentException("no axis " + axis + " in " + domain);
          }
        });
    return apply(coordinates)[i];
  }

  /** This layout, which is always canonical: see the class comment. */
  public Layout canonical() {
    return this;
  }

  /** This layout, whose digits are always coalesced (CuTe's coalesce). */
  public Layout coalesce() {
    return this;
  }

  List<Term> terms() {
    return terms;
  }

  List<Term> terms(int axis) {
    int from = 0;
    while (from < terms.size() && terms.get(from).axis() < axis) {
      from++;
    }
    int to = from;
    while (to < terms.size() && terms.get(to).axis() == axis) {
      to++;
    }
    return terms.subList(from, to);
  }

  long offsetAt(int target) {
    return offset[target];
  }

  long[] offsets() {
    return offset.clone();
  }

  /** The same function in F₂ digits, when it has them. */
  Result<List<Term>> carryLessTerms() {
    return sum == Sum.XOR
        ? Result.ok(terms)
        : CarryLess.fromInteger(domain, codomain, terms, offset);
  }

  // ---- putting layouts together ----

  /**
   * {@code x -> this(inner(x))}.
   *
   * @param inner a layout whose codomain lies in this domain, axis by axis
   * @return the composition, or the carry (or the lack of linearity) that forbids it
   */
  public Result<Layout> compose(Layout inner) {
    return Composition.of(this, inner);
  }

  /**
   * The tensor (Kronecker) product {@code this ⊗ inner}, as Tilus and Triton define it: {@code
   * inner} describes a tile and this layout how copies of the tile are laid out. On every axis of
   * the domain the digits of {@code inner} are the minor ones, and on every axis of the codomain
   * the values of this layout count in tiles:
   *
   * <pre>  (A ⊗ B)(a·|B| + b) = A(a)·‖B‖ + B(b)</pre>
   *
   * Both spaces of the result are in {@link Axis}'s order.
   *
   * @throws LayoutException if one factor is swizzled and the other is not linear over F₂
   */
  public Layout product(Layout inner) {
    return Product.of(this, inner).orThrow();
  }

  /**
   * The {@code a} with {@code a.product(inner)} equal to this layout. It is unique, and found
   * whenever it exists. Axes of the domain that {@code inner} uses up are not in its domain.
   */
  public Result<Layout> divideRight(Layout inner) {
    return Division.right(this, inner);
  }

  /** The {@code b} with {@code outer.product(b)} equal to this layout; see {@link #divideRight}. */
  public Result<Layout> divideLeft(Layout outer) {
    return Division.left(this, outer);
  }

  /**
   * The layout on the axes of both: {@code (x, y) -> this(x) + other(y)}, the sum being XOR if one
   * of them is swizzled. On an axis that both have, the digits of {@code other} become the major
   * ones. (CuTe's concatenation of modes.)
   */
  public Result<Layout> concat(Layout other) {
    return Concatenation.of(this, other);
  }

  // ---- inverses ----

  /**
   * A layout {@code r} from the codomain to the domain with {@code this(r(y)) = y} for every {@code
   * y}. Where several points have the same value, digits of the axes listed first are preferred.
   *
   * @return the inverse, or the axis whose values are not all reached
   */
  public Result<Layout> rightInverse() {
    return Inversion.right(this);
  }

  /**
   * CuTe's right inverse: {@code r} with {@code this(r(y)) = y} for {@code y} below the extent that
   * digits which continue each other count through, starting from stride 1. The codomain has one
   * axis.
   */
  public Result<Layout> prefixInverse() {
    return Inversion.prefix(this);
  }

  /**
   * A layout {@code l} with {@code l(this(x)) = x} for every {@code x}. What it does to values that
   * are not reached is open, and its domain may reach beyond the codomain of this layout.
   */
  public Result<Layout> leftInverse() {
    return Inversion.left(this);
  }

  /**
   * The pull map {@code c} with {@code onto(c(x)) = this(x)}: for a conversion from register layout
   * {@code onto} to this one, the slot from which every slot gets its value.
   */
  public Result<Layout> invertAndCompose(Layout onto) {
    return Inversion.invertAndCompose(this, onto);
  }

  /**
   * CuTe's complement: a layout on one new axis that reaches, added to this one, every value
   * exactly once, if this layout starts at 0 (its offset is not looked at). It is increasing; its
   * codomain is that of this layout, rounded up where digits reach beyond.
   */
  public Result<Layout> complement(Axis axis) {
    return Complement.of(this, axis);
  }

  /**
   * CuTe's logical divide {@code A ⊘ B = A ∘ (B, B*)}: the domain of {@code tiler} runs inside the
   * tiles, the axis {@code rest} over them.
   */
  public Result<Layout> logicalDivide(Layout tiler, Axis rest) {
    return tiler
        .complement(rest)
        .then(others -> Spaces.into(tiler, others.codomain()).concat(others))
        .then(this::compose);
  }

  /**
   * CuTe's divide by mode: along some axes of the domain, tiles are taken as {@code tilers} say.
   * Such an axis runs inside the tiles afterwards, and a new axis {@code rest_…} with its name runs
   * over them: {@code (dim0, rest_dim0, dim1, rest_dim1, …)}.
   *
   * @param tilers for an axis of the domain a layout with values on this axis: where the points of
   *     a tile are
   */
  public Result<Layout> logicalDivide(Map<Axis, Layout> tilers) {
    return Tiling.logicalDivide(this, tilers);
  }

  /**
   * CuTe's zipped divide: {@link #logicalDivide(Map)} with one axis {@code tile} inside and one
   * axis {@code rest} over the tiles. At {@code rest = 0} it is {@code A ∘ tilers}.
   */
  public Result<Layout> zippedDivide(Map<Axis, Layout> tilers) {
    return Tiling.zippedDivide(this, tilers);
  }

  /** CuTe's tiled divide: one axis {@code tile}, the axes over the tiles apart. */
  public Result<Layout> tiledDivide(Map<Axis, Layout> tilers) {
    return Tiling.tiledDivide(this, tilers);
  }

  /**
   * CuTe's logical product {@code A ⊗ B = (A, A* ∘ B)}: copies of this layout, laid out as {@code
   * copies} says; both have one axis in the codomain. On an axis that both have in the domain it is
   * {@link #blockedProduct}.
   */
  public Result<Layout> logicalProduct(Layout copies) {
    return Tiling.product(this, copies, false);
  }

  /**
   * CuTe's blocked product: on every axis, the copies of this layout lie one after the other. Where
   * this layout leaves no holes it is {@code copies.product(this)}.
   */
  public Result<Layout> blockedProduct(Layout copies) {
    return Tiling.product(this, copies, false);
  }

  /**
   * CuTe's raked product: the same values as {@link #blockedProduct}, but on every axis the copies
   * are interleaved, element by element.
   */
  public Result<Layout> rakedProduct(Layout copies) {
    return Tiling.product(this, copies, true);
  }

  // ---- changing one side ----

  /** The same values, the points of the domain counted by other axes, the first one fastest. */
  public Result<Layout> reshapeDomain(Space domain) {
    return Reshape.domain(this, domain);
  }

  /** The same points, the values counted by other axes, the first one fastest. */
  public Result<Layout> reshapeCodomain(Space codomain) {
    return Reshape.codomain(this, codomain);
  }

  /**
   * The layout of a tile that is reshaped as arrays are in C: its elements are counted with the
   * last dimension fastest. The codomain of this layout is {@code dim0, dim1, …} in this order.
   */
  public Result<Layout> reshapeTile(long... shape) {
    return Spaces.reshapeTile(this, shape);
  }

  /**
   * The layout of a tile that is repeated along {@code dim}, which has extent 1 here: every thread
   * holds the repetitions in further, major register slots.
   */
  public Layout broadcast(Axis dim, long extent) {
    if (codomain.extent(dim) != 1) {
      throw new IllegalArgumentException(
          "axis %s of %s cannot be broadcast, its extent is not 1".formatted(dim, codomain));
    }
    return into(Space.of(dim, extent)).digit(Axis.REGISTER, extent, dim, 1).build().product(this);
  }

  /**
   * The same bits, seen as elements of another width. Elements that follow each other on axis
   * {@code along} of the domain must be adjacent on axis {@code target}: with {@code g} the
   * greatest common divisor of the widths, every element is split into {@code oldBits / g} and
   * {@code newBits / g} of these are joined, which is {@code (this ⊗ id) ÷ id}. (CuTe's recast.)
   *
   * @return the layout, or why groups of the old elements do not make up new ones
   */
  public Result<Layout> recast(Axis along, Axis target, int oldBits, int newBits) {
    return Spaces.recast(this, along, target, oldBits, newBits);
  }

  /**
   * Whether every thread of {@code wanted} holds, in some register, every element that it wants
   * (Tilus {@code cover}): then {@code wanted} is had without moving anything between threads. Both
   * are register layouts of the same tile; this one may have further threads.
   */
  public boolean covers(Layout wanted) {
    return Cover.of(this, wanted);
  }

  /**
   * What is left of a layout that does not move anything on the given axes: {@code this = identity
   * on the axes ⊗ quotient}.
   */
  public Result<Layout> quotient(Collection<Axis> axes) {
    return Spaces.quotient(this, axes);
  }

  /** The part on some axes: other axes of the domain are held at 0, other values are left out. */
  public Layout sublayout(Collection<Axis> in, Collection<Axis> out) {
    Layout part = project(out);
    for (Axis axis : domain.axes()) {
      if (!in.contains(axis)) {
        part = part.slice(axis, 0);
      }
    }
    return part;
  }

  /** The same layout with axes renamed on both sides. */
  public Layout rename(Map<Axis, Axis> names) {
    UnaryOperator<Space> renamed =
        space ->
            new Space(
                space.dims().stream()
                    .map(d -> new Space.Dim(names.getOrDefault(d.axis(), d.axis()), d.extent()))
                    .toList());
    return new Layout(renamed.apply(domain), renamed.apply(codomain), sum, terms, offset);
  }

  /** The same layout with the axes of the domain in another order. */
  public Layout permuteDomain(Axis... order) {
    return Spaces.permuteDomain(this, List.of(order));
  }

  /** The same layout with the axes of the codomain in another order. */
  public Layout permuteCodomain(Axis... order) {
    return Spaces.permuteCodomain(this, List.of(order));
  }

  /**
   * The transpose of a layout over tile dimensions: {@code dim(i)} of the result is {@code
   * dim(permutation[i])} of this layout. Spaces that consist of dimensions list them in order.
   */
  public Layout transpose(int... permutation) {
    Map<Axis, Axis> names = new LinkedHashMap<>();
    for (int i = 0; i < permutation.length; i++) {
      names.put(Axis.dim(permutation[i]), Axis.dim(i));
    }
    Layout renamed = rename(names);
    return Spaces.inOrder(renamed, renamed.domain.sorted(), renamed.codomain.sorted());
  }

  /** The function on the other axes when {@code axis} is held at {@code coordinate}. */
  public Layout slice(Axis axis, long coordinate) {
    return Spaces.slice(this, axis, coordinate);
  }

  /** The part of the domain where {@code axis < extent}. */
  public Result<Layout> restrict(Axis axis, long extent) {
    return Spaces.restrict(this, axis, extent);
  }

  /** The values on the given axes of the codomain only. */
  public Layout project(Collection<Axis> kept) {
    return Spaces.project(this, kept);
  }

  /** The values on one axis of the codomain only. */
  public Layout project(Axis kept) {
    return project(Set.of(kept));
  }

  /**
   * The layout of the result of a reduction over {@code dim}: the dimension is gone from the
   * codomain, and the digits that walked along it have become replications.
   */
  public Layout reduce(Axis dim) {
    return Spaces.project(this, codomain.without(Set.of(dim)).axes());
  }

  /** As {@link #reduce}, but the dimension stays with extent 1. */
  public Layout reduceKeeping(Axis dim) {
    return Spaces.reduceKeeping(this, dim);
  }

  /** This layout without the digits of {@code axis} that replicate; its extent shrinks. */
  public Layout withoutReplication(Axis axis) {
    return Spaces.withoutReplication(this, axis);
  }

  /** The same layout with an axis of extent 1 added to the domain if it is not there. */
  public Layout withDomainAxis(Axis axis) {
    return domain.has(axis) ? this : new Layout(domain.with(axis, 1), codomain, sum, terms, offset);
  }

  /** {@code x -> swizzle(this(x))}, on the only axis of the codomain. */
  public Result<Layout> swizzle(Swizzle swizzle) {
    return Swizzling.apply(this, swizzle);
  }

  /** {@link #swizzle(Swizzle)} with CuTe's {@code Swizzle<bits, base, shift>}. */
  public Result<Layout> swizzle(int bits, int base, int shift) {
    return swizzle(new Swizzle(bits, base, shift));
  }

  /**
   * The swizzle of a swizzled memory layout: {@code this = swizzle ∘ plain} with integer strides in
   * {@code plain}, the swizzle with the fewest bits that does it.
   *
   * @return nothing if there is no such swizzle; the identity if the strides are integers already
   */
  public Optional<Swizzled> factorSwizzle() {
    return Swizzling.factor(this);
  }

  /** A plain memory layout and the swizzle that follows it. */
  public record Swizzled(Swizzle swizzle, Layout plain) {}

  /**
   * This layout as a matrix over F₂: exists if all extents are powers of two and nothing carries.
   */
  public Result<LinearMap> toLinear() {
    return LinearMap.of(this);
  }

  /** The layout that is the given map; inverse of {@link #toLinear}. */
  public static Layout fromLinear(LinearMap map) {
    return map.toLayout();
  }

  // ---- values ----

  @Override
  public boolean equals(Object other) {
    return other instanceof Layout layout
        && sum == layout.sum
        && Arrays.equals(offset, layout.offset)
        && terms.equals(layout.terms)
        && domain.equals(layout.domain)
        && codomain.equals(layout.codomain);
  }

  @Override
  public int hashCode() {
    return ((domain.hashCode() * 31 + codomain.hashCode()) * 31 + terms.hashCode()) * 31
        + Arrays.hashCode(offset);
  }

  /** The text form; {@link #parse} reads it back. The grammar is in the package comment. */
  @Override
  public String toString() {
    return LayoutText.print(this);
  }

  /** The layout as a table in plain text: see {@link Picture}. */
  public String toAscii() {
    return Picture.of(this).toAscii();
  }

  /** The layout as an SVG image: see {@link Picture}. */
  public String toSvg() {
    return Picture.of(this).toSvg();
  }

  /** The digits split into extents of two where they are even: what code generators emit. */
  public List<Digit> bits() {
    List<Digit> split = new ArrayList<>();
    for (Term term : terms) {
      int bits = Long.numberOfTrailingZeros(term.extent());
      for (int bit = 0; bit < bits; bit++) {
        split.add(digit(new Term(term.axis(), 2, Term.scaled(sum, 1L << bit, term.image()))));
      }
      if (term.extent() >> bits > 1) {
        long[] image = Term.scaled(sum, 1L << bits, term.image());
        split.add(digit(new Term(term.axis(), term.extent() >> bits, image)));
      }
    }
    return split;
  }
}
