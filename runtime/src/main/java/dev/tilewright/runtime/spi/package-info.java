/**
 * What a device implements. Providers are found by {@link java.util.ServiceLoader}; applications
 * use {@link dev.tilewright.runtime.Device} instead.
 */
@NullMarked
package dev.tilewright.runtime.spi;

import org.jspecify.annotations.NullMarked;
