package dev.tilewright;

import static dev.tilewright.Diagnostics.expect;
import static dev.tilewright.dtype.DType.F32;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** One tiny kernel for each rule of reading and writing tensors, and what the rules allow. */
class WriterDiagnosticsTest {

  @Test
  void readOfAnOutput() throws IOException {
    expect(
        Misuse.READ_OF_OUT,
        k -> {
          var c = k.out("c", F32, k.dim("n"));
          k.zeros(F32, 8).plus(c.tile(0, 8));
        });
  }

  @Test
  void writeOfAnInput() throws IOException {
    expect(
        Misuse.WRITE_OF_IN,
        k -> {
          var a = k.in("a", F32, k.dim("n"));
          a.tile(0, 8).set(k.zeros(F32, 8));
        });
  }

  @Test
  void twoRegions() throws IOException {
    expect(
        Misuse.TWO_WRITERS,
        k -> {
          var c = k.out("c", F32, k.dim("n"));
          var x = k.zeros(F32, 8);
          k.range(4, i -> c.tile(i, 8).set(x));
          c.tile(4, 8).set(x);
        });
  }

  @Test
  void sameTileTwice() throws IOException {
    expect(
        Misuse.WRITTEN_TWICE,
        k -> {
          var c = k.out("c", F32, k.dim("n"));
          var i = k.programId(0);
          c.tile(i, 8).set(k.zeros(F32, 8));
          c.at(i.times(8), 8).set(k.full(F32, 1, 8));
        });
  }

  @Test
  void readAfterWrite() throws IOException {
    expect(
        Misuse.READ_AFTER_WRITE,
        k -> {
          var c = k.inout("c", F32, k.dim("n"));
          c.tile(0, 8).set(k.zeros(F32, 8));
          c.tile(0, 8).load();
        });
  }

  @Test
  void neverWritten() throws IOException {
    expect(
        Misuse.NEVER_WRITTEN,
        k -> {
          var n = k.dim("n");
          k.out("c", F32, n);
          k.grid1d(n);
        });
  }

  @Test
  void noOutput() throws IOException {
    expect(
        Misuse.NO_OUTPUT,
        k -> {
          var n = k.dim("n");
          k.in("a", F32, n);
          k.grid1d(n);
        });
  }

  @Test
  void otherTilesAndExclusiveBranchesMayBeWritten() {
    Trace.of(
        k -> {
          var n = k.dim("n");
          var c = k.out("c", F32, n);
          var d = k.out("d", F32, n);
          var i = k.grid1d(n.ceilDiv(16));
          var x = k.zeros(F32, 8);
          c.tile(i.times(2), 8).set(x);
          c.tile(i.times(2).plus(1), 8).set(x);
          k.when(i.lt(4), () -> d.tile(i, 8).set(x), () -> d.tile(i, 8).set(x.plus(1)));
        });
  }

  @Test
  void anInoutTileIsReadThenWritten() {
    Trace.of(
        k -> {
          var n = k.dim("n");
          var c = k.inout("c", F32, n);
          var i = k.grid1d(n.ceilDiv(8));
          c.tile(i, 8).set(c.tile(i, 8).times(2));
        });
  }
}
