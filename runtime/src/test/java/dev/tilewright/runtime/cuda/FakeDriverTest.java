package dev.tilewright.runtime.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The CUDA device against a driver without a GPU ({@code src/test/c/fake_driver.c}): that every
 * call is bound as {@code cuda.h} declares it. Needs a C compiler and Linux on x86-64.
 */
final class FakeDriverTest {
  @TempDir static Path libraries;

  @BeforeAll
  static void compileTheDriver() throws IOException, InterruptedException {
    if (!System.getProperty("os.name").equals("Linux")
        || !System.getProperty("os.arch").equals("amd64")) {
      skip("needs Linux on x86-64");
    }
    compile("libcuda.so.1", Path.of("src/test/c/fake_driver.c"));
    // The preset is linked with the CUDA runtime too, which nothing here calls.
    Path script =
        Files.writeString(libraries.resolve("versions"), "libcudart.so.13 { global: *; };");
    Path empty = Files.writeString(libraries.resolve("empty.c"), "int nothing;\n");
    compile("libcudart.so.13", empty, "-Wl,--version-script=" + script);
  }

  private static void compile(String library, Path source, String... more)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("cc", "-std=c11", "-Wall", "-Werror", "-shared"));
    command.addAll(List.of("-fPIC", "-Wl,-soname," + library));
    command.addAll(List.of(more));
    command.addAll(List.of("-o", libraries.resolve(library).toString(), source.toString()));
    Process process;
    try {
      process = new ProcessBuilder(command).inheritIO().start();
    } catch (IOException e) {
      skip("there is no C compiler (cc)");
      return;
    }
    assertEquals(0, process.waitFor(), "the fake driver does not compile");
  }

  private static void skip(String reason) {
    System.out.println("The CUDA device is not tested on the fake driver: " + reason);
    abort(reason);
  }

  private static List<String> session(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Dorg.bytedeco.javacpp.cachedir=" + libraries.resolve("cache"));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(FakeDriverSession.class.getName());
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LD_LIBRARY_PATH", libraries.toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output.lines().toList();
  }

  @Test
  void everyCallReachesTheDriver() throws IOException, InterruptedException {
    assertEquals(
        """
        DeviceDescription[name=cuda:0, label=Fake GPU, targets=[sm_90a, sm_90, sm_89, sm_87, sm_86, sm_80], multiprocessors=132, memoryBytes=85899345920, sharedBytesPerBlock=232448]
        c: grid 3x1x1, block 128x1x1, shared 100000, parameters 20
        [1.0, 2.0, 3.0, 4.0, 5.0] 1500000
        9.0 1.0
        [1.0, 2.0, 3.0, 4.0, 5.0]
        TW-R040: cuMemAlloc of 4294967296 bytes: CUDA_ERROR_OUT_OF_MEMORY (2), out of memory. Close tensors that are no longer needed, or use smaller ones
        TW-R040: cuModuleLoadDataEx of kernel 'copy': CUDA_ERROR_INVALID_PTX (218), see its name. The driver cannot compile the PTX
        ptxas fatal: line 1 is wrong, log of 16384 bytes
        TW-R040: cuModuleGetFunction of kernel 'other': CUDA_ERROR_NOT_FOUND (500), see its name
        TW-R040: kernel 'copy': CUBIN for sm_80 does not run on cuda:0 of compute capability 9.0; ship PTX, or compile for sm_90a
        TW-R001: no device 'cuda:1': there are cuda:0 to cuda:0
        TW-R001: no device 'cuda:first': a number is expected, as in cuda:0
        cluster 2x1x1 m: grid 32x1x1, block 128x1x1, shared 200000, parameters 192
        map of 6: 200/0/64/1 32/400/8/1 0 3 3 1
        cluster 16x1x1 m: grid 32x1x1, block 128x1x1, shared 200000, parameters 192
        map of 6: 200/0/32/1 32/400/8/1 0 3 3 1
        TW-R040: cuTensorMapEncodeTiled of UINT8 elements, sizes [256], strides [] bytes, box [144], swizzle B128: unknown CUDA error (1)
        context released, 1 objects live
        [0.0, 0.0, 0.0, 0.0, 0.0] copy
        context released, 0 objects live
        f: grid 2x1x1, block 128x1x1, shared 100000, parameters 20
        TW-R040: cuStreamSynchronize: CUDA_ERROR_ILLEGAL_ADDRESS (700), see its name. A kernel launched earlier failed and the context is lost; run the same launch on the emulator to see where
        context released, 4 objects live
        """
            .lines()
            .toList(),
        session(Map.of()));
  }

  @Test
  void aDriverWithoutDeviceSaysSo() throws IOException, InterruptedException {
    assertEquals(
        List.of(
            "DeviceFamily[name=cuda, probe=Absent[reason=TW-R040: cuInit: CUDA_ERROR_NO_DEVICE"
                + " (100), see its name]]"),
        session(Map.of("FAKE_CUINIT", "100"), "discover"));
    assertEquals(
        List.of("DeviceFamily[name=cuda, probe=Absent[reason=the NVIDIA driver sees no device]]"),
        session(Map.of("FAKE_COUNT", "0"), "discover"));
    assertEquals(
        List.of(
            "DeviceFamily[name=cuda, probe=Absent[reason=TW-R040: cuInit: unknown CUDA error"
                + " (999)]]"),
        session(Map.of("FAKE_CUINIT", "999"), "discover"));
  }

  @Test
  void aDriverWithoutThePresetsNativesIsExplained() throws IOException, InterruptedException {
    String otherPlatform = "-Dorg.bytedeco.javacpp.platform=linux-ppc64le";
    List<String> lines = session(Map.of("JDK_JAVA_OPTIONS", otherPlatform), "discover");
    assertTrue(
        lines
            .getLast()
            .startsWith(
                "DeviceFamily[name=cuda, probe=Absent[reason=there is an NVIDIA driver, but the"
                    + " JavaCPP preset cannot be loaded (Could not find jnicudart"),
        lines::toString);
  }
}
