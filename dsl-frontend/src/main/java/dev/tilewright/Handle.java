package dev.tilewright;

/**
 * A name for something that exists when the kernel runs: a number, a tile, a tensor. There is
 * nothing in a handle that Java code could test or branch on.
 *
 * <p>A handle may be passed to methods, stored in arrays and records, and used until the region
 * that made it (the body of {@link KernelBuilder#range} or {@link KernelBuilder#when}, or {@code
 * define} itself) ends.
 */
public abstract sealed class Handle
    permits ScalarValue, TileValue, GlobalTensor, Aref, Slot, Pending {
  final Trace trace;
  final Region home;
  final Site defined;

  Handle(Trace trace, Region home, Site defined) {
    this.trace = trace;
    this.home = home;
    this.defined = defined;
  }

  /** What this is, for messages: {@code f32 tile 64×32}. */
  abstract String describe();

  /** Where user code calls a method of this handle, after the checks that every call needs. */
  final Site enter() {
    Site site = trace.enter();
    trace.checkUsable(site, this);
    return site;
  }

  final Diagnostic.Note note(String message) {
    return defined.note(message);
  }

  /** Whether both are the same Java object; says nothing about values on the device. */
  @Override
  public final boolean equals(Object other) {
    return this == other;
  }

  /** Of the Java object; see {@link #equals}. */
  @Override
  public final int hashCode() {
    return System.identityHashCode(this);
  }

  /** What this is and where it was made; not what it holds on the device. */
  @Override
  public final String toString() {
    return describe() + " of " + defined.location();
  }
}
