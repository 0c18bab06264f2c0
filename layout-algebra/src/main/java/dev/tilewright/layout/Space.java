package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A product of named axes: the points {@code (x0, x1, …)} with {@code 0 <= xi < extent i}.
 *
 * <p>The axes are listed minor to major: when points are counted ({@link #flatten}), the first axis
 * runs fastest (CuTe's colexicographic order). An axis that is not listed has extent 1.
 *
 * @param dims the axes with their extents, minor to major; an axis appears once
 */
public record Space(List<Dim> dims) {

  /** The space of one point. */
  public static final Space POINT = new Space(List.of());

  /**
   * One axis of a space.
   *
   * @param axis its name
   * @param extent the number of coordinates on it, at least 1
   */
  public record Dim(Axis axis, long extent) {
    public Dim {
      if (extent < 1) {
        throw new IllegalArgumentException("axis " + axis + " has extent " + extent + ", not >= 1");
      }
    }

    @Override
    public String toString() {
      return axis + ":" + extent;
    }
  }

  public Space {
    dims = List.copyOf(dims);
    long size = 1;
    for (int i = 0; i < dims.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (dims.get(i).axis().equals(dims.get(j).axis())) {
          throw new IllegalArgumentException("axis " + dims.get(i).axis() + " appears twice");
        }
      }
      size = Math.multiplyExact(size, dims.get(i).extent());
    }
  }

  public static Space of(Axis axis, long extent) {
    return new Space(List.of(new Dim(axis, extent)));
  }

  public static Space of(Axis a0, long e0, Axis a1, long e1) {
    return new Space(List.of(new Dim(a0, e0), new Dim(a1, e1)));
  }

  public static Space of(Axis a0, long e0, Axis a1, long e1, Axis a2, long e2) {
    return new Space(List.of(new Dim(a0, e0), new Dim(a1, e1), new Dim(a2, e2)));
  }

  public static Space of(Axis a0, long e0, Axis a1, long e1, Axis a2, long e2, Axis a3, long e3) {
    return new Space(List.of(new Dim(a0, e0), new Dim(a1, e1), new Dim(a2, e2), new Dim(a3, e3)));
  }

  /** The space {@code dim0:shape[0], dim1:shape[1], …} of a tile or tensor. */
  public static Space tile(long... shape) {
    List<Dim> dims = new ArrayList<>();
    for (int i = 0; i < shape.length; i++) {
      dims.add(new Dim(Axis.dim(i), shape[i]));
    }
    return new Space(dims);
  }

  /** The space {@code register, lane, warp} of one block's register slots. */
  public static Space hardware(long registers, long lanes, long warps) {
    return of(Axis.REGISTER, registers, Axis.LANE, lanes, Axis.WARP, warps);
  }

  /** The number of points. */
  public long size() {
    long size = 1;
    for (Dim dim : dims) {
      size *= dim.extent();
    }
    return size;
  }

  /** The number of axes listed. */
  public int rank() {
    return dims.size();
  }

  /** The extent of {@code axis}, 1 when it is not listed. */
  public long extent(Axis axis) {
    int i = indexOf(axis);
    return i < 0 ? 1 : dims.get(i).extent();
  }

  /** Whether {@code axis} is listed, be its extent 1 or more. */
  public boolean has(Axis axis) {
    return indexOf(axis) >= 0;
  }

  /** The position of {@code axis} in {@link #dims}, or -1. */
  public int indexOf(Axis axis) {
    for (int i = 0; i < dims.size(); i++) {
      if (dims.get(i).axis().equals(axis)) {
        return i;
      }
    }
    return -1;
  }

  public Axis axis(int i) {
    return dims.get(i).axis();
  }

  public long extent(int i) {
    return dims.get(i).extent();
  }

  public List<Axis> axes() {
    return dims.stream().map(Dim::axis).toList();
  }

  /** The extents in the order of {@link #dims}. */
  public long[] extents() {
    return dims.stream().mapToLong(Dim::extent).toArray();
  }

  /** This space with the extent of {@code axis} set; an axis not yet listed is appended. */
  public Space with(Axis axis, long extent) {
    List<Dim> changed = new ArrayList<>(dims);
    int i = indexOf(axis);
    if (i < 0) {
      changed.add(new Dim(axis, extent));
    } else {
      changed.set(i, new Dim(axis, extent));
    }
    return new Space(changed);
  }

  /** This space with only those axes that are in {@code kept}. */
  public Space only(Collection<Axis> kept) {
    return new Space(dims.stream().filter(dim -> kept.contains(dim.axis())).toList());
  }

  /** This space without those axes that are in {@code removed}. */
  public Space without(Collection<Axis> removed) {
    return new Space(dims.stream().filter(dim -> !removed.contains(dim.axis())).toList());
  }

  /** This space with its axes in {@link Axis}'s order. */
  public Space sorted() {
    return new Space(dims.stream().sorted(Comparator.comparing(Dim::axis)).toList());
  }

  /** The number of the point {@code coordinates}, the first axis running fastest. */
  public long flatten(long... coordinates) {
    long index = 0;
    for (int i = dims.size() - 1; i >= 0; i--) {
      index = index * dims.get(i).extent() + coordinates[i];
    }
    return index;
  }

  /** The point with number {@code index}; inverse of {@link #flatten}. */
  public long[] unflatten(long index) {
    long[] coordinates = new long[dims.size()];
    long rest = index;
    for (int i = 0; i < coordinates.length; i++) {
      coordinates[i] = rest % dims.get(i).extent();
      rest /= dims.get(i).extent();
    }
    return coordinates;
  }

  /** {@code (dim0:16, dim1:8)}. */
  @Override
  public String toString() {
    return dims.stream().map(Dim::toString).collect(Collectors.joining(", ", "(", ")"));
  }
}
