package dev.tilewright;

import static dev.tilewright.dtype.DType.F16;
import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.ir.text.Printer;
import dev.tilewright.kernels.Matmul;
import dev.tilewright.kernels.RowSoftmax;
import dev.tilewright.kernels.VectorAdd;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What tracing writes, for a reader to see. */
class TraceGoldenTest {

  @Test
  void vectorAdd() throws IOException {
    check("vector-add", new VectorAdd(F32, 1024));
  }

  @Test
  void rowSoftmax() throws IOException {
    check("row-softmax", new RowSoftmax(4, 256));
  }

  @Test
  void matmul() throws IOException {
    check("matmul", new Matmul(F16, F16, 128, 128, 32));
  }

  private static void check(String name, Kernel kernel) throws IOException {
    Golden.check("trace/" + name + ".tile", Printer.printWithoutLocations(Trace.of(kernel)));
  }
}
