@NullMarked
package dev.tilewright.emulator;

import org.jspecify.annotations.NullMarked;
