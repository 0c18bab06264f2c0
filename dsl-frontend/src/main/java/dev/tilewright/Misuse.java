package dev.tilewright;

/**
 * What a kernel may not do. Every constant has a stable code and one test whose golden file shows
 * the message.
 */
public enum Misuse {
  // Shapes
  /** Operands of an elementwise operation neither agree nor have extent 1 where they differ. */
  SHAPE_MISMATCH("TW-D001"),
  /** {@code mma} of shapes that are not m×k, k×n and m×n. */
  MMA_SHAPE("TW-D002"),
  /** A tile is assigned or stored to a place of another shape. */
  ASSIGN_SHAPE("TW-D003"),
  /** A tile extent, tensor size or grid size that is not positive. */
  EXTENT_NOT_POSITIVE("TW-D004"),
  /** As many coordinates, extents or dimensions as the rank of something else are needed. */
  RANK_MISMATCH("TW-D005"),
  /** A reshape to another number of elements. */
  RESHAPE_COUNT("TW-D006"),
  /** A dimension that the tile does not have. */
  AXIS_OUT_OF_RANGE("TW-D007"),
  /** A broadcast along a dimension of extent other than 1. */
  BROADCAST("TW-D008"),
  /** A dimension order that does not name every dimension once. */
  PERMUTATION("TW-D009"),
  /** A view as elements of which the bits of a row make up no whole number. */
  VIEW_BITS("TW-D010"),
  /** A number is asked of a tile that has more than one. */
  NOT_ONE_ELEMENT("TW-D011"),
  /** Tiles of packed weights that do not fit the weights' type or groups. */
  WEIGHT_TILE("TW-D012"),

  // Element types
  /** Operands of different element types. */
  DTYPE_MISMATCH("TW-D020"),
  /** {@code mma} of element types that no matrix instruction multiplies. */
  MMA_DTYPE("TW-D021"),
  /** An operation that is not defined on the element type. */
  OPERATION_DTYPE("TW-D022"),
  /** A number that the element type cannot hold. */
  LITERAL("TW-D023"),
  /** A condition that is not {@code i1}. */
  CONDITION("TW-D024"),
  /** A loop's condition that does more than to compute. */
  CONDITION_EFFECT("TW-D025"),

  // Scopes
  /** A tile is used after the region that made it. */
  TILE_OUT_OF_SCOPE("TW-D040"),
  /** A scalar, such as a loop's index, is used after the region that made it. */
  SCALAR_OUT_OF_SCOPE("TW-D041"),
  /** A handle is used in the definition of another kernel. */
  FOREIGN_HANDLE("TW-D042"),
  /** The builder or a handle is used after {@code define} has returned. */
  DEFINITION_FINISHED("TW-D043"),
  /** A reduction's combiner does more than compute with its two numbers. */
  NOT_IN_COMBINER("TW-D044"),
  /** An exception that left a region was caught, so the region is half built. */
  REGION_ABANDONED("TW-D045"),

  // Reading and writing tensors
  /** An {@code out} tensor is read. */
  READ_OF_OUT("TW-D060"),
  /** An {@code in} tensor is written. */
  WRITE_OF_IN("TW-D061"),
  /** An {@code out} tensor is written in two regions that may both run. */
  TWO_WRITERS("TW-D062"),
  /** The same tile of a tensor is written twice. */
  WRITTEN_TWICE("TW-D063"),
  /** A tile of an {@code inout} tensor is read after it was written. */
  READ_AFTER_WRITE("TW-D064"),
  /** An {@code out} tensor is never written. */
  NEVER_WRITTEN("TW-D065"),
  /** The kernel has no tensor to write. */
  NO_OUTPUT("TW-D066"),

  // Declarations
  /** Two parameters of one name. */
  DUPLICATE_NAME("TW-D080"),
  /** A name that is not an identifier. */
  NAME_NOT_IDENTIFIER("TW-D081"),
  /** The grid is set twice. */
  GRID_SET_TWICE("TW-D082"),
  /** The grid is never set. */
  GRID_NEVER_SET("TW-D083"),
  /** A dimension that is no tensor's size, so no launch can know it. */
  DIM_UNDEFINED("TW-D084"),
  /** A grid axis that the grid does not have. */
  GRID_AXIS("TW-D085"),
  /** A loop step that is not positive. */
  STEP_NOT_POSITIVE("TW-D086"),

  // Arefs and roles
  /** A slot, or a tile of it, is used after it was committed or released. */
  SLOT_GIVEN_AWAY("TW-D100"),
  /** A region ends while a slot that it acquired is held. */
  SLOT_KEPT("TW-D101"),
  /** A slot is given away in another region than the one that acquired it. */
  SLOT_REGION("TW-D102"),
  /** A slot that is held for reading is written. */
  SLOT_SIDE("TW-D103"),
  /** A slot is filled in more than one way. */
  COMPLETION_MIXED("TW-D104"),
  /** A slot is released while an asynchronous product reads it. */
  SLOT_STILL_READ("TW-D105"),
  /** A role uses a tile from outside. */
  ACROSS_ROLES("TW-D106"),
  /** A role that cannot be: without warps, with the name of another, inside another. */
  ROLE("TW-D107");

  private final String code;

  Misuse(String code) {
    this.code = code;
  }

  /** The stable code, such as {@code TW-D002}: {@link KernelDefinitionException#code}. */
  public String code() {
    return code;
  }
}
