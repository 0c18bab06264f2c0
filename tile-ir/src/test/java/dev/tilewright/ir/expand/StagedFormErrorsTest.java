package dev.tilewright.ir.expand;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.machine.TensorData;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Space;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** A broken contract is named: the operation, its line, the sentence, and what is there instead. */
class StagedFormErrorsTest {
  private static final Layout ROWS =
      Layout.into(Space.tile(8, 4))
          .digit(Axis.REGISTER, 1)
          .digit(Axis.LANE, 4, Axis.dim(1), 1)
          .digit(Axis.LANE, 8, Axis.dim(0), 1)
          .digit(Axis.WARP, 1)
          .build();

  private static final Layout COLUMNS =
      Layout.into(Space.tile(8, 4))
          .digit(Axis.REGISTER, 1)
          .digit(Axis.LANE, 8, Axis.dim(0), 1)
          .digit(Axis.LANE, 4, Axis.dim(1), 1)
          .digit(Axis.WARP, 1)
          .build();

  private final Staged staged = new Staged(1);

  private Value input(Layout layout) {
    TensorData data = TensorData.dense(DType.F32, new long[] {8, 4}, 1, 16, 1);
    return staged.input("x" + layout.hashCode(), data, layout);
  }

  private void fails(String... parts) {
    StagedFormException thrown =
        assertThrows(
            StagedFormException.class,
            () -> ExpandTiles.expand(staged.function(), TestTarget.TARGET));
    for (String part : parts) {
      assertTrue(Objects.toString(thrown.getMessage()).contains(part), thrown::toString);
    }
  }

  @Test
  void elementwiseOperandsOfDifferentLayouts() {
    staged.b.add(input(ROWS), input(COLUMNS));
    fails("TW-I001: Binary made at Test.java:42", "equal layouts");
  }

  @Test
  void conversionsBetweenWarps() {
    Staged two = new Staged(2);
    Layout halves =
        Layout.into(Space.tile(64))
            .digit(Axis.REGISTER, 1)
            .digit(Axis.LANE, 32, Axis.dim(0), 1)
            .digit(Axis.WARP, 2, Axis.dim(0), 32)
            .build();
    Layout turns =
        Layout.into(Space.tile(64))
            .digit(Axis.REGISTER, 1)
            .digit(Axis.LANE, 32, Axis.dim(0), 2)
            .digit(Axis.WARP, 2, Axis.dim(0), 1)
            .build();
    TensorData data = TensorData.dense(DType.F32, new long[] {64}, 0, 16, 1);
    two.b.convertLayout(two.input("x", data, halves), turns);
    StagedFormException thrown =
        assertThrows(
            StagedFormException.class, () -> ExpandTiles.expand(two.function(), TestTarget.TARGET));
    assertTrue(
        Objects.toString(thrown.getMessage()).contains("ConvertLayout stays within each warp"),
        thrown::toString);
  }

  @Test
  void tilesWithoutALayout() {
    staged.b.constant(new Type.Tile(List.of(8, 4), DType.F32), Literal.of(1.0));
    fails("Constant", "every tile and every shared buffer has a layout");
  }

  @Test
  void layoutsOfAnotherBlock() {
    Layout two =
        Layout.into(Space.tile(8, 4))
            .digit(Axis.REGISTER, 1)
            .digit(Axis.LANE, 4, Axis.dim(1), 1)
            .digit(Axis.LANE, 4, Axis.dim(0), 1)
            .digit(Axis.LANE, 2)
            .digit(Axis.WARP, 2, Axis.dim(0), 4)
            .build();
    input(two);
    fails("all lanes of the target and all warps of the launch", "2 warps");
  }

  @Test
  void buffersWithoutAPlace() {
    Type.Shared type =
        new Type.Shared(List.of(8, 4), DType.F32, Optional.of(Layout.rowMajor(8, 4)));
    staged.b.add(
        new Op.SharedAlloc(staged.b.fresh(type), OptionalInt.empty(), staged.b.location()));
    fails("SharedAlloc", "byte offset");
  }

  @Test
  void reductionsAcrossWarps() {
    Staged four = new Staged(4);
    Layout warps =
        Layout.into(Space.tile(4, 32))
            .digit(Axis.REGISTER, 1)
            .digit(Axis.LANE, 32, Axis.dim(1), 1)
            .digit(Axis.WARP, 4, Axis.dim(0), 1)
            .build();
    TensorData data = TensorData.dense(DType.F32, new long[] {4, 32}, 1, 16, 1);
    Value x = four.input("x", data, warps);
    four.b.reduce(x, 0, v -> four.b.add(v.get(0), v.get(1)));
    StagedFormException thrown =
        assertThrows(
            StagedFormException.class,
            () -> ExpandTiles.expand(four.function(), TestTarget.TARGET));
    assertTrue(
        Objects.toString(thrown.getMessage()).contains("register and lane digits only"),
        thrown::toString);
  }

  @Test
  void transfersOfNoSizeThatThereIs() {
    TensorData data = TensorData.dense(DType.F16, new long[] {8, 4}, 1, 2, 1);
    Value tensor = staged.tensor("t", data, Parameter.Access.IN, 1, List.of(1, 1));
    Value buffer = staged.buffer(List.of(8, 4), DType.F16, Layout.rowMajor(8, 4), 16);
    staged.b.copyAsync(
        buffer,
        tensor,
        List.of(staged.b.i32(0), staged.b.i32(0)),
        List.of(false, false),
        Optional.of(ROWS));
    fails("CopyAsync", "one transfer of a size the target has", "[4, 8, 16]");
  }
}
