/**
 * Devices, buffers, streams, events and kernel images: everything an application needs to launch
 * kernels that were compiled earlier. No compiler is reachable from here.
 */
@NullMarked
package dev.tilewright.runtime;

import org.jspecify.annotations.NullMarked;
