package dev.tilewright.layout.analysis;

import dev.tilewright.layout.analysis.BankModel.Phases;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The LDS of gfx950 as a target's description would pass it: phases and banks as measured with
 * conflict counters (arXiv 2511.08083, table 5). Accesses of 4 bytes were not measured; 64 lanes by
 * 4 bytes are what the 64 banks of a read deliver, and two halves what the 32 banks of a write
 * take.
 */
final class Cdna4 {

  /** The second half of the wave does as the first. */
  static final Phases READ_B128 = new Phases(64, twice("0-3,12-15,20-27", "4-11,16-19,28-31"));

  static final Phases READ_B96 =
      new Phases(32, twice("0-3,20-23", "4-7,16-19", "8-11,28-31", "12-15,24-27"));

  static final Phases READ_B64 = new Phases(64, BankModel.consecutive(64, 32));
  static final Phases WRITE_B64 = new Phases(32, BankModel.consecutive(64, 16));

  static final BankModel LDS =
      new BankModel(
          4,
          new TreeMap<>(
              Map.of(
                  4, new Phases(64, BankModel.consecutive(64, 64)),
                  8, READ_B64,
                  12, READ_B96,
                  16, READ_B128)),
          new TreeMap<>(Map.of(4, new Phases(32, BankModel.consecutive(64, 32)), 8, WRITE_B64)));

  private Cdna4() {}

  private static List<List<Integer>> twice(String... halves) {
    List<List<Integer>> phases = new ArrayList<>();
    for (int first : new int[] {0, 32}) {
      for (String phase : halves) {
        phases.add(lanes(phase).stream().map(lane -> lane + first).toList());
      }
    }
    return phases;
  }

  /** {@code 0-3,12-15}. */
  private static List<Integer> lanes(String ranges) {
    List<Integer> lanes = new ArrayList<>();
    for (String range : ranges.split(",")) {
      String[] ends = range.split("-");
      IntStream.rangeClosed(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]))
          .forEach(lanes::add);
    }
    return lanes;
  }
}
