/** Reports as Markdown and JSON, for {@code docs/benchmarks}. */
@NullMarked
package dev.tilewright.samples.report;

import org.jspecify.annotations.NullMarked;
