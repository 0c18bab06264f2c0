package dev.tilewright;

import static dev.tilewright.Diagnostics.expect;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.weights.PackedOrder;
import dev.tilewright.layout.weights.WeightFormat;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Messages about packed weights. */
class WeightDiagnosticsTest {
  private static final PackedOrder ORDER = PackedOrder.rowMajor(4, 16, 64);

  @Test
  void codesOfAnotherWidth() throws IOException {
    expect(
        Misuse.WEIGHT_TILE, "width", k -> k.packed("w", DType.U3, ORDER, k.dim("n"), k.dim("k")));
  }

  @Test
  void tilesThatCutGroups() throws IOException {
    WeightFormat groups = WeightFormat.of(DType.U4).withScales(DType.F16, 48);
    expect(Misuse.WEIGHT_TILE, k -> k.quantized("w", groups, ORDER, k.dim("n"), k.dim("k")));
  }
}
