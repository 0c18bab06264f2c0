package dev.tilewright.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.runtime.spi.Probe;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DeviceTest {

  private static final Probe ABSENT = new Probe.Absent("no driver");
  private static final Probe PRESENT = new Probe.Available(List.of(FakeDevice.DESCRIPTION));

  @Test
  void opensByNameThroughTheServiceLoader() {
    try (Device device = Device.open("fake:0")) {
      assertEquals("fake:0", device.description().name());
    }
    try (Device device = Device.open("fake")) {
      assertEquals("fake:0 (Fake)", device.toString());
    }
    assertEquals(
        List.of("cuda", "fake"), Device.discover().stream().map(DeviceFamily::name).toList());
    assertTrue(Device.discover().contains(new DeviceFamily("fake", PRESENT)));
  }

  @Test
  void triesFamiliesByRankAndPassesOverAbsentOnes() {
    var providers =
        new Providers(
            List.of(
                new FakeProvider("last", 30, PRESENT),
                new FakeProvider("second", 20, PRESENT),
                new FakeProvider("first", 10, ABSENT)));
    assertEquals(
        List.of("first", "second", "last"),
        providers.families().stream().map(DeviceFamily::name).toList());
    providers.openBest().close();
  }

  @Test
  void explainsWhyThereIsNoDevice() {
    var none = new Providers(List.of(new FakeProvider("cuda", 1, ABSENT)));
    assertEquals(
        "TW-R001: no device can be opened. cuda: no driver",
        assertThrows(DeviceException.class, none::openBest).getMessage());
    assertEquals(
        "TW-R001: device 'cuda:1' cannot be opened: no driver",
        assertThrows(DeviceException.class, () -> none.open("cuda:1")).getMessage());
    assertEquals(
        "TW-R001: no device 'gpu': its family must be one of cuda, as in cuda:0 or emulator:sm_80",
        assertThrows(DeviceException.class, () -> none.open("gpu")).getMessage());
    assertThrows(DeviceException.class, () -> new Providers(List.of()).openBest());
    assertThrows(DeviceException.class, () -> Device.open("fake:7"));
  }

  @Test
  void everythingClosesTwiceAndIsRefusedAfterwards() {
    var driver = new FakeDevice();
    var device = new Device(driver);
    Stream stream = device.openStream();
    Event event = device.openEvent();
    Tensor tensor = Tensor.of(device, DType.F32, 4);
    Tensor view = tensor.slice(0, 1, 2);
    LoadedImage kernel = device.load(Images.copy());

    view.close();
    assertEquals(1, view.toDoubles().length);
    tensor.close();
    tensor.close();
    assertEquals(1, driver.freed);
    assertClosed(tensor::toDoubles);
    assertClosed(view::toDoubles);
    stream.close();
    stream.close();
    event.close();
    event.close();
    kernel.close();
    kernel.close();
    assertEquals(3, driver.closed);
    assertClosed(stream::synchronize);
    assertClosed(event::synchronize);
    assertClosed(() -> device.stream().record(event));
    assertClosed(() -> kernel.bind(Arguments.none()));
  }

  @Test
  void closingADeviceClosesWhatBelongsToIt() {
    var driver = new FakeDevice();
    var device = new Device(driver);
    Stream stream = device.stream();
    Event event = device.openEvent();
    Tensor tensor = Tensor.of(device, DType.F32, 4);
    LoadedImage kernel = device.load(Images.copy());
    device.close();
    device.close();
    stream.close();
    event.close();
    tensor.close();
    kernel.close();
    // Only the driver itself was told: it releases the rest.
    assertEquals(1, driver.closed);
    assertEquals(0, driver.freed);
    assertClosed(stream::synchronize);
    assertClosed(tensor::toDoubles);
    assertClosed(device::stream);
    assertClosed(device::synchronize);
    assertClosed(() -> Tensor.of(device, DType.F32, 4));
  }

  @Test
  void theDefaultStreamIsReopened() {
    try (var device = new Device(new FakeDevice())) {
      Stream first = device.stream();
      assertSame(first, device.stream());
      first.close();
      assertNotSame(first, device.stream());
      device.synchronize();
    }
  }

  @Test
  void streamsAndEventsBelongToOneDevice() {
    try (var one = new Device(new FakeDevice());
        var other = new Device(new FakeDevice())) {
      Event event = one.openEvent();
      one.stream().record(event);
      assertEquals(42, event.nanosSince(event));
      assertThrows(IllegalArgumentException.class, () -> other.stream().await(event));
      var bytes = java.lang.foreign.MemorySegment.ofArray(new byte[16]);
      Tensor tensor = Tensor.of(one, DType.F32, 4);
      assertThrows(IllegalArgumentException.class, () -> tensor.upload(bytes, other.stream()));
    }
  }

  private static void assertClosed(Runnable use) {
    var e = assertThrows(IllegalStateException.class, use::run);
    assertTrue(String.valueOf(e.getMessage()).startsWith("TW-R002"), e::toString);
    assertFalse(String.valueOf(e.getMessage()).isBlank());
  }
}
