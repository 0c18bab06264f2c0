package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * The requests of a warp-wide access: which byte every lane starts at, request by request.
 *
 * <p>A request is one instruction of one warp. The register slots of a layout are read or written
 * by one request per group of {@code vectorElements} slots that are adjacent in memory.
 */
final class Access {
  private static final int MATRIX_ROWS = 8;

  private Access() {}

  /**
   * @param addresses hardware axes to offsets in elements
   * @param vectorElements how many elements one lane moves with one request
   * @return for every request the offset in elements at which each lane starts
   */
  static List<long[]> requests(Layout addresses, int vectorElements) {
    VectorWidth vectors = VectorWidth.grouped(addresses, vectorElements);
    int lanes = Math.toIntExact(addresses.domain().extent(Axis.LANE));
    return requests(addresses, vectorElements, vectors, lanes);
  }

  /**
   * The requests of which the layout gives the starts, one for each slot of the register axis: rows
   * of {@code ldmatrix}. Where one instruction moves fewer matrices than lanes could address, the
   * highest lanes repeat addresses of others, and the machine ignores them.
   */
  static List<long[]> rows(Layout addresses) {
    int used = MATRIX_ROWS;
    List<Digit> digits = addresses.digits();
    for (int i = 0; i < digits.size(); i++) {
      Digit digit = digits.get(i);
      if (digit.axis().equals(Axis.LANE) && !digit.isReplication()) {
        used = Math.max(used, Math.toIntExact(addresses.placeOf(i) * digit.extent()));
      }
    }
    return requests(addresses, 1, VectorWidth.grouped(addresses, 1), used);
  }

  private static List<long[]> requests(
      Layout addresses, int vectorElements, VectorWidth vectors, int lanes) {
    Space hardware = addresses.domain();
    int lane = hardware.indexOf(Axis.LANE);
    int register = hardware.indexOf(Axis.REGISTER);
    Space others = hardware.without(List.of(Axis.LANE, Axis.REGISTER));
    List<long[]> requests = new ArrayList<>();
    for (long other = 0; other < others.size(); other++) {
      long[] fixed = others.unflatten(other);
      for (int first = 0; first < vectors.registers().size(); first += vectorElements) {
        long[] starts = new long[lanes];
        for (int l = 0; l < lanes; l++) {
          long[] point = new long[hardware.rank()];
          int next = 0;
          for (int i = 0; i < point.length; i++) {
            point[i] =
                i == lane ? l : i == register ? vectors.registers().get(first) : fixed[next++];
          }
          starts[l] = addresses.apply(point)[0];
        }
        requests.add(starts);
      }
    }
    return requests;
  }

  /** The phases of a request in which a lane takes part: its wavefronts without conflicts. */
  static long phases(long[] starts, BankModel.Phases served) {
    return served.lanes().stream()
        .filter(phase -> phase.stream().anyMatch(lane -> lane < starts.length))
        .count();
  }

  /** The wavefronts of one request; {@code moved} gives where an offset really lies. */
  static int wavefronts(
      long[] starts,
      int elementBytes,
      int vectorElements,
      SharedAccess.Kind kind,
      BankModel model,
      LongUnaryOperator moved) {
    int accessBytes = elementBytes * vectorElements;
    BankModel.Phases served = model.of(kind, accessBytes);
    int wavefronts = 0;
    for (List<Integer> phase : served.lanes()) {
      wavefronts +=
          wavefronts(
              phase,
              starts,
              elementBytes,
              accessBytes,
              model.bytesPerBank(),
              served.banks(),
              moved);
    }
    return wavefronts;
  }

  private static int wavefronts(
      List<Integer> phase,
      long[] starts,
      int elementBytes,
      int accessBytes,
      int word,
      int banks,
      LongUnaryOperator moved) {
    int most = (accessBytes + 2 * word - 1) / word;
    long[] words = new long[phase.size() * most];
    int[] load = new int[banks];
    int seen = 0;
    int worst = 0;
    for (int lane : phase) {
      if (lane >= starts.length) {
        continue;
      }
      long from = moved.applyAsLong(starts[lane]) * elementBytes;
      for (long w = from / word; w <= (from + accessBytes - 1) / word; w++) {
        if (!contains(words, seen, w)) {
          words[seen++] = w;
          worst = Math.max(worst, ++load[(int) (w & (banks - 1))]);
        }
      }
    }
    return worst;
  }

  private static boolean contains(long[] words, int size, long word) {
    for (int i = 0; i < size; i++) {
      if (words[i] == word) {
        return true;
      }
    }
    return false;
  }
}
