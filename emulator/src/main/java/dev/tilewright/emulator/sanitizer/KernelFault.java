package dev.tilewright.emulator.sanitizer;

import dev.tilewright.runtime.spi.Finding;

/** Ends a kernel: the finding says why. */
public final class KernelFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Finding finding;

  public KernelFault(Finding finding) {
    super(finding.message(), null, false, false);
    this.finding = finding;
  }

  public Finding finding() {
    return finding;
  }
}
