package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.spi.DeviceDescription;
import dev.tilewright.runtime.spi.DeviceProvider;
import dev.tilewright.runtime.spi.Probe;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The device as the runtime sees it, and what it refuses. */
class DeviceTest {
  private static final String EMPTY =
      ".version 8.0\n.target sm_80\n.address_size 64\n.visible .entry k()\n{\n";

  private static String refused(String text, Kernels.Config config) {
    return String.valueOf(
        assertThrows(DeviceException.class, () -> Kernels.run(text, "k", config)).getMessage());
  }

  @Test
  void isFoundByTheServiceLoader() {
    DeviceProvider provider =
        ServiceLoader.load(DeviceProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(p -> p.family().equals("emulator"))
            .findFirst()
            .orElseThrow();
    Probe.Available available = assertInstanceOf(Probe.Available.class, provider.probe());
    List<String> names = available.devices().stream().map(DeviceDescription::name).toList();
    assertEquals(
        List.of(
            "emulator:sm_80",
            "emulator:sm_86",
            "emulator:sm_89",
            "emulator:sm_90",
            "emulator:sm_90a"),
        names);
    assertEquals("emulator:sm_80", provider.open("").description().name());
  }

  @Test
  void acceptsItsOwnAndEarlierTargetsBestFirst() {
    var description = new EmulatorProvider().open("sm_89").description();
    assertEquals(List.of("sm_89", "sm_86", "sm_80"), description.targets());
    assertEquals(101_376, description.sharedBytesPerBlock());
    assertThrows(DeviceException.class, () -> new EmulatorProvider().open("sm_42"));
  }

  /** What stands after the device's name. */
  @Test
  void optionsOfADevice() {
    assertEquals(new Selector("sm_80", EmulatorOptions.DEFAULT), Selector.parse("sm_80"));
    EmulatorOptions both = EmulatorOptions.DEFAULT.withSeed(-7).withInstructionBudget(1000);
    assertEquals(new Selector("sm_90a", both), Selector.parse("sm_90a?seed=-7&steps=1000"));
    assertEquals(new Selector("", both), Selector.parse("?steps=1000&seed=-7"));
    String endless = EMPTY + "AGAIN: bra AGAIN;\n}\n";
    for (String wrong : List.of("?", "?seed", "?seed=x", "?steps=0", "?steps=-1", "?sed=1")) {
      assertThrows(DeviceException.class, () -> new EmulatorProvider().open("sm_80" + wrong));
    }
    EmulatorOptions thousand = Selector.parse("sm_80?steps=1000").options();
    Kernels.Result gaveUp = Kernels.run(endless, "k", Kernels.Config.of(1, 32).options(thousand));
    assertEquals(List.of("EMU-INSTRUCTION-BUDGET"), gaveUp.codes());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "frobnicate.u32 %r1, 1; | EMU-UNSUPPORTED-INSTRUCTION: line 6: frobnicate.u32: no such",
        ".reg .b32 r; add.wobbly.u32 r, 1, 2; | line 6: add.wobbly.u32: modifier .wobbly",
        ".reg .b32 r; add.u32 r, x, 2; | EMU-INVALID-MODULE: line 6: add.u32: 'x' is not a",
        ".reg .b64 r; add.u32 r, 1, 2; | line 6: add.u32: destination is not a register of the",
        "bra NOWHERE; | EMU-INVALID-MODULE: line 6: bra: 'NOWHERE' is not declared",
        "add.u32 ; ; | EMU-SYNTAX: line 6",
        ".reg .b32 r; mov.u32 r, 99999999999999999999; | EMU-SYNTAX: line 6: number out of range",
        ".reg .b32 r; mma.sync.aligned.m3n3k3.row.col.f32.f16.f16.f32 r, r, r, r; | no such shape"
      })
  void refusesWhatItDoesNotKnowByNameAndLine(String body, String message) {
    String actual = refused(EMPTY + body + "\nret;\n}\n", Kernels.Config.of(1, 32));
    assertTrue(actual.contains(message), actual);
  }

  @Test
  void refusesLaunchesBeyondTheLimits() {
    String empty = EMPTY + "ret;\n}\n";
    assertTrue(refused(empty, Kernels.Config.of(1, 1025)).contains("1..1024"));
    assertTrue(refused(empty, Kernels.Config.of(1, 32).shared(166_913)).contains("166912"));
    assertThrows(
        DeviceException.class,
        () -> Kernels.run(EMPTY + "ret;\n}\n", "k", Kernels.Config.of(1, 32), 1));
    assertThrows(
        DeviceException.class,
        () -> Kernels.run(EMPTY + "ret;\n}\n", "other", Kernels.Config.of(1, 32)));
    String bounded = EMPTY.replace("k()", "k()\n.maxntid 64, 1, 1");
    assertThrows(
        DeviceException.class,
        () -> Kernels.run(bounded + "ret;\n}\n", "k", Kernels.Config.of(1, 96)));
  }

  @Test
  void memoryIsCheckedOnTheHostSideToo() {
    var device = new EmulatorProvider().open("sm_80");
    long address = device.allocate(100);
    assertEquals(0, address % 256);
    assertThrows(DeviceException.class, () -> device.openStream().fill(address, (byte) 0, 101));
    device.free(address);
    assertThrows(DeviceException.class, () -> device.free(address));
    assertThrows(DeviceException.class, () -> device.allocate(0));
    device.close();
    device.close();
    assertThrows(DeviceException.class, () -> device.allocate(1));
  }
}
