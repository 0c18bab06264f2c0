package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * To {@code e4m3} or {@code e5m2} from what {@code f16} holds exactly, by the target's conversion
 * of pairs, which rounds to nearest and saturates: four results in a word.
 */
final class ThroughHalves {
  private final ThreadBuilder ops;
  private final DType to;

  ThroughHalves(ThreadBuilder ops, DType to) {
    this.ops = ops;
    this.to = to;
  }

  /**
   * @param exact the elements as {@code f16}, in pairs
   */
  void convert(Element[] exact, Element[] results) {
    LinkedHashSet<ThreadValue> distinct = new LinkedHashSet<>();
    for (Element element : exact) {
      distinct.add(element.vector());
    }
    List<ThreadValue> pairs = new ArrayList<>(distinct);
    for (int i = 0; i < pairs.size(); i += 2) {
      List<ThreadValue> two = List.of(pairs.get(i), pairs.get(Math.min(i + 1, pairs.size() - 1)));
      List<ThreadValue> words =
          two.stream().map(pair -> ops.bitcast(pair, ThreadType.U32)).toList();
      ThreadValue four = ops.bitcast(ops.build(words), ThreadType.vector(DType.F16, 4));
      ThreadValue bytes = ops.convert(four, to, Rounding.NEAREST_EVEN, true);
      for (int element = 0; element < exact.length; element++) {
        int pair = two.indexOf(exact[element].vector());
        if (pair >= 0) {
          results[element] = new Element(bytes, 2 * pair + exact[element].lane());
        }
      }
    }
  }
}
