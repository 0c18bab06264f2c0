package dev.tilewright.ir.machine;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadParameter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs all blocks of a kernel on the thread machine. */
public final class GridRun {
  private GridRun() {}

  /**
   * @param kernel says how many blocks there are
   * @param dimensions the sizes, by name
   * @param scalars the codes of scalar parameters, by name
   */
  public static void run(
      ThreadFunction function,
      KernelFunction kernel,
      Map<String, TensorData> tensors,
      Map<String, Long> dimensions,
      Map<String, Long> scalars) {
    GlobalMemory global = new GlobalMemory();
    Map<String, Long> addresses = new HashMap<>();
    tensors.forEach(
        (name, tensor) -> addresses.put(name, global.map(tensor.bytes(), tensor.alignment())));
    List<Long> arguments = new ArrayList<>();
    for (ThreadParameter parameter : function.parameters()) {
      arguments.add(
          switch (parameter) {
            case ThreadParameter.Pointer p -> named(addresses, p.tensor());
            case ThreadParameter.Stride s -> named(tensors, s.tensor()).strides()[s.dimension()];
            case ThreadParameter.Dimension d -> named(dimensions, d.name());
            case ThreadParameter.Scalar s -> named(scalars, s.name());
            case ThreadParameter.Workspace w ->
                global.map(new byte[bytes(w, kernel, dimensions)], 256);
            case ThreadParameter.TensorMap m ->
                throw new UnsupportedOperationException("no tensor maps here: " + m);
          });
    }
    int[] grid = {1, 1, 1};
    for (int axis = 0; axis < kernel.grid().size(); axis++) {
      grid[axis] = Math.toIntExact(kernel.grid().get(axis).evaluate(dimensions));
    }
    for (int z = 0; z < grid[2]; z++) {
      for (int y = 0; y < grid[1]; y++) {
        for (int x = 0; x < grid[0]; x++) {
          new ThreadMachine(function, global, new int[] {x, y, z}, arguments).run();
        }
      }
    }
  }

  private static int bytes(
      ThreadParameter.Workspace workspace, KernelFunction kernel, Map<String, Long> dimensions) {
    return kernel.parameters().stream()
        .filter(p -> p instanceof Parameter.Workspace && p.name().equals(workspace.name()))
        .map(p -> ((Parameter.Workspace) p).places().evaluate(dimensions))
        .mapToInt(places -> Math.toIntExact(places * workspace.placeBytes()))
        .findFirst()
        .orElseThrow();
  }

  private static <T> T named(Map<String, T> arguments, String name) {
    T argument = arguments.get(name);
    if (argument == null) {
      throw new IllegalArgumentException("no argument '" + name + "'");
    }
    return argument;
  }
}
