package dev.tilewright;

import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Substitution;
import dev.tilewright.ir.Value;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A region while it is traced: which SSA value each mutable tile holds at this point of it.
 *
 * <p>SSA construction for structured control flow, on the fly (after Braun et al., "Simple and
 * Efficient Construction of Static Single Assignment Form", CC 2013): a loop body gives a tile from
 * outside a placeholder argument when it first reads it. Structure replaces the paper's sealed
 * blocks and phi removal: when the body ends, tiles that were updated become carried values, and
 * the placeholders of all others are replaced by the value from outside.
 */
final class Region {

  /** What kind of region it is. */
  enum Kind {
    KERNEL,
    LOOP,
    BRANCH,
    ROLE,
    COMBINER
  }

  final Kind kind;
  private final @Nullable Region parent;

  /** The call that opened the region; the branches of one {@code when} share it. */
  final Site opened;

  private final OpBuilder ops;
  private final Map<Tile, Value> current = new LinkedHashMap<>();
  private final Map<Tile, Value> placeholders = new LinkedHashMap<>();
  private final Map<Tile, Value> outside = new LinkedHashMap<>();
  private final Set<Tile> updated = new LinkedHashSet<>();
  private boolean open = true;

  Region(Kind kind, @Nullable Region parent, Site opened, OpBuilder ops) {
    this.kind = kind;
    this.parent = parent;
    this.opened = opened;
    this.ops = ops;
  }

  boolean isOpen() {
    return open;
  }

  void close() {
    open = false;
  }

  /** A new tile of this region. */
  void define(Tile tile, Value value) {
    current.put(tile, value);
  }

  /** The value {@code tile} holds here. */
  Value read(Tile tile) {
    Value known = current.get(tile);
    if (known != null) {
      return known;
    }
    Value value = fromOutside(tile);
    if (kind == Kind.LOOP) {
      outside.put(tile, value);
      value = ops.fresh(value.type());
      placeholders.put(tile, value);
    }
    current.put(tile, value);
    return value;
  }

  /** From here on {@code tile} holds {@code value}. */
  void write(Tile tile, Value value) {
    if (tile.home != this) {
      updated.add(tile);
    }
    current.put(tile, value);
  }

  /** The tiles from outside that were updated here, in the order they were made. */
  List<Tile> updated() {
    return updated.stream().sorted(Comparator.comparingInt(tile -> tile.id)).toList();
  }

  /** What {@code tile}, which is from outside, held when the region was entered. */
  Value initial(Tile tile) {
    Value value = outside.get(tile);
    return value != null ? value : fromOutside(tile);
  }

  /** The loop argument that stands for {@code tile}. */
  Value argument(Tile tile) {
    Value placeholder = placeholders.get(tile);
    return placeholder != null ? placeholder : ops.fresh(initial(tile).type());
  }

  /** The placeholders of tiles that are not carried, and the values they stand for. */
  Substitution superfluous(Collection<Tile> carried) {
    Substitution substitution = new Substitution();
    placeholders.forEach(
        (tile, placeholder) -> {
          if (!carried.contains(tile)) {
            substitution.replace(placeholder, initial(tile));
          }
        });
    return substitution;
  }

  /** The innermost role around this region; null outside of roles. */
  @Nullable Region role() {
    for (Region at = this; at != null; at = at.parent) {
      if (at.kind == Kind.ROLE) {
        return at;
      }
    }
    return null;
  }

  /** Whether both lie in roles, and not in the same. */
  boolean isOfOtherRole(Region other) {
    Region mine = role();
    Region its = other.role();
    return mine != null && its != null && mine != its;
  }

  private Value fromOutside(Tile tile) {
    if (parent == null) {
      throw new IllegalStateException("no region of this kernel made " + tile);
    }
    return parent.read(tile);
  }

  /** Whether at most one of both regions runs: they lie in different branches of one when. */
  boolean excludes(Region other) {
    for (Region mine = this; mine != null; mine = mine.parent) {
      for (Region its = other; its != null; its = its.parent) {
        if (mine != its && mine.kind == Kind.BRANCH && mine.opened == its.opened) {
          return true;
        }
      }
    }
    return false;
  }
}
