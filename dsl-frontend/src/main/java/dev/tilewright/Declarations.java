package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.SizeExpr;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What a kernel declares of itself: its parameters and its grid. */
final class Declarations {
  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  /** What every tensor's address and rows are aligned to, in bytes, when nothing else is known. */
  private static final int DEFAULT_ALIGNMENT = 16;

  private final Trace trace;
  private final List<Parameter> parameters = new ArrayList<>();
  private final Map<String, Site> sites = new LinkedHashMap<>();
  private final List<GlobalTensor> tensors = new ArrayList<>();
  private List<SizeExpr> grid = List.of();
  private Optional<Site> gridSite = Optional.empty();
  private final List<AxisUse> axisUses = new ArrayList<>();

  private record AxisUse(Site site, int axis) {}

  Declarations(Trace trace) {
    this.trace = trace;
  }

  List<GlobalTensor> tensors() {
    return tensors;
  }

  Dim dimension(Site site, String name) {
    checkName(site, name);
    Value value = trace.ops().fresh(new Type.Scalar(DType.I32));
    trace.sizes().declare(name, value);
    parameters.add(new Parameter.Dimension(name, value, 1, site.location()));
    return new Dim(trace, site, new SizeExpr.Dimension(name));
  }

  Scalar scalar(Site site, String name, DType dtype) {
    checkName(site, name);
    Value value = trace.ops().fresh(new Type.Scalar(dtype));
    parameters.add(new Parameter.Scalar(name, value, site.location()));
    return new Scalar(trace, trace.root(), site, value);
  }

  GlobalTensor tensor(
      Site site, String name, DType dtype, List<SizeExpr> shape, Parameter.Access access) {
    checkName(site, name);
    Value value = trace.ops().fresh(new Type.Tensor(dtype, shape.size()));
    parameters.add(
        new Parameter.Tensor(
            name, value, shape, access, shape.size() - 1, DEFAULT_ALIGNMENT, site.location()));
    GlobalTensor tensor = new GlobalTensor(trace, site, name, value, shape, access);
    tensors.add(tensor);
    return tensor;
  }

  private void checkName(Site site, String name) {
    if (!IDENTIFIER.matcher(name).matches()) {
      throw trace.fail(
          site,
          Misuse.NAME_NOT_IDENTIFIER,
          "'" + name + "' is not a name",
          List.of(),
          "a name is a letter or _ followed by letters, digits and _");
    }
    Site previous = sites.putIfAbsent(name, site);
    if (previous != null) {
      throw trace.fail(
          site,
          Misuse.DUPLICATE_NAME,
          "this kernel has a parameter '" + name + "' already",
          List.of(previous.note("declared here")),
          "dimensions, tensors and scalars share one space of names");
    }
  }

  /** Sets the grid and returns the block's index along each of its axes. */
  List<Scalar> grid(Site site, List<Dim> sizes) {
    gridSite.ifPresent(
        first -> {
          throw trace.fail(
              site,
              Misuse.GRID_SET_TWICE,
              "the grid of this kernel is set already",
              List.of(first.note("set here")),
              "a kernel has one grid; keep the indices that the first call returned");
        });
    sizes.forEach(size -> trace.checkUsable(site, size));
    gridSite = Optional.of(site);
    grid = sizes.stream().map(size -> size.size).toList();
    List<Scalar> indices = new ArrayList<>();
    for (int axis = 0; axis < grid.size(); axis++) {
      indices.add(trace.scalar(site, trace.ops().programId(axis)));
    }
    return List.copyOf(indices);
  }

  /** The block's index along an axis of the grid, which may be set later. */
  Scalar programId(Site site, int axis) {
    axisUses.add(new AxisUse(site, axis));
    return trace.scalar(site, trace.ops().programId(axis));
  }

  void checkComplete() {
    if (gridSite.isEmpty()) {
      throw trace.fail(
          trace.first(),
          Misuse.GRID_NEVER_SET,
          "this kernel never sets its grid",
          List.of(),
          "call grid1d, grid2d or grid3d with the number of blocks along each axis");
    }
    for (AxisUse use : axisUses) {
      if (use.axis() < 0 || use.axis() >= grid.size()) {
        throw trace.fail(
            use.site(),
            Misuse.GRID_AXIS,
            "the grid has no axis " + use.axis() + ": it has " + grid.size(),
            List.of(gridSite.get().note("the grid is set here")),
            "axes count from 0");
      }
    }
    parameters.stream().filter(Parameter.Dimension.class::isInstance).forEach(this::checkDefined);
  }

  private void checkDefined(Parameter dimension) {
    SizeExpr bare = new SizeExpr.Dimension(dimension.name());
    if (tensors.stream().noneMatch(tensor -> tensor.sizes.contains(bare))) {
      Site site = sites.get(dimension.name());
      throw trace.fail(
          site == null ? Site.UNKNOWN : site,
          Misuse.DIM_UNDEFINED,
          "no tensor has the dimension '" + dimension.name() + "', so no launch can know its size",
          List.of(),
          "use it as a tensor's size, or pass the number with scalar(\""
              + dimension.name()
              + "\", I32)");
    }
  }

  KernelFunction function(String name, Block body) {
    return new KernelFunction(name, parameters, grid, Optional.empty(), body);
  }
}
