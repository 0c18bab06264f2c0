package dev.tilewright.runtime;

import dev.tilewright.runtime.spi.DeviceDescription;
import dev.tilewright.runtime.spi.DeviceDriver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An open device: memory for {@link Tensor}s, {@link Stream}s of work, loaded kernels.
 *
 * <p>Closing a device releases everything that is still open on it; closing it twice is allowed.
 * Use after closing throws {@link IllegalStateException}, here and in everything that belongs to a
 * device. A device may be used from many threads, but nobody may use what another thread is
 * closing.
 */
public final class Device implements AutoCloseable {
  private final DeviceDriver driver;
  private final DeviceDescription description;
  private final OpenState state;
  private final List<Stream> streams = new ArrayList<>();
  private @Nullable Stream defaultStream;

  Device(DeviceDriver driver) {
    this.driver = driver;
    this.description = driver.description();
    this.state = new OpenState("device " + description.name());
  }

  /**
   * Opens the best device there is: CUDA if there is a driver, else HIP, else the emulator. That a
   * better family was passed over is logged once, at level INFO, with the reason.
   *
   * @throws DeviceException if there is no device at all, or if the best one fails to open
   */
  public static Device open() {
    return Providers.installed().openBest();
  }

  /**
   * Opens the device of that name: {@code cuda:0}, {@code emulator:sm_80}, or a family alone for
   * its default device.
   *
   * @throws DeviceException if there is no such device; the message says which there are
   */
  public static Device open(String name) {
    return Providers.installed().open(name);
  }

  /**
   * A device on a driver that the caller has made, to choose what {@link #open(String)} leaves at
   * its default, such as how an emulator interleaves threads. The device closes the driver.
   */
  public static Device on(DeviceDriver driver) {
    return new Device(driver);
  }

  /** Every family on the class path with its devices, or the reason why it has none; best first. */
  public static List<DeviceFamily> discover() {
    return Providers.installed().families();
  }

  /** What this device is. Available after closing too. */
  public DeviceDescription description() {
    return description;
  }

  /**
   * The stream that is used when none is named. It is opened on first use and closes with the
   * device.
   */
  public synchronized Stream stream() {
    Stream stream = defaultStream;
    if (stream == null || !stream.isOpen()) {
      stream = openStream();
      defaultStream = stream;
    }
    return stream;
  }

  /** Opens a stream. Streams run beside each other unless events order them. */
  public synchronized Stream openStream() {
    Stream stream = new Stream(this, driver().openStream());
    streams.add(stream);
    return stream;
  }

  /** Makes an event, not yet recorded. */
  public Event openEvent() {
    return new Event(this, driver().openEvent());
  }

  /**
   * Loads a kernel image.
   *
   * @throws LaunchException if the image is for another target, or needs more threads or shared
   *     memory than this device has ({@link LaunchError#TARGET} and others)
   * @throws DeviceException if the driver refuses the code; the message holds its log
   */
  public LoadedImage load(KernelImage image) {
    DeviceLimits.check(image, description);
    return new LoadedImage(this, driver().load(image));
  }

  /** Returns when all work on all streams has finished. */
  public void synchronize() {
    driver();
    for (Stream stream : openStreams()) {
      stream.synchronize();
    }
  }

  private synchronized List<Stream> openStreams() {
    streams.removeIf(stream -> !stream.isOpen());
    return List.copyOf(streams);
  }

  synchronized void forget(Stream stream) {
    streams.remove(stream);
  }

  /** The driver, if the device is open. */
  DeviceDriver driver() {
    state.ensureOpen();
    return driver;
  }

  boolean isOpen() {
    return state.isOpen();
  }

  @Override
  public void close() {
    if (state.close()) {
      driver.close();
    }
  }

  @Override
  public String toString() {
    return description.name() + " (" + description.label() + ")";
  }
}
