package dev.tilewright.runtime.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.KernelImage.Format;
import dev.tilewright.runtime.spi.Probe;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CudaWithoutDriverTest {

  @Test
  void aMissingDriverIsQuietlyAbsent() {
    var provider = new CudaProvider(new DriverProbe("libno-such-driver.so.1"));
    var absent = assertInstanceOf(Probe.Absent.class, provider.probe());
    assertEquals(
        "the NVIDIA driver's library libno-such-driver.so.1 is not on this machine",
        absent.reason());
    var e = assertThrows(DeviceException.class, () -> provider.open(""));
    assertEquals("TW-R001: no CUDA device: " + absent.reason(), e.getMessage());
  }

  @Test
  void anotherLibraryIsNoDriver() {
    String library =
        System.mapLibraryName("java").replaceFirst("^", System.getProperty("java.home") + "/lib/");
    assertEquals(
        Optional.of(library + " is no NVIDIA driver: it lacks cuInit"),
        new DriverProbe(library).absence());
  }

  @Test
  void targetsFollowTheCompatibilityRules() {
    assertEquals(List.of("sm_80"), CudaTargets.of(80));
    assertEquals(List.of("sm_86", "sm_80"), CudaTargets.of(86));
    assertEquals(List.of("sm_89", "sm_87", "sm_86", "sm_80"), CudaTargets.of(89));
    assertEquals(
        List.of("sm_90a", "sm_90", "sm_89", "sm_87", "sm_86", "sm_80"), CudaTargets.of(90));
    assertEquals(List.of("sm_100a", "sm_100", "sm_90"), CudaTargets.of(100).subList(0, 3));
    // Architecture-specific code never runs on another capability.
    assertFalse(CudaTargets.of(103).contains("sm_100a"));
    assertFalse(CudaTargets.of(120).contains("sm_90a"));
    assertEquals(List.of("sm_75"), CudaTargets.of(75));
  }

  @Test
  void machineCodeStaysWithinAMajorVersion() {
    assertTrue(CudaTargets.loads(86, Format.CUBIN, "sm_80"));
    assertFalse(CudaTargets.loads(90, Format.CUBIN, "sm_89"));
    assertTrue(CudaTargets.loads(90, Format.CUBIN, "sm_90a"));
    assertFalse(CudaTargets.loads(120, Format.CUBIN, "sm_121"));
    assertTrue(CudaTargets.loads(120, Format.PTX, "sm_80"));
    assertFalse(CudaTargets.loads(90, Format.HIP_SOURCE, "sm_90"));
  }

  @Test
  void errorsNameCallAndCode() {
    var texts =
        new CudaErrors.Texts() {
          @Override
          public String name(int code) {
            return code == 701 ? "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES" : "";
          }

          @Override
          public String description(int code) {
            return code == 701 ? "too many resources requested for launch" : "";
          }
        };
    assertEquals(
        "TW-R040: cuLaunchKernel of kernel 'k': CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES (701), too many"
            + " resources requested for launch. The block needs more registers or shared memory"
            + " than there are",
        CudaErrors.exception(texts, "cuLaunchKernel of kernel 'k'", 701, "").getMessage());
    assertEquals(
        "TW-R040: cuInit: unknown CUDA error (4711)\nand a log",
        CudaErrors.exception(texts, "cuInit", 4711, " and a log\n").getMessage());
    assertTrue(CudaErrors.isSticky(700));
    assertFalse(CudaErrors.isSticky(701));
  }
}
