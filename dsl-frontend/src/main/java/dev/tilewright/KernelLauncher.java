package dev.tilewright;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Launch;
import dev.tilewright.runtime.LoadedImage;
import dev.tilewright.runtime.spi.LaunchReport;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Runs kernels on a device: compiles each when it is first used with arguments of a new kind, and
 * keeps what it compiled.
 *
 * <pre>{@code
 * try (var device = Device.open(); var launcher = new KernelLauncher(device)) {
 *   launcher.launch(new Matmul(F16, F16, 128, 128, 32),
 *       Arguments.of("a", a).with("b", b).with("c", c));
 * }
 * }</pre>
 *
 * <p>One compilation serves all arguments of the same {@link Specialization}. Kernels are told
 * apart by {@code equals}, which records define by their components.
 *
 * <p>May be used from many threads.
 */
public final class KernelLauncher implements AutoCloseable {
  private final Device device;
  private final Compiler compiler;
  private final Map<Kernel, KernelFunction> traced = new ConcurrentHashMap<>();
  private final Map<Variant, Entry> compiled = new ConcurrentHashMap<>();

  private record Variant(Kernel kernel, Specialization specialization) {}

  private record Entry(Compilation compilation, LoadedImage loaded) {}

  /**
   * Compiles for the first of the device's targets that a code generator on the class path has.
   *
   * @throws IllegalArgumentException if there is none
   */
  public KernelLauncher(Device device) {
    this(device, Schedule.AUTOMATIC);
  }

  /** As {@link #KernelLauncher(Device)}, with choices of speed. */
  public KernelLauncher(Device device, Schedule schedule) {
    this(device, compilerFor(device).withSchedule(schedule));
  }

  /** Compiles with that compiler, whose target the device must accept. */
  public KernelLauncher(Device device, Compiler compiler) {
    this.device = device;
    this.compiler = compiler;
  }

  private static Compiler compilerFor(Device device) {
    List<String> accepted = device.description().targets();
    String target =
        accepted.stream()
            .filter(Compiler.targets()::contains)
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        device
                            + " accepts "
                            + String.join(", ", accepted)
                            + "; no code generator on the class path has one of them"));
    return Compiler.forTarget(target);
  }

  /**
   * Launches on the device's default stream, as {@link Launch#run}.
   *
   * @param arguments the kernel's tensors and scalars by name; dimensions are read off the tensors
   * @throws KernelDefinitionException if the kernel is not well formed
   * @throws dev.tilewright.ir.CompileException if it cannot be compiled for this device
   * @throws dev.tilewright.runtime.LaunchException if the arguments do not fit
   * @throws dev.tilewright.runtime.KernelFaultException if the device's sanitizer objects
   */
  public LaunchReport launch(Kernel kernel, Arguments arguments) {
    return bind(kernel, arguments).run(device.stream());
  }

  /** Compiles if need be and checks the arguments: the result can be launched many times. */
  public Launch bind(Kernel kernel, Arguments arguments) {
    return entry(kernel, arguments).loaded().bind(arguments);
  }

  /** How the kernel is, or was, compiled for these arguments. */
  public Compilation compilation(Kernel kernel, Arguments arguments) {
    return entry(kernel, arguments).compilation();
  }

  private Entry entry(Kernel kernel, Arguments arguments) {
    KernelFunction function = traced.computeIfAbsent(kernel, Compiler::trace);
    Specialization facts = Specialization.of(function, arguments);
    return compiled.computeIfAbsent(
        new Variant(kernel, facts),
        _ -> {
          Compilation compilation = compiler.compile(function, facts);
          return new Entry(compilation, device.load(compilation.image()));
        });
  }

  /** Unloads what was loaded; closing twice is allowed. The device stays open. */
  @Override
  public void close() {
    compiled.values().forEach(entry -> entry.loaded().close());
    compiled.clear();
  }
}
