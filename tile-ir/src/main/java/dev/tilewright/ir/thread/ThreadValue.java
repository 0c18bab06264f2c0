package dev.tilewright.ir.thread;

/**
 * An SSA value of one thread.
 *
 * @param id unique within its function
 */
public record ThreadValue(int id, ThreadType type) {
  @Override
  public String toString() {
    return "%" + id;
  }
}
