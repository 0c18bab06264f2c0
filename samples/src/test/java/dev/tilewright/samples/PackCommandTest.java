package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tilewright.dtype.DType;
import dev.tilewright.layout.weights.PackedOrder;
import dev.tilewright.layout.weights.PackedWeights;
import dev.tilewright.layout.weights.Quantizer;
import dev.tilewright.layout.weights.WeightFormat;
import dev.tilewright.runtime.Npy;
import dev.tilewright.runtime.NpyArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackCommandTest {
  @TempDir private Path folder = Path.of("");

  /** A safetensors file as its description says: length, header, and each tensor where it says. */
  @Test
  void writesTheKernelsParameters() throws IOException {
    double[] values =
        new SplittableRandom(1).doubles(40 * 128, -1, 1).map(x -> (float) x).toArray();
    Path in = folder.resolve("W.npy");
    Npy.write(in, NpyArray.of(DType.F32, values, 40, 128));
    Path out = folder.resolve("w.safetensors");
    Outcome outcome =
        Outcome.of("pack", in.toString(), out.toString(), "--weights", "u4", "--zero-points");
    assertEquals(ExitStatus.OK, outcome.status(), outcome.err());
    WeightFormat format = WeightFormat.of(DType.U4).withScales(DType.F16, 128).withZeros(DType.U8);
    PackedWeights packed =
        Quantizer.quantize(format, 40, 128, values).pack(PackedOrder.forFragments(4, 16, 128, 64));
    byte[] file = Files.readAllBytes(out);
    int length = Math.toIntExact(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong());
    JsonNode header =
        new ObjectMapper().readTree(new String(file, 8, length, StandardCharsets.UTF_8));
    assertEquals(0, (8 + length) % 8);
    assertArrayEquals(packed.tiles(), tensor(file, length, header.get("w")));
    assertEquals("[1,2,32,128]", header.get("w").get("shape").toString());
    assertEquals("F16", header.get("w_scales").get("dtype").asText());
    assertEquals(2 * 128, tensor(file, length, header.get("w_scales")).length);
    assertEquals(128, tensor(file, length, header.get("w_zeros")).length);
    assertTrue(header.get("__metadata__").get("format").asText().startsWith("u4"));
  }

  private static byte[] tensor(byte[] file, int header, JsonNode tensor) {
    JsonNode offsets = tensor.get("data_offsets");
    int data = 8 + header;
    return Arrays.copyOfRange(file, data + offsets.get(0).asInt(), data + offsets.get(1).asInt());
  }

  @Test
  void refusesWhatIsNoMatrix() throws IOException {
    Path in = folder.resolve("v.npy");
    Npy.write(in, NpyArray.of(DType.F32, new double[8], 8));
    Path out = folder.resolve("w.safetensors");
    Outcome outcome = Outcome.of("pack", in.toString(), out.toString());
    assertEquals(ExitStatus.USAGE, outcome.status());
    assertTrue(outcome.err().contains("must be a matrix"), outcome.err());
    assertTrue(Files.notExists(out));
  }
}
