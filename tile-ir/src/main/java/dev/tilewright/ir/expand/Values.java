package dev.tilewright.ir.expand;

import dev.tilewright.ir.Value;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.HashMap;
import java.util.Map;

/** What has become of the values of tile IR. */
final class Values {
  private final Map<Value, ThreadValue> scalars = new HashMap<>();
  private final Map<Value, Registers> tiles = new HashMap<>();
  private final Map<Value, SharedWindow> buffers = new HashMap<>();
  private final Map<Value, Integer> barriers = new HashMap<>();
  private final Map<Value, GlobalTensor> tensors = new HashMap<>();

  ThreadValue scalar(Value value) {
    return defined(scalars, value);
  }

  Registers tile(Value value) {
    return defined(tiles, value);
  }

  SharedWindow buffer(Value value) {
    return defined(buffers, value);
  }

  GlobalTensor tensor(Value value) {
    return defined(tensors, value);
  }

  private static <T> T defined(Map<Value, T> map, Value value) {
    T known = map.get(value);
    if (known == null) {
      throw new IllegalStateException(value + " of type " + value.type() + " is not defined here");
    }
    return known;
  }

  /** Where an array of barriers begins in shared memory. */
  int barriers(Value value) {
    return defined(barriers, value);
  }

  void setBarriers(Value value, int offset) {
    barriers.put(value, offset);
  }

  void set(Value value, ThreadValue scalar) {
    scalars.put(value, scalar);
  }

  void set(Value value, Registers tile) {
    tiles.put(value, tile);
  }

  void set(Value value, SharedWindow buffer) {
    buffers.put(value, buffer);
  }

  void set(Value value, GlobalTensor tensor) {
    tensors.put(value, tensor);
  }
}
