package dev.tilewright.ir.pass;

import dev.tilewright.ir.analysis.BulkTile;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.Sum;
import dev.tilewright.layout.analysis.BankConflicts;
import dev.tilewright.layout.analysis.SharedAccess;
import dev.tilewright.layout.analysis.SharedAccess.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where the elements of one buffer lie, with what each access to it costs.
 *
 * @param memory (dim0, dim1, …) of one stage to offsets in elements
 * @param description of the layout, for the report
 * @param accesses what the accesses are and cost, in bank conflicts too
 */
record SharedPlacement(Layout memory, String description, List<AccessCount> accesses) {

  /** An access and its exact count over the warps of a block. */
  record AccessCount(SharedAccess access, BankConflicts count) {}

  /** Wavefronts and instructions, over all accesses. */
  long cost() {
    return accesses.stream().mapToLong(a -> a.count().wavefronts() + a.count().requests()).sum();
  }

  long conflicts() {
    return accesses.stream().mapToLong(a -> a.count().conflicts()).sum();
  }

  /** The conflicts of every access, in words. */
  String proof() {
    if (accesses.isEmpty()) {
      return "no thread accesses it, bulk copies and matrix instructions do";
    }
    return accesses.stream()
        .map(
            a ->
                "%s: %d bank conflicts in %d wavefronts"
                    .formatted(a.access().name(), a.count().conflicts(), a.count().wavefronts()))
        .distinct()
        .collect(Collectors.joining("; "));
  }

  /**
   * What the accesses become in that layout, and what they cost.
   *
   * @return empty if a transfer of an asynchronous copy would be torn apart
   */
  static Optional<SharedPlacement> priced(
      Layout memory, String description, int bits, List<SharedUse> uses, Target target) {
    List<AccessCount> counts = new ArrayList<>();
    for (SharedUse use : uses) {
      Optional<SharedAccess> access = use.access(memory, bits, target);
      if (access.isEmpty()) {
        return Optional.empty();
      }
      counts.add(new AccessCount(access.get(), count(memory, access.get(), bits / 8, target)));
    }
    return Optional.of(new SharedPlacement(memory, description, counts));
  }

  /** Whether threads can find their elements where bulk copies leave them. */
  static boolean isPossible(BulkTile boxes, List<SharedUse> uses, Target target) {
    return priced(boxes.layout(), "", boxes.dtype().bits(), uses, target).isPresent();
  }

  /** The placement that bulk copies decide about. */
  static SharedPlacement given(BulkTile boxes, List<SharedUse> uses, Target target) {
    String description =
        "lines of %d bytes along dimension %d, swizzle %s"
            .formatted(
                boxes.copy().swizzle().lineBytes(), boxes.unit(), boxes.copy().swizzle().swizzle());
    return priced(boxes.layout(), description, boxes.dtype().bits(), uses, target)
        .orElseGet(() -> new SharedPlacement(boxes.layout(), description, List.of()));
  }

  private static BankConflicts count(Layout memory, SharedAccess access, int bytes, Target target) {
    Layout addresses = memory.compose(access.points()).orThrow();
    return access.kind() == Kind.ROWS
        ? BankConflicts.ofRows(addresses, bytes, access.elements(), target.sharedBanks())
        : BankConflicts.wavefronts(addresses, bytes, access.elements(), target.sharedBanks());
  }

  // ---------------------------------------------------------------- rings

  /**
   * The layout of a ring of such stages: dimension 0 counts them.
   *
   * @param vector the elements of the widest access, at whose multiples stages start
   */
  Layout ring(int stages, int vector) {
    Map<Axis, Axis> names = new LinkedHashMap<>();
    for (int d = 0; d < memory.domain().rank(); d++) {
      names.put(Axis.dim(d), Axis.dim(d + 1));
    }
    Layout stage = memory.rename(names);
    long size = stage.codomain().extent(Axis.OFFSET);
    if (memory.sum() == Sum.INTEGER) {
      long step = Math.ceilDiv(size, vector) * vector;
      LayoutBuilder ring =
          Layout.into(Space.of(Axis.OFFSET, step * stages))
              .digit(Axis.dim(0), stages, Axis.OFFSET, step);
      // A dimension of extent 1 has no digits, and is one all the same.
      stage.domain().axes().forEach(axis -> ring.digit(axis, 1));
      stage.digits().forEach(ring::digit);
      return ring.build();
    }
    // Bits of stage and element must not meet: stages lie below the highest odd digit if there is
    // one, and below nothing if the stage has a power of two of elements.
    long top = Long.lowestOneBit(size);
    long power = Long.highestOneBit(2L * stages - 1);
    boolean splits =
        stage.digits().stream().allMatch(d -> Long.bitCount(d.extent()) == 1 || oddPart(d) == top);
    long step = splits ? top : Long.highestOneBit(2 * size - 1);
    LayoutBuilder ring =
        Layout.into(
                Space.of(
                    Axis.OFFSET,
                    splits ? ((size / top - 1) * power + stages) * top : step * stages))
            .xor()
            .digit(Axis.dim(0), stages, Axis.OFFSET, step);
    stage.domain().axes().forEach(axis -> ring.digit(axis, 1));
    for (Digit digit : stage.digits()) {
      long odd = splits ? digit.extent() / Long.lowestOneBit(digit.extent()) : 1;
      long even = digit.extent() / odd;
      ring.digit(digit.axis(), even, Axis.OFFSET, digit.stride(Axis.OFFSET));
      ring.digit(digit.axis(), odd, Axis.OFFSET, digit.stride(Axis.OFFSET) * even * power);
    }
    return ring.build();
  }

  /** What one step of the digit's odd part moves by. */
  private static long oddPart(Digit digit) {
    return digit.stride(Axis.OFFSET) * Long.lowestOneBit(digit.extent());
  }
}
