package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.runtime.Npy;
import dev.tilewright.runtime.NpyArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code run wgemm} and {@code bench bitwidths}. */
class WeightCommandsTest {
  @TempDir private Path folder = Path.of("");

  private static Outcome wgemm(String options) {
    return Outcome.of(
        Stream.concat(
                Stream.of("run", "wgemm", "--device", "emulator:sm_80"),
                Arrays.stream(options.split(" ")))
            .toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--weights u4 --zero-points --m 3 --n 70 --k 130",
        "--weights e2m1 --acts bf16 --group row --m 3 --n 70 --k 130",
        "--weights mxfp4 --m 3 --n 70 --k 130",
        "--weights ternary --group none --m 3 --n 70 --k 130 --split-k 2"
      })
  void multiplies(String options) {
    Outcome outcome = wgemm(options);
    assertAll(
        () -> assertEquals(ExitStatus.OK, outcome.status(), outcome.err()),
        () -> assertTrue(outcome.out().contains("result     correct"), outcome.out()),
        () -> assertTrue(outcome.out().contains("0  conflicts.shared"), outcome.out()));
  }

  @Test
  void quantisesAFileAndSavesTheProduct() throws IOException {
    Path w = folder.resolve("W.npy");
    double[] values = IntStream.range(0, 16 * 64).mapToDouble(i -> i % 7 - 3).toArray();
    Npy.write(w, NpyArray.of(DType.F32, values, 16, 64));
    Path y = folder.resolve("Y.npy");
    Outcome outcome = wgemm("--weights i3 --group row --m 2 --w " + w + " --save " + y);
    assertEquals(ExitStatus.OK, outcome.status(), outcome.err());
    assertEquals(2 * 16, Npy.read(y).toDoubles().length);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--weights u9 | u9",
        "--weights f16 | has 1 to 8 bits",
        "--acts f32 | --acts must be one of f16, bf16",
        "--group 20 | --group of u4 weights must be a multiple of 16",
        "--group none --zero-points | --zero-points belong to scales",
        "--weights f8e7m0 | use --acts bf16",
        "--group 32 --scale-sums --tile 16x64x64 | bk must divide 32, not 64",
        "--weights u3 --tile 16x64x32 | of 64 columns, not 64×32",
        "--m 0 | --m must be at least 1",
      })
  void refusesWhatItCannotDo(String options, String expected) {
    Outcome outcome = wgemm(options);
    assertAll(
        () -> assertEquals(ExitStatus.USAGE, outcome.status(), outcome.err()),
        () -> assertTrue(outcome.err().contains(expected), outcome.err()),
        () -> assertEquals(1, outcome.err().strip().lines().count(), outcome.err()));
  }

  @Test
  void countsAndDrawsBitWidths() throws IOException {
    Path plot = folder.resolve("bits.svg");
    Outcome outcome =
        Outcome.of(
            "bench",
            "bitwidths",
            "--device",
            "emulator:sm_80",
            "--no-floats",
            "--n",
            "1024",
            "--k",
            "1024",
            "--plot",
            plot.toString());
    assertEquals(ExitStatus.OK, outcome.status(), outcome.err());
    // 4 bits: the weights, f16 activations of 16 rows, and the product.
    int bytes = 1024 * 1024 / 2 + 16 * 1024 * 2 + 16 * 1024 * 2;
    assertTrue(outcome.out().contains("| u4 | 4 | " + bytes + " |"), outcome.out());
    assertTrue(outcome.out().contains("not times"), outcome.out());
    assertTrue(Files.readString(plot).endsWith("</svg>\n"));
  }
}
