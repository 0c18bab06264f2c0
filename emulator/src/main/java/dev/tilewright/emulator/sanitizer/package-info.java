/** What watches the machine: initialised bytes, races, asynchronous copies, findings. */
@NullMarked
package dev.tilewright.emulator.sanitizer;

import org.jspecify.annotations.NullMarked;
