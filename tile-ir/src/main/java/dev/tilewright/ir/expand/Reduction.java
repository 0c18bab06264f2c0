package dev.tilewright.ir.expand;

import dev.tilewright.ir.Op;
import dev.tilewright.ir.expand.IndexMap.ThreadDigit;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Axis;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;

/**
 * Reductions: a tree over the registers of a thread, then a butterfly over the lanes, after which
 * every lane has the result.
 */
final class Reduction {
  private final Expansion expansion;
  private final Renaming renaming;
  private final LaneExchange lanes;

  Reduction(Expansion expansion, Renaming renaming) {
    this.expansion = expansion;
    this.renaming = renaming;
    this.lanes = new LaneExchange(expansion.code());
  }

  /**
   * @param combine writes the combination of two elements
   */
  Registers expand(Op.Reduce op, BinaryOperator<ThreadValue> combine) {
    Registers tile = expansion.values().tile(op.x());
    long[] strides = Renaming.rowStrides(Renaming.shape(op.x()));
    long[] reduced = new long[strides.length];
    reduced[op.axis()] = 1;
    IndexMap along = renaming.numbers(op, op.x(), reduced);
    IndexMap kept = renaming.numbers(op, op.x(), withoutAxis(op, strides));
    int laneMask = laneMask(op, along, kept);

    Map<Long, ThreadValue> results = new LinkedHashMap<>();
    elements(tile, kept, along)
        .forEach(
            (number, elements) -> {
              ThreadValue own = tree(elements, combine);
              results.put(number, butterfly(own, laneMask, combine));
            });
    List<ThreadValue> inOrder = List.copyOf(results.values());
    return renaming.renamed(
        op,
        Registers.scalars(inOrder.size(), inOrder::get),
        distinct(kept, results),
        resultNumbers(op, strides));
  }

  private static long[] withoutAxis(Op.Reduce op, long[] strides) {
    long[] kept = strides.clone();
    kept[op.axis()] = 0;
    return kept;
  }

  /** The result's elements by the numbers that the operand's have. */
  private IndexMap resultNumbers(Op.Reduce op, long[] strides) {
    long[] kept = new long[strides.length - 1];
    for (int d = 0; d < kept.length; d++) {
      kept[d] = strides[d < op.axis() ? d : d + 1];
    }
    return renaming.numbers(op, op.result(), kept);
  }

  private static IndexMap distinct(IndexMap kept, Map<Long, ThreadValue> results) {
    long[] numbers = results.keySet().stream().mapToLong(Long::longValue).toArray();
    return new IndexMap(kept.sum(), kept.thread(), numbers);
  }

  /** The bits of the lane's number that walk along the reduced dimension. */
  private int laneMask(Op.Reduce op, IndexMap along, IndexMap kept) {
    String contract = "the reduced dimension lives on register and lane digits only";
    int mask = 0;
    for (ThreadDigit digit : along.thread()) {
      if (!digit.axis().equals(Axis.LANE)) {
        throw new StagedFormException(op, contract, "warps hold different parts of it");
      }
      mask |= Math.toIntExact((digit.extent() - 1) * digit.place());
    }
    for (int bit = 1; bit < expansion.target().lanes(); bit <<= 1) {
      if ((mask & bit) != 0 && kept.contribution(Axis.LANE, bit) != 0) {
        throw new StagedFormException(
            op, contract, "lane bit " + bit + " moves along another dimension too");
      }
    }
    return mask;
  }

  /** The elements of a thread that are combined, by the number of what they give. */
  private Map<Long, List<ThreadValue>> elements(Registers tile, IndexMap kept, IndexMap along) {
    Map<Long, List<ThreadValue>> elements = new LinkedHashMap<>();
    Set<List<Long>> seen = new HashSet<>();
    for (int i = 0; i < tile.count(); i++) {
      long number = kept.registers()[i];
      if (seen.add(List.of(number, along.registers()[i]))) {
        elements
            .computeIfAbsent(number, _ -> new ArrayList<>())
            .add(tile.scalar(expansion.ops(), i));
      }
    }
    return elements;
  }

  private static ThreadValue tree(List<ThreadValue> elements, BinaryOperator<ThreadValue> combine) {
    List<ThreadValue> level = elements;
    while (level.size() > 1) {
      List<ThreadValue> next = new ArrayList<>();
      for (int i = 0; i + 1 < level.size(); i += 2) {
        next.add(combine.apply(level.get(i), level.get(i + 1)));
      }
      if (level.size() % 2 == 1) {
        next.add(level.getLast());
      }
      level = next;
    }
    return level.getFirst();
  }

  private ThreadValue butterfly(ThreadValue own, int mask, BinaryOperator<ThreadValue> combine) {
    ThreadValue result = own;
    for (int rest = mask; rest != 0; rest ^= Integer.highestOneBit(rest)) {
      result = combine.apply(result, lanes.across(result, Integer.highestOneBit(rest)));
    }
    return result;
  }
}
