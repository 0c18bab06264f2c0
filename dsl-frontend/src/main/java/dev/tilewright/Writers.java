package dev.tilewright;

import dev.tilewright.ir.Parameter.Access;
import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rules of writing, which make a block's result independent of the order of its threads:
 *
 * <ul>
 *   <li>an {@code in} tensor is only read and an {@code out} tensor is only written;
 *   <li>all writes of an {@code out} tensor stand in one region, in different branches of one
 *       {@code when}, or in different roles;
 *   <li>no tile is written twice, and an {@code inout} tile is not read after it was written, as
 *       far as equal coordinates show it.
 * </ul>
 */
final class Writers {
  private final Trace trace;
  private final Map<GlobalTensor, List<Write>> writes = new LinkedHashMap<>();

  private record Write(Site site, Region region, List<Value> offsets, List<Integer> extents) {}

  Writers(Trace trace) {
    this.trace = trace;
  }

  void checkRead(Site site, GlobalTile tile) {
    GlobalTensor tensor = tile.tensor;
    if (tensor.access == Access.OUT) {
      throw trace.fail(
          site,
          Misuse.READ_OF_OUT,
          "tensor '" + tensor.name + "' is an output and cannot be read",
          List.of(tensor.note("declared as out here")),
          "declare it with inout, or keep the value in a register tile");
    }
    for (Write write : writesOf(tensor)) {
      if (sameTile(write, tile) && !write.region().excludes(trace.region())) {
        throw trace.fail(
            site,
            Misuse.READ_AFTER_WRITE,
            "this tile of '"
                + tensor.name
                + "' was written before; another thread may read the old value",
            List.of(note("written here", write)),
            "keep the value in a register tile");
      }
    }
  }

  void write(Site site, GlobalTile tile) {
    GlobalTensor tensor = tile.tensor;
    if (tensor.access == Access.IN) {
      throw trace.fail(
          site,
          Misuse.WRITE_OF_IN,
          "tensor '" + tensor.name + "' is an input and cannot be written",
          List.of(tensor.note("declared as in here")),
          "declare it with out, or with inout when it is read too");
    }
    Region region = trace.region();
    for (Write write : writesOf(tensor)) {
      if (write.region().excludes(region)) {
        continue;
      }
      if (sameTile(write, tile)) {
        throw trace.fail(
            site,
            Misuse.WRITTEN_TWICE,
            "this tile of '" + tensor.name + "' is written twice",
            List.of(note("first written here", write)),
            "combine both values in a register tile and set it once");
      }
      if (tensor.access == Access.OUT
          && write.region() != region
          && !write.region().isOfOtherRole(region)) {
        throw trace.fail(
            site,
            Misuse.TWO_WRITERS,
            "output '" + tensor.name + "' is written in two regions that may both run",
            List.of(note("also written here", write)),
            "collect the result in a register tile and set it in one place,"
                + " or in the two branches of one when; an inout tensor may have several writers");
      }
    }
    writes
        .computeIfAbsent(tensor, _ -> new ArrayList<>())
        .add(new Write(site, region, tile.offsets, tile.extents));
  }

  void checkAllWritten(List<GlobalTensor> tensors) {
    if (tensors.stream().allMatch(tensor -> tensor.access == Access.IN)) {
      throw trace.fail(
          trace.first(),
          Misuse.NO_OUTPUT,
          "this kernel has no tensor to write, so it can have no effect",
          List.of(),
          "declare one with out or inout");
    }
    for (GlobalTensor tensor : tensors) {
      if (tensor.access != Access.IN && writesOf(tensor).isEmpty()) {
        throw trace.fail(
            tensor.defined,
            Misuse.NEVER_WRITTEN,
            "tensor '" + tensor.name + "' is never written",
            List.of(),
            "set a tile of it, or declare it with in");
      }
    }
  }

  private List<Write> writesOf(GlobalTensor tensor) {
    return writes.getOrDefault(tensor, List.of());
  }

  private boolean sameTile(Write write, GlobalTile tile) {
    return write.extents().equals(tile.extents)
        && trace.scalars().same(write.offsets(), tile.offsets);
  }

  private static Diagnostic.Note note(String message, Write write) {
    return write.site().note(message);
  }
}
