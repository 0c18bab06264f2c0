package dev.tilewright.layout;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * One digit of a layout: it is read from one axis of the domain and moves the value by its strides.
 *
 * @param axis the axis it is read from
 * @param extent its radix, at least 1
 * @param strides how far one step of it goes on each axis of the codomain; zero strides are left
 *     out, so a digit without strides is a replication
 */
public record Digit(Axis axis, long extent, SortedMap<Axis, Long> strides) {

  public Digit {
    if (extent < 1) {
      throw new IllegalArgumentException("digit of " + axis + " has extent " + extent);
    }
    SortedMap<Axis, Long> moving = new TreeMap<>(strides);
    moving.values().removeIf(stride -> stride == 0);
    strides = Collections.unmodifiableSortedMap(moving);
  }

  /** The stride on {@code target}, 0 when it does not move there. */
  public long stride(Axis target) {
    return strides.getOrDefault(target, 0L);
  }

  /** Whether all its values land on the same point. */
  public boolean isReplication() {
    return strides.isEmpty();
  }

  @Override
  public String toString() {
    return axis
        + ":"
        + extent
        + (isReplication()
            ? ""
            : strides.entrySet().stream()
                .map(e -> e.getKey() + "*" + e.getValue())
                .collect(Collectors.joining(" + ", " -> ", "")));
  }
}
