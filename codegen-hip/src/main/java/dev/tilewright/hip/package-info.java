/**
 * HIP for AMD GPUs: target descriptions, thread IR to one self-contained HIP C++ text, and that
 * text to a code object by clang.
 *
 * <p>The text needs no header and no ROCm installation: attributes and builtins are clang's own.
 * The same text goes through {@code hipcc} and {@code hiprtc}.
 */
@NullMarked
package dev.tilewright.hip;

import org.jspecify.annotations.NullMarked;
