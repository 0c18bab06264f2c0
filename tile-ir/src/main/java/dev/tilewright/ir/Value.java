package dev.tilewright.ir;

/**
 * An SSA value: defined once, by an operation's result, a block's argument or a parameter.
 *
 * @param id unique within its function
 */
public record Value(int id, Type type) {

  /** This value's type as a tile type. */
  public Type.Tile tile() {
    return (Type.Tile) type;
  }

  /** This value's type as a shared-memory type. */
  public Type.Shared shared() {
    return (Type.Shared) type;
  }

  public boolean isTile() {
    return type instanceof Type.Tile;
  }

  @Override
  public String toString() {
    return "%" + id;
  }
}
