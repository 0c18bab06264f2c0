package dev.tilewright.emulator.ptx;

/** A position in the user's source, from {@code .loc}: the file's index and the line. */
public record SourcePosition(int file, int line) {}
