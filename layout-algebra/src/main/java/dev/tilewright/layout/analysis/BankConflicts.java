package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LinearMap;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a shared-memory access costs.
 *
 * @param requests warp instructions
 * @param wavefronts passes through the memory that they take together
 * @param ideal the passes they would take without conflicts: one for each phase of each request in
 *     which a lane takes part
 */
public record BankConflicts(long requests, long wavefronts, long ideal) {

  /** The wavefronts that bank conflicts cost. */
  public long conflicts() {
    return wavefronts - ideal;
  }

  /**
   * Counts the wavefronts of a read by enumeration of all requests and lanes; exact for every
   * layout.
   *
   * @param addresses hardware axes to offsets in elements, {@code memory.compose(registers)}
   * @param elementBytes bytes of an element
   * @param vectorElements elements moved by a lane per request
   * @throws IllegalArgumentException if the access cannot be made with this width
   */
  public static BankConflicts wavefronts(
      Layout addresses, int elementBytes, int vectorElements, BankModel model) {
    return of(SharedAccess.Kind.READ, addresses, elementBytes, vectorElements, model);
  }

  /**
   * {@link #wavefronts} of a read, a write or, addresses being those of rows, of {@code ldmatrix}.
   */
  public static BankConflicts of(
      SharedAccess.Kind kind,
      Layout addresses,
      int elementBytes,
      int vectorElements,
      BankModel model) {
    List<long[]> requests =
        kind == SharedAccess.Kind.ROWS
            ? Access.rows(addresses)
            : Access.requests(addresses, vectorElements);
    return of(requests, elementBytes, vectorElements, kind, model);
  }

  /**
   * Counts the wavefronts of {@code ldmatrix} and the like, where every lane supplies the address
   * of a row and the register axis counts instructions.
   *
   * @param addresses hardware axes to the offsets in elements at which the rows start
   * @param rowElements elements of a row, 16 bytes of them for {@code ldmatrix}
   */
  public static BankConflicts ofRows(
      Layout addresses, int elementBytes, int rowElements, BankModel model) {
    return of(SharedAccess.Kind.ROWS, addresses, elementBytes, rowElements, model);
  }

  private static BankConflicts of(
      List<long[]> requests,
      int elementBytes,
      int vectorElements,
      SharedAccess.Kind kind,
      BankModel model) {
    long wavefronts = 0;
    for (long[] request : requests) {
      wavefronts +=
          Access.wavefronts(request, elementBytes, vectorElements, kind, model, offset -> offset);
    }
    BankModel.Phases served = model.of(kind, elementBytes * vectorElements);
    long ideal = requests.stream().mapToLong(starts -> Access.phases(starts, served)).sum();
    return new BankConflicts(requests.size(), wavefronts, ideal);
  }

  /**
   * The wavefronts of one phase by the rank theorem: an F₂-linear phase takes {@code 2^(rank W -
   * rank B)} wavefronts, {@code W} being the word bits of its accesses and {@code B} those that
   * choose the bank, whatever its base address. Holds when the phase is a set of consecutive lanes
   * and the access is linear; otherwise there is no answer.
   *
   * @param phaseLanes the number of lanes in a phase, a power of two
   */
  public static OptionalLong byRank(
      Layout addresses, int elementBytes, int vectorElements, int phaseLanes, BankModel model) {
    if (!(addresses.toLinear() instanceof Result.Ok<LinearMap>(LinearMap map))) {
      return OptionalLong.empty();
    }
    int firstLaneBit = 0;
    for (Space.Dim dim : map.domain().dims()) {
      if (dim.axis().equals(Axis.LANE)) {
        break;
      }
      firstLaneBit += Long.numberOfTrailingZeros(dim.extent());
    }
    long lanes = Math.min(phaseLanes, map.domain().extent(Axis.LANE));
    List<Long> words = new ArrayList<>();
    for (int bit = 0; 1L << bit < lanes; bit++) {
      words.add(map.columns().get(firstLaneBit + bit) * elementBytes / model.bytesPerBank());
    }
    for (long word = model.bytesPerBank(); word < (long) elementBytes * vectorElements; word *= 2) {
      words.add(word / model.bytesPerBank());
    }
    int seen = model.of(SharedAccess.Kind.READ, elementBytes * vectorElements).banks();
    List<Long> banks = words.stream().map(word -> word & (seen - 1)).toList();
    return OptionalLong.of(1L << (LinearMap.rank(words) - LinearMap.rank(banks)));
  }
}
