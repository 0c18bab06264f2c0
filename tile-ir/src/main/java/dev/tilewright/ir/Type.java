package dev.tilewright.ir;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.Layout;
import java.util.List;
import java.util.Optional;

/** The type of a {@link Value}. */
public sealed interface Type {

  /**
   * The type of one element.
   *
   * @throws UnsupportedOperationException if values of this type have no elements
   */
  default DType dtype() {
    throw new UnsupportedOperationException("a value of type " + this + " has no elements");
  }

  /** One number, the same in every thread of the block. Coordinates and sizes are {@code i32}. */
  record Scalar(DType dtype) implements Type {}

  /**
   * A block-sized array held in registers.
   *
   * @param layout which register of which lane of which warp holds which element: a layout from
   *     (register, lane, warp) to (dim0, dim1, …); absent until {@code AssignLayouts}
   */
  record Tile(List<Integer> shape, DType dtype, Optional<Layout> layout) implements Shaped {
    public Tile {
      shape = List.copyOf(shape);
    }

    public Tile(List<Integer> shape, DType dtype) {
      this(shape, dtype, Optional.empty());
    }

    public Tile withLayout(Layout newLayout) {
      return new Tile(shape, dtype, Optional.of(newLayout));
    }

    public Tile withDtype(DType newDtype) {
      return new Tile(shape, newDtype, layout);
    }
  }

  /**
   * A buffer in the block's shared memory.
   *
   * @param layout where each element lies: a layout from (dim0, dim1, …) to (offset), counted in
   *     elements; absent until {@code PlanMemory}
   */
  record Shared(List<Integer> shape, DType dtype, Optional<Layout> layout) implements Shaped {
    public Shared {
      shape = List.copyOf(shape);
    }

    public Shared(List<Integer> shape, DType dtype) {
      this(shape, dtype, Optional.empty());
    }

    public Shared withLayout(Layout newLayout) {
      return new Shared(shape, dtype, Optional.of(newLayout));
    }
  }

  /** A tensor in global memory; its sizes and strides are known at launch. */
  record Tensor(DType dtype, int rank) implements Type {}

  /**
   * An asynchronous reference: a channel between warp groups, a ring of slots of which each is
   * <i>empty → full → borrowed → empty</i> and holds a tuple of shared buffers.
   *
   * @param payload the buffers of one slot
   * @param depth the number of slots
   * @param scope whose threads share it
   */
  record Aref(List<Shared> payload, int depth, Scope scope) implements Type {
    public Aref {
      payload = List.copyOf(payload);
      if (depth < 1) {
        throw new IllegalArgumentException("an aref of " + depth + " slots");
      }
    }
  }

  /** Who shares an {@link Aref}. */
  enum Scope {
    BLOCK,
    CLUSTER
  }

  /** The right to a slot of an {@link Aref}; linear: used exactly once on every path. */
  record Token(Side side) implements Type {}

  /** Which side of an {@link Aref} a {@link Token} belongs to. */
  enum Side {
    WRITE,
    READ
  }

  /** An asynchronous operation whose end can be waited for. */
  record Pending() implements Type {}

  /** An array of barriers in shared memory that count arrivals and transferred bytes. */
  record Mbarriers(int count) implements Type {}

  /**
   * Places in global memory through which the blocks of a launch hand each other tiles, or flags if
   * the shape has no dimensions.
   *
   * @param shape of the tile in one place
   */
  record Workspace(List<Integer> shape, DType dtype) implements Type {
    public Workspace {
      shape = List.copyOf(shape);
    }
  }

  /** A type with a shape that is known at compile time, dimension 0 outermost. */
  sealed interface Shaped extends Type permits Tile, Shared {
    List<Integer> shape();

    Optional<Layout> layout();

    default int rank() {
      return shape().size();
    }

    default long elements() {
      return shape().stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }
  }
}
