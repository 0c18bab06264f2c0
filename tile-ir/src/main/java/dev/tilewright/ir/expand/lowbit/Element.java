package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.ir.thread.ThreadValue;

/** Element {@code lane} of a vector. */
public record Element(ThreadValue vector, int lane) {}
