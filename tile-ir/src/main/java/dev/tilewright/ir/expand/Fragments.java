package dev.tilewright.ir.expand;

import dev.tilewright.ir.Op;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * A tile of a matrix instruction's operand, as the instruction's fragments repeated over registers
 * and warps: which registers make up the fragment at which place.
 *
 * @param rows the register's and the thread's part of dim0
 * @param columns of dim1
 * @param rowStarts where the fragments that a warp holds begin in dim0, relative to the warp's
 *     first
 * @param columnStarts the same of dim1
 */
record Fragments(
    IndexMap rows,
    IndexMap columns,
    List<Long> rowStarts,
    List<Long> columnStarts,
    Map<List<Long>, Integer> byCoordinates,
    IndexMap fragmentRows,
    IndexMap fragmentColumns) {

  static Fragments of(Op op, Layout layout, Layout fragment) {
    IndexMap rows = IndexMap.of(layout, Axis.dim(0));
    IndexMap columns = IndexMap.of(layout, Axis.dim(1));
    IndexMap fragmentRows = IndexMap.of(fragment, Axis.dim(0));
    IndexMap fragmentColumns = IndexMap.of(fragment, Axis.dim(1));
    for (long lane = 0; lane < fragment.domain().extent(Axis.LANE); lane++) {
      if (rows.contribution(Axis.LANE, lane) != fragmentRows.contribution(Axis.LANE, lane)
          || columns.contribution(Axis.LANE, lane)
              != fragmentColumns.contribution(Axis.LANE, lane)) {
        throw broken(op, layout, fragment);
      }
    }
    Map<List<Long>, Integer> byCoordinates = new HashMap<>();
    for (int i = 0; i < rows.registers().length; i++) {
      byCoordinates.putIfAbsent(List.of(rows.registers()[i], columns.registers()[i]), i);
    }
    Fragments fragments =
        new Fragments(
            rows,
            columns,
            starts(rows, fragment.codomain().extent(Axis.dim(0))),
            starts(columns, fragment.codomain().extent(Axis.dim(1))),
            byCoordinates,
            fragmentRows,
            fragmentColumns);
    int pieces = fragments.rowStarts.size() * fragments.columnStarts.size();
    if (pieces * fragmentRows.registers().length != byCoordinates.size()) {
      throw broken(op, layout, fragment);
    }
    for (long row : fragments.rowStarts) {
      for (long column : fragments.columnStarts) {
        if (!byCoordinates.keySet().containsAll(fragments.coordinates(row, column))) {
          throw broken(op, layout, fragment);
        }
      }
    }
    return fragments;
  }

  private static StagedFormException broken(Op op, Layout layout, Layout fragment) {
    return new StagedFormException(
        op,
        "the operands of Mma are fragments of its instruction, tiled over registers and warps",
        layout + " is no tiling of " + fragment);
  }

  private static List<Long> starts(IndexMap map, long extent) {
    TreeSet<Long> starts = new TreeSet<>();
    for (long coordinate : map.registers()) {
      if (coordinate % extent == 0) {
        starts.add(coordinate);
      }
    }
    return List.copyOf(starts);
  }

  private List<List<Long>> coordinates(long row, long column) {
    List<List<Long>> coordinates = new ArrayList<>();
    for (int i = 0; i < fragmentRows.registers().length; i++) {
      coordinates.add(
          List.of(row + fragmentRows.registers()[i], column + fragmentColumns.registers()[i]));
    }
    return coordinates;
  }

  /** The registers of the fragment that starts there, in the instruction's order. */
  List<Integer> registers(long row, long column) {
    return coordinates(row, column).stream().map(byCoordinates::get).toList();
  }
}
