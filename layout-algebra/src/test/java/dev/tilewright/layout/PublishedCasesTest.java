package dev.tilewright.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.layout.analysis.BankConflicts;
import dev.tilewright.layout.analysis.BankModel;
import dev.tilewright.layout.analysis.SharedAccess;
import dev.tilewright.layout.analysis.Swizzles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The worked examples that CuTe, Triton, Tilus and Axe publish. */
class PublishedCasesTest {

  private static final Axis A = new Axis("a");
  private static final Axis B = new Axis("b");
  private static final Axis REST = new Axis("rest");

  static Stream<String> cases() {
    try (InputStream in =
        Objects.requireNonNull(PublishedCasesTest.class.getResourceAsStream("/layout-cases.txt"))) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().filter(line -> !line.startsWith("#")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void holds(String line) {
    List<String> parts =
        Stream.of(line.substring(0, line.indexOf(" #")).split("\\|")).map(String::trim).toList();
    String name = parts.getFirst().substring(0, parts.getFirst().lastIndexOf('-'));
    List<String> in = parts.subList(1, parts.size());
    switch (name) {
      case "coalesce" -> assertEquals(a(in.get(1)), a(in.get(0)).coalesce());
      case "composition" -> composition(in);
      case "composition_bymode" -> compositionByMode(in);
      case "complement" -> complement(in);
      case "right_inverse" ->
          assertEquals(
              Cute.values(a(in.get(1))), Cute.values(a(in.get(0)).prefixInverse().orThrow()));
      case "left_inverse" -> leftInverse(in);
      case "logical_divide" -> {
        Layout a = a(in.get(0));
        Layout tiler = Cute.layout(in.get(1), B, A, a.domain().size());
        assertEquals(values(in.get(2)), Cute.values(a.logicalDivide(tiler, REST).orThrow()));
      }
      case "logical_product" -> {
        Layout copies = Cute.layout(in.get(1), REST, B, 1);
        assertEquals(values(in.get(2)), Cute.values(a(in.get(0)).logicalProduct(copies).orThrow()));
      }
      case "blocked_product" ->
          assertEquals(
              Cute.values(Cute.byMode(in.get(2))),
              Cute.values(Cute.byMode(in.get(0)).blockedProduct(Cute.byMode(in.get(1))).orThrow()));
      case "raked_product" ->
          assertEquals(
              Cute.values(Cute.byMode(in.get(2))),
              Cute.values(Cute.byMode(in.get(0)).rakedProduct(Cute.byMode(in.get(1))).orThrow()));
      case "zipped_divide" ->
          assertEquals(
              Cute.values(Cute.byMode(in.get(2))),
              Cute.values(Cute.byMode(in.get(0)).zippedDivide(tilers(in)).orThrow()));
      case "tiled_divide" ->
          assertEquals(
              Cute.values(Cute.byMode(in.get(2))),
              Cute.values(Cute.byMode(in.get(0)).tiledDivide(tilers(in)).orThrow()));
      case "logical_divide_bymode" -> {
        Layout divided = Cute.byMode(in.get(0)).logicalDivide(tilers(in)).orThrow();
        assertEquals(Cute.values(Cute.byMode(in.get(2))), Cute.values(divided));
      }
      case "tile_to_shape" -> tileToShape(in);
      case "recast" ->
          assertEquals(
              Cute.byMode(in.get(3)),
              Cute.byMode(in.get(0))
                  .recast(
                      Axis.dim(0),
                      Axis.OFFSET,
                      Integer.parseInt(in.get(1)),
                      Integer.parseInt(in.get(2)))
                  .orThrow());
      case "swizzle_apply" -> {
        String[] s = in.get(0).split(" ");
        assertEquals(
            Long.parseLong(in.get(2)),
            new Swizzle(Integer.parseInt(s[0]), Integer.parseInt(s[1]), Integer.parseInt(s[2]))
                .apply(Long.parseLong(in.get(1))));
      }
      case "f2_invert_and_compose" ->
          assertEquals(
              linear(in.get(2)), linear(in.get(0)).invertAndCompose(linear(in.get(1))).orThrow());
      case "f2_compose" ->
          assertEquals(linear(in.get(2)), linear(in.get(1)).compose(linear(in.get(0))).orThrow());
      case "f2_product" ->
          assertEquals(linear(in.get(2)), linear(in.get(1)).product(linear(in.get(0))));
      case "f2_reshape_ins" ->
          assertEquals(
              linear(in.get(2)), linear(in.get(0)).reshapeDomain(space(in.get(1))).orThrow());
      case "f2_reshape_outs" ->
          assertEquals(
              linear(in.get(2)), linear(in.get(0)).reshapeCodomain(space(in.get(1))).orThrow());
      case "f2_sublayout" ->
          assertEquals(
              linear(in.get(3)), linear(in.get(0)).sublayout(axes(in.get(1)), axes(in.get(2))));
      case "f2_quotient" -> {
        Result<Layout> quotient = linear(in.get(0)).quotient(axes(in.get(1)));
        if (in.get(2).equals("reject")) {
          assertFalse(quotient.isOk());
        } else {
          assertEquals(linear(in.get(2)), quotient.orThrow());
        }
      }
      case "f2_num_consecutive" -> numConsecutive(in);
      case "f2_free_variable_masks" -> freeVariables(in);
      case "bank_conflict_ways" ->
          assertEquals(
              Long.parseLong(in.get(3)),
              ways(
                  Cute.layout(in.get(0), Axis.LANE, Axis.OFFSET, 1),
                  Integer.parseInt(in.get(1)),
                  Integer.parseInt(in.get(2))));
      case "bank_conflict_transpose_16x32_f32" -> {
        for (int i = 0; i < 4; i += 2) {
          Layout access =
              Layout.rowMajor(16, 32).compose(Layout.parse(in.get(i)).orThrow()).orThrow();
          assertEquals(16 * Long.parseLong(in.get(i + 1)), ways(access, 4, 32));
        }
      }
      case "optimal_swizzle_conflicts" -> optimalSwizzle(in);
      case "register_compose" ->
          assertEquals(
              Layout.parse(in.get(2)).orThrow(), tilus(in.get(0)).product(tilus(in.get(1))));
      case "register_canonicalize" ->
          assertEquals(modes(in.subList(0, 3)), modes(in.subList(3, 6)));
      case "named_axis_tile" -> namedAxisTile(in);
      case "pack_group" -> packGroup(in);
      default -> throw new AssertionError("no test for " + name);
    }
  }

  private static Layout a(String text) {
    return Cute.layout(text, A, Axis.OFFSET, 1);
  }

  private static List<Long> values(String text) {
    return Cute.values(a(text));
  }

  private static void composition(List<String> in) {
    Layout a = a(in.get(0));
    Result<Layout> composed = a.compose(Cute.layout(in.get(1), B, A, a.domain().size()));
    if (in.get(2).equals("reject")) {
      assertFalse(composed.isOk());
    } else {
      assertEquals(values(in.get(2)), Cute.values(composed.orThrow()));
    }
  }

  private static void compositionByMode(List<String> in) {
    Layout a = Cute.byMode(in.get(0));
    String[] tilers = in.get(1).replaceAll("[<>]", "").split(";");
    LayoutBuilder builder = Layout.into(a.domain());
    for (int i = 0; i < tilers.length; i++) {
      String[] mode = tilers[i].trim().split(":");
      builder.digit(Axis.dim(i), Long.parseLong(mode[0]), Axis.dim(i), Long.parseLong(mode[1]));
    }
    Layout composed = a.compose(builder.build()).orThrow();
    assertEquals(Cute.values(Cute.byMode(in.get(2))), Cute.values(composed));
  }

  private static Map<Axis, Layout> tilers(List<String> in) {
    Map<Axis, Layout> tilers = new TreeMap<>();
    String[] modes = in.get(1).replaceAll("[<>]", "").split(";");
    for (int i = 0; i < modes.length; i++) {
      tilers.put(Axis.dim(i), Cute.layout(modes[i].trim(), B, Axis.dim(i), 1));
    }
    return tilers;
  }

  private static void complement(List<String> in) {
    Layout layout = Cute.layout(in.get(0), A, Axis.OFFSET, Long.parseLong(in.get(1)));
    assertEquals(values(in.get(2)), Cute.values(layout.complement(REST).orThrow()));
  }

  private static void leftInverse(List<String> in) {
    Layout layout = a(in.get(0));
    Layout inverse = layout.leftInverse().orThrow();
    Layout published = Cute.layout(in.get(1), Axis.OFFSET, A, 1);
    for (long x = 0; x < layout.domain().size(); x++) {
      assertEquals(x, inverse.apply(layout.apply(x)[0])[0]);
      assertEquals(x, published.apply(layout.apply(x)[0])[0]);
    }
  }

  /** A block repeated in row-major order is a product with the row-major layout of the copies. */
  private static void tileToShape(List<String> in) {
    Layout block = Cute.byMode(in.get(0));
    List<Long> shape = Cute.numbers(in.get(1));
    long[] copies = new long[shape.size()];
    for (int i = 0; i < copies.length; i++) {
      copies[i] = shape.get(i) / block.domain().extent(Axis.dim(i));
    }
    assertEquals(Cute.byMode(in.get(3)), Layout.rowMajor(copies).product(block));
  }

  private static List<Axis> axes(String text) {
    return Stream.of(text.split(" ")).map(Axis::new).toList();
  }

  private static Space space(String text) {
    Space space = Space.POINT;
    for (String dim : text.trim().split(" ")) {
      String[] parts = dim.split(":");
      space = space.with(new Axis(parts[0]), Long.parseLong(parts[1]));
    }
    return space;
  }

  private static Layout linear(String text) {
    String[] sides = text.split("->");
    Space codomain = space(sides[1]);
    LayoutBuilder builder = Layout.into(codomain).xor();
    for (String axis : sides[0].trim().split(" ")) {
      String[] parts = axis.split("=");
      builder.digit(new Axis(parts[0]), 1);
      List<Long> numbers = Cute.numbers(parts[1]);
      for (int i = 0; i < numbers.size(); i += codomain.rank()) {
        long[] image = new long[codomain.rank()];
        for (int t = 0; t < image.length; t++) {
          image[t] = numbers.get(i + t);
        }
        builder.add(new Axis(parts[0]), 2, image);
      }
    }
    return builder.build();
  }

  /** How many consecutive inputs have consecutive outputs: the largest identity that divides. */
  private static void numConsecutive(List<String> in) {
    List<Long> images = Cute.numbers(in.get(0));
    LayoutBuilder builder = Layout.into(Space.of(Axis.OFFSET, 16)).xor();
    images.forEach(image -> builder.digit(A, 2, Axis.OFFSET, image));
    Layout layout = builder.build();
    long found = 1;
    for (long n = 2; n <= 16; n *= 2) {
      Layout run = Layout.into(Space.of(Axis.OFFSET, n)).digit(A, n, Axis.OFFSET, 1).build();
      found = layout.divideRight(run).isOk() ? n : found;
    }
    assertEquals(Long.parseLong(in.get(1)), found);
  }

  private static void freeVariables(List<String> in) {
    Layout layout = linear(in.get(0));
    long[] free = layout.domain().unflatten(layout.toLinear().orThrow().freeBits());
    List<String> masks = new ArrayList<>();
    for (int i = 0; i < free.length; i++) {
      masks.add(layout.domain().axis(i) + "=" + free[i]);
    }
    assertEquals(in.get(1), String.join(" ", masks));
  }

  private static BankModel model(int banks) {
    var phases = new TreeMap<Integer, List<List<Integer>>>();
    phases.put(4, BankModel.consecutive(32, 32));
    phases.put(8, BankModel.consecutive(32, 16));
    phases.put(16, BankModel.consecutive(32, 8));
    return new BankModel(banks, 4, phases);
  }

  private static long ways(Layout access, int elementBytes, int banks) {
    return BankConflicts.wavefronts(access, elementBytes, 1, model(banks)).wavefronts();
  }

  private static void optimalSwizzle(List<String> in) {
    Layout source = Layout.parse(in.get(0)).orThrow();
    Layout target = Layout.parse(in.get(1)).orThrow();
    var choice =
        Swizzles.best(
                Layout.rowMajor(16, 16),
                List.of(
                    new SharedAccess("write", SharedAccess.Kind.WRITE, source, 8),
                    new SharedAccess("read", SharedAccess.Kind.READ, target, 2)),
                2,
                model(32))
            .orThrow();
    assertEquals("0 0", in.get(2));
    assertTrue(choice.costs().stream().allMatch(cost -> cost.after().conflicts() == 0));
  }

  private static Layout tilus(String text) {
    String[] parts = text.replace(")", "").split("\\(");
    long[] shape = Cute.numbers(parts[1]).stream().mapToLong(n -> n).toArray();
    return parts[0].equals("local") ? Layout.local(shape) : Layout.spatial(Axis.LANE, shape);
  }

  /** Tilus: modes of every dimension, major to minor; lists of modes, major to minor. */
  private static Layout modes(List<String> in) {
    String[] extents = in.get(0).split(" of ");
    List<Long> modes = Cute.numbers(extents[0]);
    List<Long> shape = Cute.numbers(extents[1]);
    List<Integer> dims = new ArrayList<>();
    List<Long> strides = new ArrayList<>();
    int mode = 0;
    for (int dim = 0; dim < shape.size(); dim++) {
      for (long rest = shape.get(dim); rest > 1; ) {
        rest /= modes.get(mode++);
        dims.add(dim);
        strides.add(rest);
      }
    }
    LayoutBuilder builder = Layout.into(Space.tile(shape.stream().mapToLong(n -> n).toArray()));
    for (String list : List.of(in.get(2), in.get(1))) {
      Axis axis = list.startsWith("local") ? Axis.REGISTER : Axis.LANE;
      for (long m : Cute.numbers(list.substring(list.indexOf(' '))).reversed()) {
        int i = (int) m;
        builder.digit(axis, modes.get(i), Axis.dim(dims.get(i)), strides.get(i));
      }
    }
    return builder.build();
  }

  /** Axe lists digits major to minor and so runs through the last dimension first. */
  private static void namedAxisTile(List<String> in) {
    Layout tiled = Cute.byMode(in.get(0)).product(Cute.byMode(in.get(1)));
    Layout lexicographic = tiled.permuteDomain(Axis.dim(1), Axis.dim(0));
    String[] expected = in.get(2).split(":");
    List<Long> shape = Cute.numbers(expected[0]).reversed();
    List<Long> stride = Cute.numbers(expected[1]).reversed();
    assertEquals(
        Cute.values(a("(" + join(shape) + "):(" + join(stride) + ")")), Cute.values(lexicographic));
  }

  private static String join(List<Long> numbers) {
    return String.join(",", numbers.stream().map(String::valueOf).toList());
  }

  /** The least number of elements that fill whole bytes is the least whose bits recast to bytes. */
  private static void packGroup(List<String> in) {
    int bits = Integer.parseInt(in.get(0));
    for (long elements = 1; ; elements++) {
      Layout run =
          Layout.into(Space.of(Axis.OFFSET, elements)).digit(A, elements, Axis.OFFSET, 1).build();
      if (run.recast(A, Axis.OFFSET, bits, 8) instanceof Result.Ok<Layout>(Layout bytes)) {
        assertEquals(in.get(1), elements + " " + bytes.domain().size());
        return;
      }
    }
  }
}
