package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Digits over F₂: how they are split, and when they are integer digits in disguise. */
final class CarryLess {

  /** The largest axis on which an odd digit is treated by enumeration. */
  static final long AXIS_LIMIT = 1 << 16;

  private CarryLess() {}

  /** The bits that the values of a digit over F₂ may have. */
  static long support(long extent, long stride) {
    long support = 0;
    for (int bit = 0; bit < 64 - Long.numberOfLeadingZeros(extent - 1); bit++) {
      support |= stride << bit;
    }
    return support;
  }

  /** The digits of extent two, and odd digits, in the order of greedy separation. */
  static Result<List<Term>> split(Space domain, List<Term> terms) {
    List<Term> digits = new ArrayList<>();
    for (int i = 0; i < terms.size(); i++) {
      Term term = terms.get(i);
      int bits = Long.numberOfTrailingZeros(term.extent());
      for (int bit = 0; bit < bits; bit++) {
        digits.add(new Term(term.axis(), 2, Term.scaled(Sum.XOR, 1L << bit, term.image())));
      }
      long odd = term.extent() >> bits;
      if (odd > 1) {
        List<Term> rest = new ArrayList<>();
        rest.add(new Term(term.axis(), odd, Term.scaled(Sum.XOR, 1L << bits, term.image())));
        while (i + 1 < terms.size() && terms.get(i + 1).axis() == term.axis()) {
          rest.add(terms.get(++i));
        }
        Result<List<Term>> separated = separate(domain, term.axis(), rest);
        if (separated instanceof Result.Refused<List<Term>>) {
          return separated;
        }
        digits.addAll(separated.orThrow());
      }
    }
    return Result.ok(digits);
  }

  private static Result<List<Term>> separate(Space domain, int axis, List<Term> terms) {
    if (terms.size() == 1 && isPrime(terms.getFirst().extent())) {
      return Result.ok(terms);
    }
    long size = terms.stream().mapToLong(Term::extent).reduce(1, (a, b) -> a * b);
    if (size > AXIS_LIMIT) {
      return Result.refused(new Reason.TooLarge(size, AXIS_LIMIT));
    }
    int rank = terms.getFirst().image().length;
    return Recognition.separate(domain, axis, values(Sum.XOR, terms, new long[rank]));
  }

  private static boolean isPrime(long n) {
    for (long d = 2; d * d <= n; d++) {
      if (n % d == 0) {
        return false;
      }
    }
    return n > 1;
  }

  /** The values of the terms of one axis, by the coordinate on it. */
  private static long[][] values(Sum sum, List<Term> terms, long[] offset) {
    int size = 1;
    for (Term term : terms) {
      size *= (int) term.extent();
    }
    long[][] values = new long[size][];
    for (int x = 0; x < size; x++) {
      long[] value = offset.clone();
      long rest = x;
      for (Term term : terms) {
        Term.addTo(sum, value, rest % term.extent(), term.image());
        rest /= term.extent();
      }
      values[x] = value;
    }
    return values;
  }

  /**
   * The same function with integer digits, if it has them. With the offset {@code o}, the digit
   * {@code v} becomes {@code (o ^ v) - o}; this is exact iff no two digits touch the same bit.
   */
  static Result<Optional<List<Term>>> toInteger(Space domain, List<Term> digits, long[] offset) {
    int rank = offset.length;
    long[] used = new long[rank];
    List<Term> lowered = new ArrayList<>();
    for (int from = 0; from < digits.size(); ) {
      int axis = digits.get(from).axis();
      int to = from;
      boolean odd = false;
      while (to < digits.size() && digits.get(to).axis() == axis) {
        odd |= digits.get(to).extent() != 2;
        to++;
      }
      List<Term> own = digits.subList(from, to);
      from = to;
      if (odd && domain.extent(axis) > AXIS_LIMIT) {
        return Result.refused(new Reason.TooLarge(domain.extent(axis), AXIS_LIMIT));
      }
      Optional<List<Term>> plain =
          odd ? oddToInteger(axis, own, offset, used) : bitsToInteger(own, offset, used);
      if (plain.isEmpty()) {
        return Result.ok(Optional.empty());
      }
      lowered.addAll(plain.get());
    }
    return Result.ok(Optional.of(lowered));
  }

  private static Optional<List<Term>> bitsToInteger(List<Term> bits, long[] offset, long[] used) {
    List<Term> lowered = new ArrayList<>();
    for (Term bit : bits) {
      long[] image = new long[offset.length];
      for (int i = 0; i < image.length; i++) {
        long flipped = bit.image()[i];
        if ((used[i] & flipped) != 0) {
          return Optional.empty();
        }
        used[i] |= flipped;
        image[i] = (offset[i] ^ flipped) - offset[i];
      }
      lowered.add(new Term(bit.axis(), 2, image));
    }
    return Optional.of(lowered);
  }

  private static Optional<List<Term>> oddToInteger(
      int axis, List<Term> digits, long[] offset, long[] used) {
    long[][] values = values(Sum.XOR, digits, offset);
    for (int i = 0; i < offset.length; i++) {
      long support = 0;
      for (long[] value : values) {
        support |= value[i] ^ offset[i];
      }
      if ((used[i] & support) != 0) {
        return Optional.empty();
      }
      used[i] |= support;
    }
    return Recognition.integerAxis(axis, values, 1, values.length)
        .filter(lowered -> Arrays.deepEquals(values, values(Sum.INTEGER, lowered, offset)));
  }

  /** The same terms as F₂ digits, if no bits meet and no digit carries within itself. */
  static Result<List<Term>> fromInteger(
      Space domain, Space codomain, List<Term> terms, long[] offset) {
    long[] used = new long[offset.length];
    List<Term> lifted = new ArrayList<>();
    for (Term term : terms) {
      int bits = Long.numberOfTrailingZeros(term.extent());
      long odd = term.extent() >> bits;
      for (int bit = 0; bit <= bits; bit++) {
        long extent = bit < bits ? 2 : odd;
        if (extent == 1) {
          continue;
        }
        if (extent > AXIS_LIMIT) {
          return Result.refused(new Reason.TooLarge(extent, AXIS_LIMIT));
        }
        long[] image = new long[offset.length];
        for (int i = 0; i < image.length; i++) {
          long step = term.image()[i] << bit;
          image[i] = (offset[i] + step) ^ offset[i];
          for (long c = 2; c < extent; c++) {
            if ((offset[i] ^ Sum.XOR.scale(c, image[i])) != offset[i] + c * step) {
              return carries(domain, codomain, term, i, "it carries within itself");
            }
          }
          long support = support(extent, image[i]);
          if ((used[i] & support) != 0) {
            return carries(domain, codomain, term, i, "it meets the bits of another digit");
          }
          used[i] |= support;
        }
        lifted.add(new Term(term.axis(), extent, image));
      }
    }
    return Result.ok(lifted);
  }

  private static Result<List<Term>> carries(
      Space domain, Space codomain, Term term, int target, String why) {
    return Result.refused(
        new Reason.NotLinear(
            codomain.axis(target),
            "the digit %s:%d -> %s*%d has no F2 form, %s"
                .formatted(
                    domain.axis(term.axis()),
                    term.extent(),
                    codomain.axis(target),
                    term.image()[target],
                    why)));
  }

  /**
   * The greatest value of an F₂ layout on one axis of its codomain: digits of powers of two span a
   * space, of which every combination of the other digits makes a coset.
   */
  static Result<Long> greatest(Layout layout, int target) {
    long[] basis = new long[64];
    List<Term> odd = new ArrayList<>();
    long cosets = 1;
    for (Term term : layout.terms()) {
      long stride = term.image()[target];
      if (Long.bitCount(term.extent()) == 1) {
        for (long c = 1; c < term.extent(); c <<= 1) {
          extend(basis, Sum.XOR.scale(c, stride));
        }
      } else if (stride != 0) {
        odd.add(new Term(0, term.extent(), new long[] {stride}));
        cosets = Math.multiplyExact(cosets, term.extent());
      }
    }
    if (cosets > AXIS_LIMIT) {
      return Result.refused(new Reason.TooLarge(cosets, AXIS_LIMIT));
    }
    long greatest = 0;
    for (long[] value : values(Sum.XOR, odd, new long[] {layout.offsetAt(target)})) {
      greatest = Math.max(greatest, greatestOfCoset(basis, value[0]));
    }
    return Result.ok(greatest);
  }

  private static void extend(long[] basis, long vector) {
    long v = vector;
    while (v != 0) {
      int high = 63 - Long.numberOfLeadingZeros(v);
      if (basis[high] == 0) {
        basis[high] = v;
        return;
      }
      v ^= basis[high];
    }
  }

  private static long greatestOfCoset(long[] basis, long value) {
    long greatest = value;
    for (int high = 63; high >= 0; high--) {
      if (basis[high] != 0 && (greatest >> high & 1) == 0) {
        greatest ^= basis[high];
      }
    }
    return greatest;
  }
}
