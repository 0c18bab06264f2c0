package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.runtime.Npy;
import dev.tilewright.runtime.NpyArray;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line as a person meets it: what it prints, what it writes, and its exit status. */
class CommandLineTest {
  private static final String SMALL =
      "--m 40 --n 24 --k 56 --tile 32x32x32 --device emulator:sm_80";

  @TempDir private Path folder;

  private static Outcome run(String... arguments) {
    return Outcome.of(arguments);
  }

  private static Outcome gemm(String... arguments) {
    return run(
        Stream.concat(Stream.of("run", "gemm"), Arrays.stream(arguments)).toArray(String[]::new));
  }

  private static Outcome small(String... more) {
    return gemm(
        Stream.concat(Arrays.stream(SMALL.split(" ")), Arrays.stream(more)).toArray(String[]::new));
  }

  /** One clear line, exit status 2, and nothing written. */
  private void assertRefused(Outcome outcome, String expected) throws IOException {
    assertAll(
        () -> assertEquals(ExitStatus.USAGE, outcome.status(), outcome.err()),
        () -> assertTrue(outcome.err().contains(expected), outcome.err()),
        () -> assertEquals(1, outcome.err().strip().lines().count(), outcome.err()));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(
          List.of(),
          files.map(file -> file.getFileName().toString()).filter(f -> f.startsWith("C")).toList());
    }
  }

  private Path matrix(String name, DType dtype, int rows, int columns) throws IOException {
    double[] values = new double[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 7) % 11 - 5;
    }
    Path file = folder.resolve(name);
    Npy.write(file, NpyArray.of(dtype, values, rows, columns));
    return file;
  }

  @ParameterizedTest
  @ValueSource(strings = {"f16", "bf16", "tf32", "s8"})
  void everyTypeRuns(String type) {
    Outcome outcome = small("--in", type);
    assertAll(
        () -> assertEquals(ExitStatus.OK, outcome.status(), outcome.err()),
        () -> assertTrue(outcome.out().contains("result     correct"), outcome.out()),
        () -> assertTrue(outcome.out().contains("0  conflicts.shared"), outcome.out()));
  }

  @Test
  void sameSeedSameOutput() {
    String first = small("--seed", "5").out().replaceAll("time .*", "");
    assertEquals(first, small("--seed", "5").out().replaceAll("time .*", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"f16", "bf16", "tf32", "e4m3", "e5m2", "s8"})
  void multipliesEveryTypeWithWarpRoles(String in) {
    Outcome outcome =
        gemm("--m", "70", "--n", "48", "--k", "144", "--in", in, "--device", "emulator:sm_90a");
    assertEquals(ExitStatus.OK, outcome.status(), outcome.err());
    assertTrue(outcome.out().contains("result     correct"), outcome.out());
    assertTrue(outcome.out().contains("wgmma.m64n128k"), outcome.out());
  }

  @Test
  void multipliesFilesAndSavesTheProduct() throws IOException {
    Path a = matrix("A.npy", DType.F16, 9, 20);
    Path b = matrix("B.npy", DType.F16, 20, 7);
    Path c = folder.resolve("C.npy");
    Outcome outcome =
        gemm(
            "--a",
            a.toString(),
            "--b",
            b.toString(),
            "--save",
            c.toString(),
            "--tile",
            "16x16x16",
            "--out",
            "f32",
            "--device",
            "emulator:sm_80");
    assertEquals(ExitStatus.OK, outcome.status(), outcome.err());
    NpyArray product = Npy.read(c);
    assertEquals(DType.F32, product.dtype());
    double[] left = Npy.read(a).toDoubles();
    double[] right = Npy.read(b).toDoubles();
    double[] actual = product.toDoubles();
    for (int i = 0; i < 9 * 7; i++) {
      double sum = 0;
      for (int k = 0; k < 20; k++) {
        sum += left[i / 7 * 20 + k] * right[k * 7 + i % 7];
      }
      assertEquals(sum, actual[i], "small integers are exact");
    }
  }

  /** numpy's transposed arrays are stored in Fortran order: the same numbers, the same product. */
  @Test
  void fortranOrderIsTheSameMatrix() throws IOException {
    Path a = matrix("A.npy", DType.F16, 24, 40);
    Path b = matrix("B.npy", DType.F16, 40, 16);
    Path c = folder.resolve("C.npy");
    String[] common = {"--save", c.toString(), "--tile", "16x16x16", "--device", "emulator:sm_80"};
    assertEquals(
        ExitStatus.OK, gemm(with(common, "--a", a.toString(), "--b", b.toString())).status());
    double[] expected = Npy.read(c).toDoubles();
    Path fortranA = fortran(a, "fortranA.npy");
    Path fortranB = fortran(b, "fortranB.npy");
    for (Path left : List.of(a, fortranA)) {
      for (Path right : List.of(b, fortranB)) {
        Outcome outcome = gemm(with(common, "--a", left.toString(), "--b", right.toString()));
        assertEquals(ExitStatus.OK, outcome.status(), outcome.err());
        assertArrayEquals(expected, Npy.read(c).toDoubles());
      }
    }
  }

  private static String[] with(String[] some, String... others) {
    return Stream.concat(Arrays.stream(some), Arrays.stream(others)).toArray(String[]::new);
  }

  /** Rewrites a matrix of two-byte elements column by column. */
  private Path fortran(Path file, String name) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int header = 10 + (bytes[8] & 0xff) + ((bytes[9] & 0xff) << 8);
    String text = new String(bytes, 10, header - 10, StandardCharsets.US_ASCII);
    String changed = text.replace("'fortran_order': False", "'fortran_order': True ");
    System.arraycopy(changed.getBytes(StandardCharsets.US_ASCII), 0, bytes, 10, header - 10);
    long[] shape = Npy.read(file).shape();
    byte[] rows = Arrays.copyOfRange(bytes, header, bytes.length);
    for (int row = 0; row < shape[0]; row++) {
      for (int column = 0; column < shape[1]; column++) {
        System.arraycopy(
            rows,
            2 * (row * (int) shape[1] + column),
            bytes,
            header + 2 * (column * (int) shape[0] + row),
            2);
      }
    }
    Path transposed = folder.resolve(name);
    Files.write(transposed, bytes);
    return transposed;
  }

  @Test
  void specialValuesPassThrough() throws IOException {
    Path a = folder.resolve("A.npy");
    double[] values = new double[16 * 16];
    values[3] = Double.NaN;
    values[16 + 2] = Double.POSITIVE_INFINITY;
    Npy.write(a, NpyArray.of(DType.F16, values, 16, 16));
    Path b = matrix("B.npy", DType.F16, 16, 16);
    Path c = folder.resolve("C.npy");
    Outcome outcome =
        gemm(
            "--a",
            a.toString(),
            "--b",
            b.toString(),
            "--save",
            c.toString(),
            "--tile",
            "16x16x16",
            "--device",
            "emulator:sm_80");
    assertEquals(ExitStatus.OK, outcome.status(), outcome.out() + outcome.err());
    double[] product = Npy.read(c).toDoubles();
    for (int column = 0; column < 16; column++) {
      assertTrue(Double.isNaN(product[column]), "NaN · anything is NaN");
      double factor = Npy.read(b).toDoubles()[2 * 16 + column];
      double expected = factor == 0 ? Double.NaN : Math.copySign(Double.POSITIVE_INFINITY, factor);
      assertEquals(expected, product[16 + column], "infinity · " + factor);
      assertEquals(0.0, product[32 + column]);
    }
  }

  @Test
  void refusesMissingFile() throws IOException {
    Path missing = folder.resolve("A.npy");
    assertRefused(
        gemm("--a", missing.toString(), "--save", folder.resolve("C.npy").toString()),
        missing.toString());
  }

  @Test
  void refusesTruncatedFile() throws IOException {
    Path a = matrix("A.npy", DType.F16, 9, 20);
    byte[] bytes = Files.readAllBytes(a);
    Files.write(a, Arrays.copyOf(bytes, bytes.length - 5));
    assertRefused(
        gemm("--a", a.toString(), "--save", folder.resolve("C.npy").toString()), a.toString());
  }

  @Test
  void refusesWrongType() throws IOException {
    Path a = matrix("A.npy", DType.I8, 9, 20);
    assertRefused(gemm("--a", a.toString(), "--in", "f16"), "does not fit --in f16");
  }

  @Test
  void refusesValuesBeyondTheType() throws IOException {
    Path a = folder.resolve("A.npy");
    Npy.write(a, NpyArray.of(DType.F32, new double[] {1e6}, 1, 1));
    assertRefused(gemm("--a", a.toString(), "--in", "f16"), "beyond f16");
  }

  @Test
  void refusesMismatchedInnerDimensions() throws IOException {
    Path a = matrix("A.npy", DType.F16, 9, 20);
    Path b = matrix("B.npy", DType.F16, 21, 7);
    assertRefused(gemm("--a", a.toString(), "--b", b.toString()), "k = 20");
  }

  @Test
  void refusesVectors() throws IOException {
    Path a = folder.resolve("A.npy");
    Npy.write(a, NpyArray.of(DType.F16, new double[12], 12));
    assertRefused(gemm("--a", a.toString()), "must be a matrix");
  }

  @Test
  void refusesEmptyMatrices() throws IOException {
    Path a = folder.resolve("A.npy");
    Npy.write(a, NpyArray.of(DType.F16, new double[0], 0, 12));
    assertRefused(gemm("--a", a.toString()), "at least one row");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--m", "--n", "--k"})
  void refusesSizesBelowOne(String option) throws IOException {
    assertRefused(gemm(option, "0"), option + " must be at least 1");
    assertRefused(gemm(option, "-3"), option + " must be at least 1");
  }

  @Test
  void refusesSizesThatDisagreeWithAFile() throws IOException {
    Path a = matrix("A.npy", DType.F16, 9, 20);
    assertRefused(gemm("--a", a.toString(), "--m", "10"), "--m is 10");
  }

  @Test
  void refusesUnwritableOutput() throws IOException {
    assertRefused(small("--save", folder.resolve("absent/C.npy").toString()), "there is no folder");
    assertRefused(small("--save", folder.toString()), "it is a folder");
  }

  @Test
  void refusesUnknownNames() throws IOException {
    assertRefused(gemm("--in", "f99"), "--in must be one of f16, bf16, tf32, f8e4m3, f8e5m2, i8");
    assertRefused(gemm("--tile", "128x128"), "--tile must be BMxBNxBK");
    assertRefused(gemm("--in", "f16", "--out", "i32"), "is a float, not i32");
    assertRefused(gemm("--device", "emulator:sm_12"), "sm_12");
    assertRefused(gemm("--device", "abacus"), "abacus");
    assertRefused(gemm("--stages", "0"), "--stages must be from 1 to 16");
    assertRefused(gemm("--warps", "3"), "--warps must be");
  }

  /** What a target cannot do is shown at the kernel's own line, with its code and advice. */
  @Test
  void showsWhereAKernelCannotBeCompiled() {
    Outcome outcome = gemm("--tile", "100x100x100", "--device", "emulator:sm_80");
    assertAll(
        () -> assertEquals(ExitStatus.USAGE, outcome.status()),
        () -> assertTrue(outcome.err().contains("TW-C011"), outcome.err()),
        () -> assertTrue(outcome.err().contains("Matmul.java:"), outcome.err()),
        () -> assertTrue(outcome.err().contains("multiple"), outcome.err()));
  }

  @Test
  void usageErrorsExitWithTwo() {
    assertEquals(ExitStatus.USAGE, run("run", "gemm", "--nonsense").status());
    assertEquals(ExitStatus.USAGE, run("run", "gemm", "--m", "many").status());
    assertEquals(ExitStatus.USAGE, run("run").status());
    assertEquals(ExitStatus.USAGE, run("fly").status());
    assertEquals(ExitStatus.OK, run("run", "gemm", "--help").status());
  }

  @Test
  void listsDevicesAndReasons() {
    Outcome outcome = run("devices");
    assertAll(
        () -> assertEquals(ExitStatus.OK, outcome.status()),
        () -> assertTrue(outcome.out().contains("emulator:sm_80"), outcome.out()),
        () -> assertTrue(outcome.out().contains("cuda"), outcome.out()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tile-ir", "staged-ir", "thread-ir", "ptx", "layouts", "report"})
  void emitsEveryStage(String stage) {
    Outcome outcome = run("compile", "gemm", "--target", "sm_80", "--emit", stage);
    assertEquals(ExitStatus.OK, outcome.status(), outcome.err());
    assertFalse(outcome.out().isBlank());
  }

  /** As many pictures as the listing has layouts, each of the number it has there. */
  @Test
  void drawsTheLayoutsItLists() throws IOException {
    Path pictures = folder.resolve("made/pictures");
    Outcome outcome =
        run(
            "compile",
            "gemm",
            "--target",
            "sm_80",
            "--emit",
            "layouts",
            "--pictures",
            pictures.toString());
    assertEquals(ExitStatus.OK, outcome.status(), outcome.err());
    List<String> listed =
        outcome
            .out()
            .lines()
            .filter(line -> line.startsWith("#"))
            .map(line -> "layout-" + line.substring(1, line.indexOf(' ')) + ".svg")
            .sorted()
            .toList();
    assertFalse(listed.isEmpty());
    try (Stream<Path> files = Files.list(pictures)) {
      assertEquals(listed, files.map(file -> file.getFileName().toString()).sorted().toList());
    }
    assertTrue(Files.readString(pictures.resolve("layout-0.svg")).startsWith("<svg"));
    assertRefused(
        run("compile", "gemm", "--emit", "ptx", "--pictures", pictures.toString()),
        "--pictures draws what --emit layouts lists");
  }

  @Test
  void refusesUnknownStagesAndTargets() throws IOException {
    assertRefused(run("compile", "gemm", "--emit", "poetry"), "--emit must be");
    assertRefused(run("compile", "gemm", "--target", "sm_1"), "--target must be one of");
    assertRefused(run("bench", "compile", "--target", "sm_1"), "--target must be one of");
    assertRefused(run("compile", "gemm", "--emit", "cubin"), "-o FILE");
  }

  @Test
  void conformanceOfTwoConfigurationsIsReported() throws IOException {
    Path stem = folder.resolve("report");
    Outcome outcome =
        run(
            "conformance",
            "--device",
            "emulator:sm_80",
            "--limit",
            "2",
            "--report",
            stem.toString());
    assertEquals(ExitStatus.OK, outcome.status(), outcome.out() + outcome.err());
    assertTrue(Files.readString(folder.resolve("report.md")).contains("wrong: 0 of 2"));
    assertTrue(Files.readString(folder.resolve("report.json")).contains("\"rows\""));
  }

  @Test
  void benchmarkIsReported() throws IOException {
    Path stem = folder.resolve("bench");
    Outcome outcome =
        run(
            "bench",
            "gemm",
            "--device",
            "emulator:sm_80",
            "--size",
            "64x64x64",
            "--tile",
            "64x64x32",
            "--warmup",
            "0",
            "--launches",
            "2",
            "--report",
            stem.toString());
    assertEquals(ExitStatus.OK, outcome.status(), outcome.out() + outcome.err());
    assertTrue(Files.readString(folder.resolve("bench.md")).contains("64×64×64 f16"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--split-k 3",
        "--stream-k --blocks 5",
        "--dynamic --blocks 3",
        "--store-role",
        "--persistent --blocks 2",
        "--no-specialize --mma-depth 1"
      })
  void schedulesChangeNoResult(String schedule) {
    Outcome outcome = small(schedule.split(" "));
    assertEquals(ExitStatus.OK, outcome.status(), outcome.err());
  }

  @Test
  void schedulesThatAreNoneAreRefused() throws IOException {
    assertRefused(small("--split-k", "0"), "--split-k must be from 1 to 1024, not 0");
    assertRefused(small("--split-k", "2", "--stream-k"), "exclude each other");
    assertRefused(small("--blocks", "-1"), "--blocks must be from 1");
  }
}
