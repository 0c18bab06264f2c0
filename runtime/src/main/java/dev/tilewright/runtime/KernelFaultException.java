package dev.tilewright.runtime;

import dev.tilewright.runtime.spi.Finding;
import dev.tilewright.runtime.spi.LaunchReport;

/**
 * A kernel ran and the device's sanitizer objects to what it did: its results are worth nothing.
 */
public final class KernelFaultException extends DeviceException {
  private static final long serialVersionUID = 1L;
  private static final int SHOWN = 10;

  private final transient LaunchReport report;

  public KernelFaultException(String kernel, LaunchReport report) {
    super(describe(kernel, report));
    this.report = report;
  }

  /** All findings, and the counters up to there. */
  public LaunchReport report() {
    return report;
  }

  private static String describe(String kernel, LaunchReport report) {
    var text = new StringBuilder("TW-R030: kernel '" + kernel + "': ");
    int count = report.findings().size();
    text.append(count).append(count == 1 ? " finding" : " findings");
    for (Finding finding : report.findings().subList(0, Math.min(count, SHOWN))) {
      text.append("\n  ").append(finding.code()).append(" at line ").append(finding.codeLine());
      finding.source().ifPresent(source -> text.append(" (").append(source).append(')'));
      text.append(", block ")
          .append(finding.block())
          .append(", thread ")
          .append(finding.thread())
          .append(": ")
          .append(finding.message());
    }
    if (count > SHOWN) {
      text.append("\n  and ").append(count - SHOWN).append(" more");
    }
    return text.toString();
  }
}
