package dev.tilewright.runtime;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Whether two strided tensors share a bit of memory.
 *
 * <p>They do when some element of one begins less than an element's width away from some element of
 * the other: a linear equation {@code Σ cₖ·xₖ = target} with positive coefficients and {@code 0 ≤
 * xₖ ≤ uₖ}. It is solved by trying the largest coefficient first: what the smaller ones can still
 * reach leaves few choices for each, one or two for the strides of ordinary views. The problem is
 * NP-complete for contrived strides, so that the search gives up after a while and reports a
 * possible overlap.
 */
final class Overlap {
  private static final int MOST_STEPS = 100_000;

  private record Term(long coefficient, long bound) {}

  private final List<Term> terms;
  private final long[] reach;
  private int steps;

  private Overlap(List<Term> terms) {
    this.terms = terms;
    this.reach = new long[terms.size() + 1];
    for (int i = terms.size() - 1; i >= 0; i--) {
      reach[i] = reach[i + 1] + terms.get(i).coefficient * terms.get(i).bound;
    }
  }

  static boolean possible(Tensor a, Tensor b) {
    if (!a.device().equals(b.device())) {
      return false;
    }
    long distance = (b.storage().address() - a.storage().address()) * Byte.SIZE;
    return possible(a.layout(), a.dtype().bits(), b.layout(), b.dtype().bits(), distance);
  }

  /**
   * @param bitsA the width of an element of {@code a}
   * @param distance from the start of {@code a}'s storage to that of {@code b}'s, in bits
   */
  static boolean possible(Strided a, int bitsA, Strided b, int bitsB, long distance) {
    List<Term> terms = new ArrayList<>();
    addTerms(terms, a, bitsA);
    // b's coordinates enter mirrored, so that their coefficients are positive as well.
    addTerms(terms, b, bitsB);
    terms.add(new Term(1, bitsA + bitsB - 2L));
    long target = distance + bitsB * (b.end() - 1) - bitsA * a.offset() + bitsB - 1;
    Overlap search = new Overlap(merged(terms));
    return search.solvable(0, target);
  }

  private static void addTerms(List<Term> terms, Strided layout, int bits) {
    for (int i = 0; i < layout.rank(); i++) {
      if (layout.size(i) > 1 && layout.stride(i) > 0) {
        terms.add(new Term(layout.stride(i) * bits, layout.size(i) - 1));
      }
    }
  }

  /** Sorted from the largest coefficient; equal ones become one term. */
  private static List<Term> merged(List<Term> terms) {
    terms.sort(Comparator.comparingLong(Term::coefficient).reversed());
    List<Term> merged = new ArrayList<>();
    for (Term term : terms) {
      if (!merged.isEmpty() && merged.getLast().coefficient == term.coefficient) {
        Term last = merged.removeLast();
        merged.add(new Term(term.coefficient, last.bound + term.bound));
      } else {
        merged.add(term);
      }
    }
    return merged;
  }

  private boolean solvable(int index, long target) {
    if (target < 0 || target > reach[index]) {
      return false;
    }
    if (index == terms.size()) {
      return true;
    }
    Term term = terms.get(index);
    if (term.coefficient == 1) {
      return true;
    }
    long least = Math.max(0, Math.ceilDiv(target - reach[index + 1], term.coefficient));
    long most = Math.min(term.bound, target / term.coefficient);
    for (long x = least; x <= most; x++) {
      if (++steps > MOST_STEPS || solvable(index + 1, target - x * term.coefficient)) {
        return true;
      }
    }
    return false;
  }
}
