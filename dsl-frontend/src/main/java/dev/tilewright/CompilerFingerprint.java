package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.runtime.KernelImage;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * A hash of the compiler itself: of the class files of every module that has a say in the generated
 * code. A cache key without it would keep kernels that a corrected compiler would not make.
 */
final class CompilerFingerprint {
  private static final List<Class<?>> MODULES =
      List.of(CompilerFingerprint.class, KernelFunction.class, DType.class, KernelImage.class);

  private static final Map<Class<?>, String> KNOWN = new ConcurrentHashMap<>();

  private CompilerFingerprint() {}

  /** With the code generator of that class. */
  static String of(Class<?> backend) {
    return KNOWN.computeIfAbsent(backend, CompilerFingerprint::compute);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  private static String compute(Class<?> backend) {
    MessageDigest digest = sha256();
    try {
      for (Class<?> module : MODULES) {
        add(digest, module);
      }
      add(digest, backend);
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException("cannot read the compiler's own classes", e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void add(MessageDigest digest, Class<?> module)
      throws IOException, URISyntaxException {
    CodeSource source = module.getProtectionDomain().getCodeSource();
    URL place = source == null ? null : source.getLocation();
    if (place == null || !place.getProtocol().equals("file")) {
      throw new IOException("no class file or jar holds " + module.getName());
    }
    Path path = Path.of(place.toURI());
    if (Files.isRegularFile(path)) {
      digest.update(checksum(path));
      return;
    }
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        digest.update(path.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
        digest.update(checksum(file));
      }
    }
  }

  /** A CRC is enough against mistakes, and native where a cold SHA-256 is interpreted. */
  private static byte[] checksum(Path file) throws IOException {
    byte[] content = Files.readAllBytes(file);
    CRC32 crc = new CRC32();
    crc.update(content);
    return ByteBuffer.allocate(2 * Long.BYTES)
        .putLong(content.length)
        .putLong(crc.getValue())
        .array();
  }
}
