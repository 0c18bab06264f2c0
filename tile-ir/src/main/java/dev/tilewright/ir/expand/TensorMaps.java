package dev.tilewright.ir.expand;

import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.analysis.BoxCopy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The descriptions of tensors that bulk copies need: parameters behind the kernel's own. */
final class TensorMaps {
  private final Code code;
  private final Map<Key, ThreadParameter.TensorMap> maps = new LinkedHashMap<>();

  private record Key(String tensor, List<Integer> box, int swizzleBytes) {}

  TensorMaps(Code code) {
    this.code = code;
  }

  /** The tensor's dimensions, the contiguous one first, then from the last to the first. */
  static List<Integer> dimensions(Parameter.Tensor tensor) {
    List<Integer> order = new ArrayList<>();
    order.add(tensor.unitDimension());
    for (int d = tensor.shape().size() - 1; d >= 0; d--) {
      if (d != tensor.unitDimension()) {
        order.add(d);
      }
    }
    return order;
  }

  /**
   * The address of the description for such boxes.
   *
   * @param parts into which the last axis of a box is cut
   */
  ThreadValue of(Parameter.Tensor tensor, BoxCopy copy, int parts) {
    List<Integer> dimensions = dimensions(tensor);
    Axis last = copy.box().dims().getLast().axis();
    List<Integer> box =
        dimensions.stream()
            .map(Axis::dim)
            .map(d -> (int) copy.box().extent(d) / (d.equals(last) ? parts : 1))
            .toList();
    int swizzle = copy.swizzle().isNone() ? 0 : (int) copy.swizzle().lineBytes();
    return maps.computeIfAbsent(
            new Key(tensor.name(), box, swizzle),
            _ ->
                new ThreadParameter.TensorMap(
                    tensor.name(), dimensions, box, swizzle, code.parameter(ThreadType.I64)))
        .value();
  }

  List<ThreadParameter.TensorMap> parameters() {
    return List.copyOf(maps.values());
  }
}
