package dev.tilewright.runtime;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.runtime.NpyException.Problem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes numpy's {@code .npy} files, versions 1 to 3 of the format (NEP 1): floats of 16,
 * 32 and 64 bits, integers of 8 to 64 bits, and booleans, which are read as {@code u8} of 0 and 1.
 */
public final class Npy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /** Real headers have about a hundred bytes; numpy itself stops at ten thousand. */
  private static final int LONGEST_HEADER = 1 << 16;

  /** numpy aligns the data to this. */
  private static final int ALIGNMENT = 64;

  private static final int CHUNK = 1 << 26;

  private Npy() {}

  /**
   * Reads a file.
   *
   * @throws NpyException if it is missing, damaged, too long or of an unsupported type
   */
  public static NpyArray read(Path file) throws NpyException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new NpyException(Problem.UNREADABLE, file, "is not a regular file");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return read(file, channel);
    } catch (NpyException e) {
      throw e;
    } catch (IOException e) {
      throw new NpyException(Problem.UNREADABLE, file, reason(e), e);
    }
  }

  private static NpyArray read(Path file, FileChannel channel) throws IOException {
    NpyHeader header = readHeader(file, channel);
    DType dtype = dtype(file, header.descr());
    long bytes = dtype.bits() / Byte.SIZE;
    try {
      for (long n : header.shape()) {
        bytes = Math.multiplyExact(bytes, n);
      }
    } catch (ArithmeticException e) {
      throw new NpyException(
          Problem.SIZE, file, "the shape " + header.shape() + " has too many elements", e);
    }
    long present = channel.size() - channel.position();
    String expected =
        "shape " + header.shape() + " of " + dtype + " takes " + bytes + " bytes of data";
    if (present < bytes) {
      throw new NpyException(
          Problem.TRUNCATED, file, expected + ", but only " + present + " are there");
    }
    if (present > bytes) {
      throw new NpyException(Problem.TRAILING, file, expected + ", but " + present + " are there");
    }
    MemorySegment data = Arena.ofAuto().allocate(bytes, ALIGNMENT);
    for (long at = 0; at < bytes; at += CHUNK) {
      readFully(file, channel, data.asSlice(at, Math.min(CHUNK, bytes - at)).asByteBuffer());
    }
    if (header.descr().charAt(0) == '>') {
      swapBytes(data, dtype.bits() / Byte.SIZE);
    }
    if (header.descr().endsWith("b1")) {
      for (long i = 0; i < bytes; i++) {
        boolean set = data.get(ValueLayout.JAVA_BYTE, i) != 0;
        data.set(ValueLayout.JAVA_BYTE, i, (byte) (set ? 1 : 0));
      }
    }
    return new NpyArray(dtype, header.shape(), header.fortranOrder(), data);
  }

  private static NpyHeader readHeader(Path file, FileChannel channel) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(MAGIC.length + 2);
    readFully(file, channel, start);
    for (int i = 0; i < MAGIC.length; i++) {
      if (start.get(i) != MAGIC[i]) {
        throw new NpyException(
            Problem.MAGIC, file, "is no .npy file: it does not begin with \\x93NUMPY");
      }
    }
    int version = Byte.toUnsignedInt(start.get(MAGIC.length));
    if (version < 1 || version > 3) {
      throw new NpyException(
          Problem.VERSION, file, "has format version " + version + "; 1, 2 and 3 can be read");
    }
    ByteBuffer length =
        ByteBuffer.allocate(version == 1 ? Short.BYTES : Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    readFully(file, channel, length);
    long bytes =
        version == 1
            ? Short.toUnsignedLong(length.getShort(0))
            : Integer.toUnsignedLong(length.getInt(0));
    if (bytes > LONGEST_HEADER) {
      throw new NpyException(
          Problem.HEADER, file, "its header claims " + bytes + " bytes, more than any real one");
    }
    ByteBuffer text = ByteBuffer.allocate((int) bytes);
    readFully(file, channel, text);
    Charset charset = version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    try {
      return NpyHeader.parse(new String(text.array(), charset));
    } catch (NpyHeader.RecordType e) {
      throw new NpyException(
          Problem.DTYPE,
          file,
          "its elements are records, which are not supported: " + e.getMessage(),
          e);
    } catch (IllegalArgumentException e) {
      throw new NpyException(Problem.HEADER, file, String.valueOf(e.getMessage()), e);
    }
  }

  private static void readFully(Path file, FileChannel channel, ByteBuffer buffer)
      throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new NpyException(
            Problem.TRUNCATED, file, "ends after " + channel.position() + " bytes, in its header");
      }
    }
  }

  /** numpy's notation: byte order, kind, bytes per element. */
  private static DType dtype(Path file, String descr) throws NpyException {
    boolean ordered = descr.startsWith("<") || descr.startsWith(">");
    String unordered = ordered || descr.startsWith("|") ? descr.substring(1) : descr;
    boolean oneByte = unordered.endsWith("1");
    @Nullable DType type =
        switch (unordered) {
          case "f2" -> DType.F16;
          case "f4" -> DType.F32;
          case "f8" -> DType.F64;
          case "i1" -> DType.I8;
          case "i2" -> DType.I16;
          case "i4" -> DType.I32;
          case "i8" -> DType.I64;
          case "u1", "b1" -> DType.U8;
          case "u2" -> DType.U16;
          case "u4" -> DType.U32;
          case "u8" -> DType.U64;
          default -> null;
        };
    if (type == null || (!oneByte && !ordered)) {
      throw new NpyException(
          Problem.DTYPE,
          file,
          "its elements are '"
              + NpyHeader.shown(descr)
              + (unordered.startsWith("O") ? "' (Python objects)" : "'")
              + "; f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8 and b1 can be read");
    }
    return type;
  }

  private static void swapBytes(MemorySegment data, int width) {
    for (long at = 0; at < data.byteSize(); at += width) {
      for (int i = 0; i < width / 2; i++) {
        byte low = data.get(ValueLayout.JAVA_BYTE, at + i);
        byte high = data.get(ValueLayout.JAVA_BYTE, at + width - 1 - i);
        data.set(ValueLayout.JAVA_BYTE, at + i, high);
        data.set(ValueLayout.JAVA_BYTE, at + width - 1 - i, low);
      }
    }
  }

  /**
   * Writes a file of format version 1. It appears under its name only when it is complete; on
   * failure nothing is left behind and a file that was there before is unchanged.
   *
   * @throws NpyException if it cannot be written
   */
  public static void write(Path file, NpyArray array) throws NpyException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new NpyException(
          Problem.UNWRITABLE, file, "exists and is not a regular file; it would be replaced");
    }
    Path target = file.toAbsolutePath();
    Path partial = target.resolveSibling(target.getFileName() + ".partial-" + System.nanoTime());
    try {
      try (FileChannel channel =
          FileChannel.open(partial, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
        writeFully(channel, ByteBuffer.wrap(header(array)));
        long bytes = array.data().byteSize();
        for (long at = 0; at < bytes; at += CHUNK) {
          writeFully(channel, array.data().asSlice(at, Math.min(CHUNK, bytes - at)).asByteBuffer());
        }
      }
      try {
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      try {
        Files.deleteIfExists(partial);
      } catch (IOException inDeletion) {
        e.addSuppressed(inDeletion);
      }
      throw new NpyException(Problem.UNWRITABLE, file, reason(e), e);
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private static byte[] header(NpyArray array) {
    String kind = array.dtype() instanceof IntType type ? (type.signed() ? "i" : "u") : "f";
    int width = array.dtype().bits() / Byte.SIZE;
    List<Long> shape = LongStream.of(array.shape()).boxed().toList();
    String text =
        new NpyHeader((width == 1 ? "|" : "<") + kind + width, array.fortranOrder(), shape)
            .format();
    int fixed = MAGIC.length + 2 + Short.BYTES;
    int padded = Math.ceilDiv(fixed + text.length() + 1, ALIGNMENT) * ALIGNMENT - fixed;
    ByteBuffer header = ByteBuffer.allocate(fixed + padded).order(ByteOrder.LITTLE_ENDIAN);
    header.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) padded);
    header.put(text.getBytes(StandardCharsets.ISO_8859_1));
    while (header.remaining() > 1) {
      header.put((byte) ' ');
    }
    header.put((byte) '\n');
    return header.array();
  }

  private static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> "there is no such file or folder";
      case AccessDeniedException denied -> "permission is denied";
      default -> String.valueOf(e.getMessage());
    };
  }
}
