package dev.tilewright.samples;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.layout.weights.PackedOrder;
import dev.tilewright.layout.weights.WeightFormat;
import dev.tilewright.layout.weights.WeightFormat.Scales;
import dev.tilewright.samples.gemm.TileShape;
import dev.tilewright.samples.kernels.WeightGemm;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that choose a format of weights, and a kernel that multiplies with it. */
final class WeightChoices {
  private static final List<DType> ACTS = List.of(DType.F16, DType.BF16);
  private static final List<DType> OUTS = List.of(DType.F16, DType.BF16, DType.F32);
  private static final List<DType> SCALES =
      List.of(DType.F16, DType.BF16, DType.F32, DType.F8E4M3, DType.F8E8M0);
  private static final int DEFAULT_BN = 128;
  private static final int DEFAULT_BK = 64;

  @Option(
      names = "--weights",
      paramLabel = "TYPE",
      defaultValue = "u4",
      description =
          "element type of the weights: i1 to i8, u1 to u8, floats of up to 8 bits such as e2m1 or"
              + " f6e3m2, ternary, nf4; or a format, mxfp4, mxfp6, mxfp8 or nvfp4 (default:"
              + " ${DEFAULT-VALUE})")
  private String weights = "u4";

  @Option(
      names = "--acts",
      paramLabel = "TYPE",
      defaultValue = "f16",
      description = "element type of the activations: f16 or bf16 (default: ${DEFAULT-VALUE})")
  private String acts = "f16";

  @Option(
      names = "--out",
      paramLabel = "TYPE",
      description = "element type of the product: f16, bf16 or f32 (default: that of --acts)")
  private Optional<String> out = Optional.empty();

  @Option(
      names = "--group",
      paramLabel = "N",
      description =
          "weights of a row that share a scale, 'row' for all of them, 'none' for no scales"
              + " (default: 128; that of a format)")
  private Optional<String> group = Optional.empty();

  @Option(
      names = "--scales",
      paramLabel = "TYPE",
      description =
          "element type of the scales: f16, bf16, f32, e4m3 or e8m0 (default: that of --acts; that"
              + " of a format)")
  private Optional<String> scales = Optional.empty();

  @Option(
      names = "--zero-points",
      description = "give each scale a zero point, an integer of 8 bits")
  private boolean zeroPoints;

  @Option(names = "--matrix-scale", description = "scale the whole matrix besides")
  private boolean matrixScale;

  @Option(
      names = "--scale-sums",
      negatable = true,
      description =
          "multiply sums of f32 by the scales of groups, or the weights in the type of --acts"
              + " (default: sums where that type cannot hold the scales)")
  private Optional<Boolean> scaleSums = Optional.empty();

  @Option(
      names = "--tile",
      paramLabel = "BMxBNxBK",
      description =
          "what a block computes: rows of activations, rows of weights, and k at a time (default:"
              + " from m, 128, and 64 or the group)")
  private Optional<String> tile = Optional.empty();

  DType acts() {
    return ElementTypes.oneOf("--acts", acts, ACTS);
  }

  WeightFormat format() {
    WeightFormat format =
        switch (weights) {
          case "mxfp4" -> WeightFormat.mx(DType.F4E2M1);
          case "mxfp6" -> WeightFormat.mx(DType.F6E3M2);
          case "mxfp8" -> WeightFormat.mx(DType.F8E4M3);
          case "nvfp4" -> WeightFormat.nvfp4();
          default -> ofType();
        };
    if (!"none".equals(group.orElse("")) && (group.isPresent() || format.scales().isEmpty())) {
      format = format.withScales(scaleType(format), groupSize(format));
    } else if (scales.isPresent() && format.scales().isPresent()) {
      format = format.withScales(scaleType(format), format.scales().get().group());
    }
    if (zeroPoints) {
      if (format.scales().isEmpty()) {
        throw new InputException("--zero-points belong to scales; drop --group none");
      }
      format = format.withZeros(DType.U8);
    }
    return matrixScale ? format.withMatrixScale() : format;
  }

  private WeightFormat ofType() {
    DType type;
    try {
      type = DType.parse(ElementTypes.name(weights));
    } catch (IllegalArgumentException unknown) {
      throw new InputException("--weights: " + unknown.getMessage());
    }
    if (type.bits() > Byte.SIZE) {
      throw new InputException("--weights has 1 to 8 bits, " + weights + " has " + type.bits());
    }
    return WeightFormat.of(type);
  }

  private DType scaleType(WeightFormat format) {
    return scales
        .map(text -> ElementTypes.oneOf("--scales", text, SCALES))
        .or(() -> format.scales().map(Scales::type))
        .orElseGet(this::acts);
  }

  private int groupSize(WeightFormat format) {
    String text = group.orElse("128");
    if (text.equals("row")) {
      return Scales.ROW;
    }
    if (!text.matches("[1-9]\\d{0,5}")) {
      throw new InputException("--group must be a number, 'row' or 'none', not '" + text + "'");
    }
    int size = Integer.parseInt(text);
    int step = PackedOrder.columnStep(format.type().bits(), acts().bits());
    if (size % 16 != 0 || size % step != 0 && step % size != 0) {
      throw new InputException(
          "--group of %s weights must be a multiple of 16, and of %d or a divisor of it, not %d"
              .formatted(format.type().name(), step, size));
    }
    return size;
  }

  /** The kernel for products of {@code m} rows. */
  WeightGemm kernel(int m) {
    WeightFormat format = format();
    boolean sums = scaleSums.orElseGet(() -> !holdsScales(format));
    TileShape shape = tile.map(TileShape::parse).orElseGet(() -> defaultTile(m, format, sums));
    WeightGemm kernel =
        new WeightGemm(
            format,
            acts(),
            out.map(text -> ElementTypes.oneOf("--out", text, OUTS)).orElseGet(this::acts),
            sums,
            shape.bm(),
            shape.bn(),
            shape.bk());
    try {
      kernel.order();
    } catch (IllegalArgumentException refused) {
      throw new InputException("--tile " + shape + ": " + refused.getMessage());
    }
    checkGroups(kernel);
    return kernel;
  }

  private static void checkGroups(WeightGemm kernel) {
    int group = kernel.format().scales().map(Scales::group).orElse(Scales.ROW);
    if (group == Scales.ROW) {
      return;
    }
    if (kernel.scaleSums() && group % kernel.bk() != 0) {
      throw new InputException(
          "--scale-sums takes tiles of one group: bk must divide %d, not %d"
              .formatted(group, kernel.bk()));
    }
    if (group % kernel.bk() != 0 && kernel.bk() % group != 0) {
      throw new InputException(
          "tiles of %d columns cut groups of %d; one must be a multiple of the other"
              .formatted(kernel.bk(), group));
    }
  }

  /** Powers of two of eight bits reach beyond f16. */
  private boolean holdsScales(WeightFormat format) {
    return format
        .scales()
        .filter(s -> s.group() != Scales.ROW)
        .map(s -> s.type().maxFinite() <= acts().maxFinite())
        .orElse(true);
  }

  private TileShape defaultTile(int m, WeightFormat format, boolean sums) {
    int step = PackedOrder.columnStep(format.type().bits(), acts().bits());
    int group = format.scales().map(Scales::group).orElse(Scales.ROW);
    int bk = DEFAULT_BK;
    if (sums && group != Scales.ROW && group < bk) {
      if (group % step != 0) {
        throw new InputException(
            "scales of %d weights of %s cannot multiply sums: tiles have %d columns"
                .formatted(group, format.type().name(), step));
      }
      bk = group;
    }
    int bm = m <= 16 ? 16 : m <= 32 ? 32 : m <= 64 ? 64 : 128;
    return new TileShape(bm, DEFAULT_BN, bk);
  }

  /** Whether every number of the weights' type is one of the activations'. */
  void requireTypesFit() {
    if (format().type() instanceof FloatType floats && (floats.maxFinite() > acts().maxFinite())) {
      throw new InputException(
          "%s reaches to %s, beyond %s; use --acts bf16"
              .formatted(floats.name(), floats.maxFinite(), acts().name()));
    }
  }
}
