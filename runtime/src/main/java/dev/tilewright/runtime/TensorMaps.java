package dev.tilewright.runtime;

import dev.tilewright.runtime.spi.DeviceDriver;
import dev.tilewright.runtime.spi.TiledTensorMap;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * Encoded tensor maps, kept so that launching on the same tensors again asks the driver nothing.
 * The least recently used are forgotten.
 */
final class TensorMaps {
  private static final int MOST = 256;

  private final DeviceDriver driver;
  private final SequencedMap<TiledTensorMap, byte[]> encoded = new LinkedHashMap<>();

  TensorMaps(DeviceDriver driver) {
    this.driver = driver;
  }

  synchronized byte[] encoded(TiledTensorMap map) {
    byte[] bytes = encoded.remove(map);
    if (bytes == null) {
      bytes = driver.encode(map);
    }
    encoded.putLast(map, bytes);
    if (encoded.size() > MOST) {
      encoded.pollFirstEntry();
    }
    return bytes;
  }
}
