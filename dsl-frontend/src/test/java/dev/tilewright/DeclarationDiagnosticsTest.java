package dev.tilewright;

import static dev.tilewright.Diagnostics.expect;
import static dev.tilewright.dtype.DType.F32;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** One tiny kernel for each way declarations can be wrong. */
class DeclarationDiagnosticsTest {

  @Test
  void duplicateName() throws IOException {
    expect(
        Misuse.DUPLICATE_NAME,
        k -> {
          var a = k.dim("a");
          k.in("a", F32, a);
        });
  }

  @Test
  void notAnIdentifier() throws IOException {
    expect(Misuse.NAME_NOT_IDENTIFIER, k -> k.dim("2n"));
  }

  @Test
  void gridTwice() throws IOException {
    expect(
        Misuse.GRID_SET_TWICE,
        k -> {
          var n = k.dim("n");
          k.grid1d(n);
          k.grid1d(n.ceilDiv(2));
        });
  }

  @Test
  void gridNever() throws IOException {
    expect(
        Misuse.GRID_NEVER_SET,
        k -> {
          var n = k.dim("n");
          k.out("c", F32, n).tile(0, 8).set(k.zeros(F32, 8));
        });
  }

  @Test
  void dimensionOfNoTensor() throws IOException {
    expect(
        Misuse.DIM_UNDEFINED,
        k -> {
          var n = k.dim("n");
          var steps = k.dim("steps");
          k.out("c", F32, n).tile(0, 8).set(k.zeros(F32, 8));
          k.grid1d(n.times(steps));
        });
  }

  @Test
  void axisOfTheGrid() throws IOException {
    expect(
        Misuse.GRID_AXIS,
        k -> {
          var n = k.dim("n");
          var i = k.programId(1);
          k.grid1d(n);
          k.out("c", F32, n).tile(i, 8).set(k.zeros(F32, 8));
        });
  }

  @Test
  void step() throws IOException {
    expect(Misuse.STEP_NOT_POSITIVE, k -> k.range(0, 10, 0, i -> {}));
  }
}
