package dev.tilewright.samples.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.Packing;
import dev.tilewright.layout.weights.PackedOrder;
import dev.tilewright.layout.weights.PackedWeights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Packed weights as a safetensors file: eight bytes that say how long the header is, the header in
 * JSON, and the tensors' bytes. The tensors are a kernel's parameters; what they mean is in the
 * metadata.
 */
public final class PackedFile {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int ALIGNMENT = 8;

  private PackedFile() {}

  /** The file's bytes. */
  public static byte[] bytes(PackedWeights weights) {
    PackedOrder order = weights.order();
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("__metadata__", metadata(weights));
    ByteBuffer data = ByteBuffer.allocate(size(weights));
    List<Integer> tiles =
        List.of(
            weights.rowTiles(),
            weights.columnTiles(),
            order.byteCount() / PackedOrder.LINE_BYTES,
            PackedOrder.LINE_BYTES);
    add(header, data, "w", DType.U8, tiles, weights.tiles());
    weights
        .format()
        .scales()
        .ifPresent(s -> addShared(header, data, weights, "w_scales", s.type(), weights.scales()));
    weights
        .format()
        .zeros()
        .ifPresent(z -> addShared(header, data, weights, "w_zeros", z, weights.zeros()));
    byte[] text = json(header);
    return ByteBuffer.allocate(Long.BYTES + text.length + data.position())
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .put(data.flip())
        .array();
  }

  private static int size(PackedWeights weights) {
    int shared = weights.scales().length * Integer.BYTES + weights.zeros().length * Integer.BYTES;
    return Math.addExact(weights.tiles().length, shared);
  }

  private static Map<String, String> metadata(PackedWeights weights) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", weights.format().toString());
    metadata.put("rows", Integer.toString(weights.rows()));
    metadata.put("columns", Integer.toString(weights.columns()));
    metadata.put("codes", weights.order().codes().layout().toString());
    metadata.put("bytes", weights.order().bytes().layout().toString());
    metadata.put("w_scale", Float.toString(weights.matrixScale()));
    return metadata;
  }

  private static void addShared(
      Map<String, Object> header,
      ByteBuffer data,
      PackedWeights weights,
      String name,
      DType type,
      long[] codes) {
    int groups = weights.format().groups(weights.columns());
    add(
        header,
        data,
        name,
        type,
        List.of(groups, codes.length / groups),
        Packing.pack(type.bits(), codes));
  }

  private static void add(
      Map<String, Object> header,
      ByteBuffer data,
      String name,
      DType type,
      List<Integer> shape,
      byte[] bytes) {
    int from = data.position();
    data.put(bytes);
    Map<String, Object> tensor = new LinkedHashMap<>();
    tensor.put("dtype", name(type));
    tensor.put("shape", shape);
    tensor.put("data_offsets", List.of(from, data.position()));
    header.put(name, tensor);
  }

  /** {@code F16}, {@code U8}, {@code F8_E4M3}. */
  private static String name(DType type) {
    String name = type.name().toUpperCase(Locale.ROOT);
    return name.startsWith("F8") ? "F8_" + name.substring(2) : name;
  }

  /** Padded with spaces, so that the data start at a multiple of eight bytes. */
  private static byte[] json(Map<String, Object> header) {
    try {
      String text = JSON.writeValueAsString(header);
      int length = text.getBytes(StandardCharsets.UTF_8).length;
      String padding = " ".repeat(Math.floorMod(-length, ALIGNMENT));
      return (text + padding).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a header of strings and numbers", impossible);
    }
  }
}
