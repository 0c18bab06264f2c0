/**
 * NVIDIA GPUs through the CUDA driver API, bound by the JavaCPP presets. Applications use {@link
 * dev.tilewright.runtime.Device}.
 *
 * <p>Loading a preset class fails where there is no driver, and a failed class stays failed for the
 * life of the JVM. So {@link DriverProbe} looks for the driver first, through {@code
 * java.lang.foreign}; nothing else here may be touched before it has found one.
 */
@NullMarked
package dev.tilewright.runtime.cuda;

import org.jspecify.annotations.NullMarked;
