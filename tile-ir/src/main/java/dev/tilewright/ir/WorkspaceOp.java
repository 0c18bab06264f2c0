package dev.tilewright.ir;

import java.util.List;

/**
 * What the blocks of one launch hand each other through {@linkplain Parameter.Workspace
 * workspaces}: tiles, and the news that they are there.
 *
 * <p>A tile is kept as the threads hold it, so that whoever takes it up must have it in the layout
 * in which it was kept. Threads of a block do not wait for each other here: a {@link Op.Barrier}
 * stands before a {@link Signal} and after an {@link Await}.
 */
public sealed interface WorkspaceOp extends Op {

  Value workspace();

  /** The place's number, an {@code i32}. */
  Value index();

  /** Keeps a tile in a place of a workspace. */
  record Keep(Value workspace, Value index, Value tile, Location location) implements WorkspaceOp {
    @Override
    public List<Value> operands() {
      return List.of(workspace, index, tile);
    }

    @Override
    public List<Value> results() {
      return List.of();
    }

    @Override
    public Keep with(List<Value> o, List<Value> r, List<Block> b) {
      return new Keep(o.get(0), o.get(1), o.get(2), location);
    }
  }

  /** {@code x} plus the tile that was kept in a place, element by element. */
  record AddKept(Value result, Value workspace, Value index, Value x, Location location)
      implements WorkspaceOp {
    @Override
    public List<Value> operands() {
      return List.of(workspace, index, x);
    }

    @Override
    public List<Value> results() {
      return List.of(result);
    }

    @Override
    public AddKept with(List<Value> o, List<Value> r, List<Block> b) {
      return new AddKept(r.get(0), o.get(0), o.get(1), o.get(2), location);
    }
  }

  /**
   * Raises a flag of an {@code i32} workspace. What the block's threads, or the role's, wrote to
   * global memory before the barrier that precedes is seen by who awaits the flag (PTX ISA,
   * "Release and Acquire Patterns").
   */
  record Signal(Value workspace, Value index, Location location) implements WorkspaceOp {
    @Override
    public List<Value> operands() {
      return List.of(workspace, index);
    }

    @Override
    public List<Value> results() {
      return List.of();
    }

    @Override
    public Signal with(List<Value> o, List<Value> r, List<Block> b) {
      return new Signal(o.get(0), o.get(1), location);
    }
  }

  /**
   * One thread adds one to a counter of an {@code i32} workspace and writes what it held to a
   * buffer of one element. What would become {@code limit} becomes zero: a counter that is fetched
   * from {@code limit} times counts from zero to the last number below, and is zero again (PTX ISA,
   * {@code atom.inc}).
   *
   * @param limit an {@code i32}, at least 1
   * @param shared of shape {@code 1xi32}
   */
  record FetchIncrement(Value workspace, Value index, Value limit, Value shared, Location location)
      implements WorkspaceOp {
    @Override
    public List<Value> operands() {
      return List.of(workspace, index, limit, shared);
    }

    @Override
    public List<Value> results() {
      return List.of();
    }

    @Override
    public FetchIncrement with(List<Value> o, List<Value> r, List<Block> b) {
      return new FetchIncrement(o.get(0), o.get(1), o.get(2), o.get(3), location);
    }
  }

  /**
   * Waits until a flag is raised, and lowers it, so that flags are down again when the launch ends.
   * One block awaits a flag, once; the block that raises it has a lower number, so that blocks that
   * start in order never wait for one that has not started.
   */
  record Await(Value workspace, Value index, Location location) implements WorkspaceOp {
    @Override
    public List<Value> operands() {
      return List.of(workspace, index);
    }

    @Override
    public List<Value> results() {
      return List.of();
    }

    @Override
    public Await with(List<Value> o, List<Value> r, List<Block> b) {
      return new Await(o.get(0), o.get(1), location);
    }
  }
}
