package dev.tilewright.ir.pass;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import java.util.Comparator;
import java.util.List;

/**
 * The bytes of shared memory that one buffer of a staged function has; buffers that are not used at
 * the same time may share some.
 */
public record SharedRange(int offset, long bytes, Type.Shared buffer, Location location) {

  /** All buffers, by where they start; in program order where they start together. */
  public static List<SharedRange> of(KernelFunction staged) {
    return Traversal.ops(staged)
        .filter(Op.SharedAlloc.class::isInstance)
        .map(op -> of((Op.SharedAlloc) op))
        .sorted(Comparator.comparingInt(SharedRange::offset))
        .toList();
  }

  private static SharedRange of(Op.SharedAlloc alloc) {
    Type.Shared buffer = alloc.result().shared();
    long elements = buffer.layout().orElseThrow().codomain().size();
    return new SharedRange(
        alloc.offset().orElseThrow(),
        Math.ceilDiv(elements * buffer.dtype().bits(), 8L),
        buffer,
        alloc.location());
  }

  /** Whether this buffer and another have bytes in common. */
  public boolean shares(SharedRange other) {
    return offset < other.offset + other.bytes && other.offset < offset + bytes;
  }
}
