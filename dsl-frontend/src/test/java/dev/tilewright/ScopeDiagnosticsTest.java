package dev.tilewright;

import static dev.tilewright.Diagnostics.expect;
import static dev.tilewright.dtype.DType.F32;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One tiny kernel for each way a handle can be used where it is not valid. */
class ScopeDiagnosticsTest {

  @Test
  void tileOutsideItsLoop() throws IOException {
    expect(
        Misuse.TILE_OUT_OF_SCOPE,
        k -> {
          var kept = new Tile[1];
          k.range(4, i -> kept[0] = k.zeros(F32, 8));
          kept[0].plus(1);
        });
  }

  @Test
  void tileOfTheOtherBranch() throws IOException {
    expect(
        Misuse.TILE_OUT_OF_SCOPE,
        "branch",
        k -> {
          var kept = new Tile[1];
          k.when(
              k.programId(0).lt(4), () -> kept[0] = k.zeros(F32, 8), () -> kept[0].plusAssign(1));
        });
  }

  @Test
  void indexOutsideItsLoop() throws IOException {
    expect(
        Misuse.SCALAR_OUT_OF_SCOPE,
        k -> {
          var last = new Scalar[1];
          k.range(4, i -> last[0] = i);
          last[0].plus(1);
        });
  }

  @Test
  void lambdaCalledLater() throws IOException {
    expect(
        Misuse.SCALAR_OUT_OF_SCOPE,
        "lambda",
        k -> {
          List<Runnable> later = new ArrayList<>();
          var x = k.in("x", F32, k.dim("n"));
          k.range(4, i -> later.add(() -> x.tile(i, 8)));
          later.getFirst().run();
        });
  }

  @Test
  void handleOfAnotherKernel() throws IOException {
    List<Tile> kept = new ArrayList<>();
    assertThrows(KernelDefinitionException.class, () -> Trace.of(k -> kept.add(k.zeros(F32, 8))));
    expect(Misuse.FOREIGN_HANDLE, k -> k.zeros(F32, 8).plus(kept.getFirst()));
  }

  @Test
  void builderAfterDefine() throws IOException {
    List<KernelBuilder> kept = new ArrayList<>();
    assertThrows(KernelDefinitionException.class, () -> Trace.of(kept::add));
    KernelDefinitionException error =
        assertThrows(KernelDefinitionException.class, () -> kept.getFirst().zeros(F32, 8));
    Diagnostics.check(Misuse.DEFINITION_FINISHED, "", error);
  }

  @Test
  void tileInACombiner() throws IOException {
    expect(
        Misuse.NOT_IN_COMBINER,
        k -> {
          var x = k.zeros(F32, 8, 8);
          var count = k.zeros(F32, 8);
          x.reduce(
              1,
              (a, b) -> {
                count.plusAssign(1);
                return a.plus(b);
              });
        });
  }

  @Test
  void branchInACombiner() throws IOException {
    expect(
        Misuse.NOT_IN_COMBINER,
        "branch",
        k ->
            k.zeros(F32, 8, 8)
                .reduce(
                    1,
                    (a, b) -> {
                      k.when(a.lt(b), () -> {});
                      return a;
                    }));
  }

  @Test
  void swallowedException() throws IOException {
    expect(
        Misuse.REGION_ABANDONED,
        k -> {
          try {
            k.range(4, i -> List.of().getFirst());
          } catch (RuntimeException _) {
            k.zeros(F32, 8);
          }
        });
  }

  @Test
  void swallowedDiagnostic() throws IOException {
    expect(
        Misuse.EXTENT_NOT_POSITIVE,
        "swallowed",
        k -> {
          try {
            k.zeros(F32, -1);
          } catch (KernelDefinitionException _) {
            k.zeros(F32, 1);
          }
        });
  }
}
