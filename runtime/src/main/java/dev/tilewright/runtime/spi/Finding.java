package dev.tilewright.runtime.spi;

import java.util.Optional;

/**
 * One thing the sanitizer objects to.
 *
 * @param code a stable code, such as {@code EMU-OUT-OF-BOUNDS}
 * @param message what happened: which access, which address, which threads
 * @param codeLine the line of the generated text, from 1
 * @param source the user's source position, when the generated text says ({@code Matmul.java:42})
 * @param block the block, as {@code x,y,z}
 * @param thread the thread in the block
 */
public record Finding(
    String code, String message, int codeLine, Optional<String> source, String block, int thread) {}
