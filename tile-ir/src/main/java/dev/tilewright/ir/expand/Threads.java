package dev.tilewright.ir.expand;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.expand.IndexMap.ThreadDigit;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Sum;
import java.util.List;
import java.util.Optional;

/** The running thread's place in its block, and what its digits contribute to an index. */
final class Threads {
  private final Code code;
  private final int lanes;
  private final int warps;
  private final int firstWarp;

  /**
   * @param firstWarp the first warp of those that are counted
   */
  Threads(Code code, int lanes, int warps, int firstWarp) {
    this.code = code;
    this.lanes = lanes;
    this.warps = warps;
    this.firstWarp = firstWarp;
  }

  /** The number of the thread among those counted. */
  ThreadValue thread() {
    ThreadValue thread = code.special(SpecialRegister.THREAD);
    return code.sub(thread, code.i32((long) firstWarp * lanes));
  }

  /** The number of the warp among those counted, known to be the same in all its lanes. */
  ThreadValue warp() {
    return code.sub(code.special(SpecialRegister.WARP), code.i32(firstWarp));
  }

  /**
   * An index of which a part is known.
   *
   * @param base an {@code i32}
   * @param constant added to it
   */
  record Index(ThreadValue base, long constant) {}

  /** The value of {@code map} in {@code register} of the running thread. */
  Index at(IndexMap map, int register) {
    ThreadValue own = ownPart(map);
    long constant = map.registers()[register];
    if (map.sum() == Sum.INTEGER) {
      return new Index(own, constant);
    }
    // Where the thread never sets a bit, XOR is addition: only the rest needs an instruction.
    long flipped = constant & map.threadBits();
    return new Index(code.xor(own, flipped), constant - flipped);
  }

  private ThreadValue ownPart(IndexMap map) {
    ThreadValue own = code.i32(0);
    for (ThreadDigit digit : map.thread()) {
      if (map.sum() == Sum.INTEGER) {
        own = code.add(own, scaled(digit, digit.stride()));
      } else {
        for (long rest = digit.stride(); rest != 0; rest &= rest - 1) {
          own = code.xor(own, scaled(digit, Long.lowestOneBit(rest)));
        }
      }
    }
    return own;
  }

  private ThreadValue coordinate(Axis axis) {
    if (axis.equals(Axis.LANE)) {
      ThreadValue thread = code.special(SpecialRegister.THREAD);
      return warps == 1 && firstWarp == 0 ? thread : code.and(thread, lanes - 1);
    }
    return code.shiftRight(thread(), Long.numberOfTrailingZeros(lanes));
  }

  private long extent(Axis axis) {
    return axis.equals(Axis.LANE) ? lanes : warps;
  }

  /** {@code (coordinate / place) % extent · stride}. */
  private ThreadValue scaled(ThreadDigit digit, long stride) {
    ThreadValue x = coordinate(digit.axis());
    boolean major = digit.place() * digit.extent() >= extent(digit.axis());
    boolean bits = isPowerOfTwo(digit.place()) && (major || isPowerOfTwo(digit.extent()));
    if (bits && isPowerOfTwo(stride)) {
      int shift = Long.numberOfTrailingZeros(stride) - Long.numberOfTrailingZeros(digit.place());
      ThreadValue moved = shift >= 0 ? code.shiftLeft(x, shift) : code.shiftRight(x, -shift);
      boolean whole = major && (digit.place() == 1 || stride == 1);
      long mask = major ? -stride : (digit.extent() - 1) * stride;
      return whole ? moved : code.and(moved, (int) mask);
    }
    return code.mul(value(digit, x, major, bits), stride);
  }

  private ThreadValue value(ThreadDigit digit, ThreadValue x, boolean major, boolean bits) {
    if (bits) {
      ThreadValue moved = code.shiftRight(x, Long.numberOfTrailingZeros(digit.place()));
      return major ? moved : code.and(moved, digit.extent() - 1);
    }
    ThreadValue quotient =
        digit.place() == 1 ? x : code.binary(BinaryKind.DIV, x, code.i32(digit.place()));
    return major ? quotient : code.binary(BinaryKind.REM, quotient, code.i32(digit.extent()));
  }

  private static boolean isPowerOfTwo(long n) {
    return Long.bitCount(n) == 1;
  }

  /**
   * A predicate that is true in one of all threads that differ only in the given digits; empty when
   * there are none.
   */
  Optional<ThreadValue> first(List<ThreadDigit> replicated) {
    long mask = 0;
    ThreadValue odd = null;
    for (ThreadDigit digit : replicated) {
      boolean warp = digit.axis().equals(Axis.WARP);
      if (isPowerOfTwo(digit.place()) && isPowerOfTwo(digit.extent())) {
        mask |= (digit.extent() - 1) * digit.place() * (warp ? lanes : 1);
      } else {
        ThreadValue zero = code.equal(scaled(digit, 1), 0);
        odd = odd == null ? zero : code.both(odd, zero);
      }
    }
    if (mask == 0) {
      return Optional.ofNullable(odd);
    }
    ThreadValue zero = code.equal(code.and(thread(), mask), 0);
    return Optional.of(odd == null ? zero : code.both(zero, odd));
  }
}
