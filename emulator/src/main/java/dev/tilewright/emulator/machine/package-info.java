/** The SIMT machine: blocks, warps, lane masks with reconvergence, memories, barriers. */
@NullMarked
package dev.tilewright.emulator.machine;

import org.jspecify.annotations.NullMarked;
