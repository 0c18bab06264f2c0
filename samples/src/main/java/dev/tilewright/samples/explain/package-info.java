/** What the compiler made of a kernel, and what a layout is, for a reader. */
@org.jspecify.annotations.NullMarked
package dev.tilewright.samples.explain;
