package dev.tilewright.ir.interpret;

/** A hash of 64 bits of a state, by which states met before are known. */
final class Fingerprint {
  private long hash;

  static long of(long value) {
    Fingerprint fingerprint = new Fingerprint();
    fingerprint.add(value);
    return fingerprint.value();
  }

  void add(long value) {
    // The finalizer of SplitMix64, which is a bijection that mixes well.
    long z = (hash ^ value) + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    hash = z ^ (z >>> 31);
  }

  void add(byte[] bytes) {
    for (byte b : bytes) {
      add(b);
    }
  }

  long value() {
    return hash;
  }
}
