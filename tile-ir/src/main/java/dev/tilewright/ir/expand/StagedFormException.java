package dev.tilewright.ir.expand;

import dev.tilewright.ir.Op;

/**
 * The function is not in staged form: a pass broke the contract of {@link dev.tilewright.ir.pass}.
 * An error of the compiler, not of its user.
 */
public final class StagedFormException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /**
   * @param op the operation that is not as it should be
   * @param contract what staged form promises
   * @param found what is there instead
   */
  public StagedFormException(Op op, String contract, String found) {
    super(
        "TW-I001: %s made at %s is not in staged form: %s, but %s"
            .formatted(op.getClass().getSimpleName(), op.location(), contract, found));
  }
}
