/**
 * Devices, buffers, streams, events and kernel images: everything an application needs to launch
 * kernels that were compiled earlier. No compiler is reachable from here.
 *
 * <pre>{@code
 * try (Device device = Device.open();
 *     LoadedImage axpy = device.load(image);
 *     Tensor x = Tensor.of(device, DType.F16, values, 1000);
 *     Tensor y = Tensor.zeros(device, DType.F16, 1000)) {
 *   axpy.launch(Arguments.of("x", x).with("y", y).with("alpha", 0.5));
 *   double[] result = y.toDoubles();
 * }
 * }</pre>
 *
 * <p>Errors carry stable codes. {@code TW-R001} no such device; {@code R002} use after closing;
 * {@code R003} mixed devices; {@code R004} impossible shape, stride or view; {@code R005} host data
 * that does not fit a tensor; {@code R010} to {@code R026} a launch that was refused ({@link
 * dev.tilewright.runtime.LaunchError}); {@code R030} a kernel that misbehaved; {@code R040} a
 * failed driver call; {@code TW-N001} to {@code N009} a {@code .npy} file ({@link
 * dev.tilewright.runtime.NpyException.Problem}).
 *
 * <p>CUDA needs the JVM started with {@code --enable-native-access}, on the class path for {@code
 * ALL-UNNAMED}; without it the JDK warns.
 */
@NullMarked
package dev.tilewright.runtime;

import org.jspecify.annotations.NullMarked;
